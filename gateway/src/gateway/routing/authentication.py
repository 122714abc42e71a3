"""Who calls, from the token in the Authorization header; checked once, then remembered."""

import time
from dataclasses import dataclass

from joserfc.jwk import ECKey

from gateway.callers import access_tokens
from gateway.callers.access_tokens import ChannelToken, SessionToken, TokenInvalid
from gateway.callers.principal import Principal
from gateway.oauth_clients.registry import Registry
from gateway.refusals import Refused
from gateway.sign_in.people import BOOTSTRAP_ADMIN, People
from shared.http.callers import Actor
from shared.http.permissions import channel

_MAX_KNOWN = 10_000
_MAX_BAD = 1_000
#: A token that did not hold is refused without another look for so long, so that repeating it costs nothing.
_BAD_SECONDS = 10
_HOW = "Get a token: channels at POST /oauth2/token, staff and clients by signing in."


@dataclass(frozen=True, slots=True)
class _Verified:
    token: ChannelToken | SessionToken
    principal: Principal | None


class Authenticator:
    """Tells who calls.

    Args:
        issuer: Our issuer string.
        key: Our own key; only tokens signed with it count.
        registry: Which programs of channels may call.
        people: Which staff and clients may.
        allow_sign_in: Whether sessions of the dev sign-in count.
    """

    def __init__(self, *, issuer: str, key: ECKey, registry: Registry, people: People, allow_sign_in: bool) -> None:
        self._issuer = issuer
        self._key = key
        self._registry = registry
        self._people = people
        self._allow_sign_in = allow_sign_in
        self._bootstrap_admin = Principal(BOOTSTRAP_ADMIN)
        self._known: dict[bytes, _Verified] = {}
        self._bad: dict[bytes, float] = {}

    async def principal(self, authorization: bytes | None) -> Principal:
        """Return who calls.

        Args:
            authorization: Value of the Authorization header.

        Raises:
            Refused: 401, no token that holds; 403, the channel's program is suspended; 502, 503 or 504, it cannot be
                told at the moment.
        """
        if authorization is None or authorization[:7].lower() != b"bearer ":
            headers = {"WWW-Authenticate": "Bearer"}
            raise Refused(401, "not_signed_in", f"Send `Authorization: Bearer …`. {_HOW}", headers=headers)
        bearer = authorization[7:].strip()
        verified = self._known.get(bearer)
        if verified is None or verified.token.expires <= time.time():
            verified = self._verify(bearer)
        if isinstance(verified.token, ChannelToken):
            return await self._channel(verified.token, verified.principal)
        return await self._person(verified.token)

    def _verify(self, bearer: bytes) -> _Verified:
        if self._bad.get(bearer, 0) > time.monotonic():
            raise _invalid()
        try:
            token = access_tokens.read(bearer, issuer=self._issuer, key=self._key)
        except TokenInvalid:
            if len(self._bad) >= _MAX_BAD:
                self._bad.clear()
            self._bad[bearer] = time.monotonic() + _BAD_SECONDS
            raise _invalid() from None
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        verified = _Verified(token, _channel_principal(token) if isinstance(token, ChannelToken) else None)
        self._known[bearer] = verified
        return verified

    async def _channel(self, token: ChannelToken, principal: Principal | None) -> Principal:
        registered = await self._registry.find(token.client_id)
        if registered is None or principal is None:
            raise _invalid()
        if not registered.is_active:
            raise Refused(403, "oauth_client_suspended", "This client is suspended: ask the channel manager.")
        principal.plan = registered.plan
        return principal

    async def _person(self, token: SessionToken) -> Principal:
        if not self._allow_sign_in:
            raise _invalid()
        if token.number is None:
            return self._bootstrap_admin
        principal = await self._people.find(token.kind, token.number)
        if principal is None or principal.actor.id != token.id:
            raise _invalid()
        return principal


def _channel_principal(token: ChannelToken) -> Principal:
    roles = frozenset(channel(scope) for scope in token.scopes)
    return Principal(Actor("channel", token.channel_id, roles))


def _invalid() -> Refused:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Refused(401, "invalid_token", f"The token has expired or does not hold. {_HOW}", headers=headers)
