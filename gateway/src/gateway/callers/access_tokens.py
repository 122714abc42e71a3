"""Access tokens of channels and session tokens of people: JWTs after RFC 9068, signed and checked with our own key."""

import time
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.ids import new_id

AUDIENCE = "crm-api"
CHANNEL_SECONDS = 600
SESSION_SECONDS = 8 * 3600
MAX_TOKEN_BYTES = 8192
#: Another process of the gateway may have issued the token, on a machine whose clock is ahead of ours.
_MAX_AHEAD_SECONDS = 10

PersonKind = Literal["staff", "client"]


class TokenInvalid(Exception):
    """The token is expired, forged, or not one for calling this API."""


@dataclass(frozen=True, slots=True)
class ChannelToken:
    """What an access token of a channel says. `expires` is in seconds of the epoch."""

    client_id: str
    channel_id: UUID
    scopes: frozenset[str]
    expires: float


@dataclass(frozen=True, slots=True)
class SessionToken:
    """What a session token says; roles are not in it, they are looked up. No `number` means the bootstrap admin."""

    kind: PersonKind
    id: UUID
    number: str | None
    expires: float


def issue_for_channel(*, client_id: str, channel_id: UUID, scopes: frozenset[str], issuer: str, key: ECKey) -> str:
    """Return an access token that lets a program of a channel call for ten minutes."""
    claims = {"client_id": client_id, "channel_id": str(channel_id), "scope": " ".join(sorted(scopes))}
    return _sign(client_id, claims, seconds=CHANNEL_SECONDS, issuer=issuer, key=key)


def issue_for_person(*, kind: PersonKind, id: UUID, number: str | None, issuer: str, key: ECKey) -> str:
    """Return a session token that lets a staff member or a client call for eight hours."""
    return _sign(str(id), {"kind": kind, "number": number}, seconds=SESSION_SECONDS, issuer=issuer, key=key)


def _sign(subject: str, claims: dict[str, Any], *, seconds: int, issuer: str, key: ECKey) -> str:
    now = int(time.time())
    common = {"iss": issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + seconds, "jti": str(new_id())}
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, {**common, **claims}, key)


def read(token: bytes, *, issuer: str, key: ECKey) -> ChannelToken | SessionToken:
    """Return what an access or session token says.

    Raises:
        TokenInvalid: it does not hold.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenInvalid("too long")
    try:
        decoded = jwt.decode(token, key, algorithms=["ES256"])
        claims = decoded.claims
        jwt.JWTClaimsRegistry(
            leeway=_MAX_AHEAD_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        ).validate(claims)
        if claims["exp"] <= time.time():
            raise TokenInvalid("expired")
        if str(decoded.header.get("typ")).lower() != "at+jwt" or "crit" in decoded.header:
            raise TokenInvalid("not an access token")
        return _session(claims) if "kind" in claims else _channel(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise TokenInvalid(type(error).__name__) from error


def _channel(claims: dict[str, Any]) -> ChannelToken:
    scopes = frozenset(str(claims["scope"]).split())
    return ChannelToken(str(claims["client_id"]), UUID(claims["channel_id"]), scopes, float(claims["exp"]))


def _session(claims: dict[str, Any]) -> SessionToken:
    kind, number = claims["kind"], claims["number"]
    if kind not in ("staff", "client"):
        raise ValueError("unknown kind of person")
    return SessionToken(kind, UUID(claims["sub"]), number, float(claims["exp"]))
