"""Who calls: the gateway's short internal token, verified; nothing else is trusted."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization
from sqlalchemy import ColumnElement, SQLColumnExpression, false, or_, true

from shared.ids import new_id

ISSUER = "trust-crm-gateway"
TOKEN_SECONDS = 60
#: The top of a large house reaches some hundred units.
_MAX_TOKEN_BYTES = 65_536

Kind = Literal["staff", "channel", "client"]
Column = SQLColumnExpression[UUID] | SQLColumnExpression[UUID | None]


class Scope(StrEnum):
    """Which rows a caller reaches on a route."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"

    @property
    def width(self) -> int:
        """How far the scope reaches; larger is wider."""
        return ("own", "team", "all").index(self.value)


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of a request.

    Attributes:
        kind: Staff member, partner channel, or client (through the client app).
        id: Id of the staff member, channel or client.
        roles: Staff roles; for a channel `channel:<oauth scope>`; for a client `client`.
        unit_id: The staff member's organization unit.
        unit_ids: That unit and all below it.
        scope: Which rows the caller reaches on this route.
    """

    kind: Kind
    id: UUID
    roles: frozenset[str]
    unit_id: UUID | None = None
    unit_ids: frozenset[UUID] = frozenset()
    scope: Scope = Scope.OWN

    @property
    def name(self) -> str:
        """How the actor stands in events and audit rows: `staff:<uuid>`."""
        return f"{self.kind}:{self.id}"

    def within(
        self,
        *,
        owner: Column | None = None,
        unit: Column | None = None,
        channel: Column | None = None,
        client: Column | None = None,
    ) -> ColumnElement[bool]:
        """Return the SQL condition for the rows this caller reaches; false where a needed column is not given.

        Args:
            owner: Column with the staff member who owns the row.
            unit: Column with the organization unit that owns the row.
            channel: Column with the partner channel the row belongs to.
            client: Column with the client the row is about.
        """
        if self.kind == "channel":
            return channel == self.id if channel is not None else false()
        if self.kind == "client":
            return client == self.id if client is not None else false()
        if self.scope is Scope.ALL:
            return true()
        mine = owner == self.id if owner is not None else false()
        if self.scope is Scope.TEAM and unit is not None:
            return or_(mine, unit.in_(self.unit_ids))
        return mine


class TokenRefused(Exception):
    """The internal token is missing, expired, forged or meant for another service."""


class TokenVerifier:
    """Checks internal tokens against the gateway's public keys.

    Args:
        read_keys: Returns the keys; asked again when a token does not hold, since keys are changed.
        audience: Folder name of this service.
    """

    def __init__(self, read_keys: Callable[[], KeySet], audience: str) -> None:
        self._read_keys = read_keys
        self._audience = audience
        self._keys = KeySet([])
        self._verified: dict[str, tuple[float, Actor]] = {}

    def verify(self, token: str) -> Actor:
        """Return who calls, with the widest scope still to be set by the route's permission.

        Raises:
            TokenRefused: the token does not hold.
        """
        cached = self._verified.get(token)
        if cached and cached[0] > time.time():
            return cached[1]
        if len(token) > _MAX_TOKEN_BYTES:
            raise TokenRefused("too long")
        actor, expires = self._decode(token)
        if len(self._verified) > 10_000:
            self._verified.clear()
        self._verified[token] = (expires, actor)
        return actor

    def _decode(self, token: str) -> tuple[Actor, float]:
        try:
            try:
                claims = jwt.decode(token, self._keys, algorithms=["ES256"]).claims
            except (JoseError, ValueError):
                self._keys = self._read_keys()
                claims = jwt.decode(token, self._keys, algorithms=["ES256"]).claims
            jwt.JWTClaimsRegistry(
                leeway=5,
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
            ).validate(claims)
            return _actor(claims), float(claims["exp"])
        except (JoseError, ValueError, KeyError, TypeError, OSError) as error:
            raise TokenRefused(str(error)) from error


def keys_in(file: Path) -> KeySet:
    """Return the keys of a JWKS file."""
    document: KeySetSerialization = json.loads(file.read_text())
    return KeySet.import_key_set(document)


def _actor(claims: dict[str, object]) -> Actor:
    kind = claims["kind"]
    if kind not in ("staff", "channel", "client"):
        raise ValueError("unknown kind of caller")
    roles, unit, units = claims["roles"], claims.get("unit_id"), claims.get("unit_ids", [])
    if not isinstance(roles, list) or not isinstance(units, list):
        raise ValueError("roles and units are lists")
    return Actor(
        kind=kind,
        id=UUID(str(claims["sub"])),
        roles=frozenset(map(str, roles)),
        unit_id=UUID(str(unit)) if unit else None,
        unit_ids=frozenset(UUID(str(unit_id)) for unit_id in units),
    )


def mint(actor: Actor, *, audience: str, key: ECKey, now: float | None = None) -> str:
    """Return an internal token that tells `audience` (a service's folder name) who calls, valid for a minute.

    Only the gateway and the test kit hold a private key.
    """
    issued = int(time.time() if now is None else now)
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": str(actor.id),
        "kind": actor.kind,
        "roles": sorted(actor.roles),
        "unit_id": str(actor.unit_id) if actor.unit_id else None,
        "unit_ids": sorted(map(str, actor.unit_ids)),
        "iat": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": str(new_id()),
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "internal+jwt"}, claims, key)
