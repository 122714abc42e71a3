"""Who calls the gateway in the journey: staff, a client, a partner channel; each call says what it expects."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.ids import new_id

Json = dict[str, Any]

#: Longer than any event takes to have its effect on a busy machine.
EFFECT_WITHIN_SECONDS = 90


class Unexpected(Exception):
    """The gateway answered otherwise than the story needs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token at the gateway."""

    http: httpx.AsyncClient
    token: str

    async def post(
        self,
        path: str,
        body: Json | None = None,
        *,
        expect: int | tuple[int, ...] = (200, 201),
        version: int | None = None,
    ) -> Json:
        """Return the answer to a POST, made on `version` where the command asks for it.

        Commands on ids not yet heard of elsewhere are tried again as the answer says.
        """
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        deadline = time.monotonic() + EFFECT_WITHIN_SECONDS
        while True:
            answer = await self._send("POST", path, json=body or {}, headers=headers)
            wait = answer.headers.get("retry-after")
            if answer.status_code == 409 and wait and time.monotonic() < deadline:
                await asyncio.sleep(min(float(wait), 0.3))
                continue
            return _checked(answer, expect)

    async def get(self, path: str, *, expect: int = 200, **params: str | int) -> Json:
        """Return the answer to a GET."""
        return _checked(await self._send("GET", path, params=params), expect)

    async def patch(self, path: str, body: Json, *, version: int, expect: int = 200) -> Json:
        """Return the answer to a PATCH made on `version`."""
        return _checked(await self._send("PATCH", path, json=body, headers={"If-Match": f'"{version}"'}), expect)

    async def until(self, path: str, holds: Callable[[Json], bool], what: str, **params: str | int) -> Json:
        """Return the answer to a GET as soon as `holds` is true of it.

        Raises:
            Unexpected: it is not within `EFFECT_WITHIN_SECONDS`; says `what` was waited for, and the last answer.
        """
        deadline = time.monotonic() + EFFECT_WITHIN_SECONDS
        while True:
            answer = await self._send("GET", path, params=params)
            if answer.status_code == 200 and holds(answer.json()):
                return _json(answer)
            if time.monotonic() > deadline:
                raise Unexpected(f"waited {EFFECT_WITHIN_SECONDS} s for {what}; {path} answers {answer.text[:600]}")
            await asyncio.sleep(0.1)

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **options)


def _json(answer: httpx.Response) -> Json:
    body: Json = answer.json()
    return body


def _checked(answer: httpx.Response, expect: int | tuple[int, ...]) -> Json:
    expected = (expect,) if isinstance(expect, int) else expect
    if answer.status_code not in expected:
        request = answer.request
        raise Unexpected(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:1500]}")
    return _json(answer)


async def _answer(call: Awaitable[httpx.Response], expect: int) -> Json:
    return _checked(await call, expect)


@dataclass(frozen=True, slots=True)
class Door:
    """The gateway, as somebody without a token meets it."""

    http: httpx.AsyncClient

    @classmethod
    def at(cls, address: str) -> Self:
        """Return the gateway at `address`, e.g. `http://127.0.0.1:8080`."""
        return cls(httpx.AsyncClient(base_url=address, timeout=30))

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def admin(self) -> Caller:
        """Sign in as the administrator of a system that knows nobody yet; dev environment only."""
        return await self._sign_in({"bootstrap": "admin"})

    async def staff(self, number: str) -> Caller:
        """Sign in as a staff member."""
        return await self._sign_in({"staff_number": number})

    async def client(self, number: str) -> Caller:
        """Sign in as a client of the client app."""
        return await self._sign_in({"client_number": number})

    async def channel(self, client_id: str, key: ECKey, *scopes: str) -> Caller:
        """Get an OAuth 2.0 token with a signed assertion (private_key_jwt), as a partner's system does."""
        metadata = await _answer(self.http.get("/.well-known/oauth-authorization-server"), 200)
        now = int(time.time())
        claims = {"iss": client_id, "sub": client_id, "aud": metadata["issuer"], "iat": now, "exp": now + 120}
        assertion = jwt.encode({"alg": "ES256", "kid": key.kid}, {**claims, "jti": str(new_id())}, key)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": " ".join(scopes),
        }
        token = await _answer(self.http.post("/oauth2/token", data=form), 200)
        return Caller(self.http, token["access_token"])

    async def _sign_in(self, who: Json) -> Caller:
        token = await _answer(self.http.post("/dev/sign-in", json=who), 200)
        return Caller(self.http, token["access_token"])
