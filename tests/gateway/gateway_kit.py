"""The running gateway, its callers, and what a test needs around them."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from fake_service import FakeService
from joserfc import jwt
from joserfc.jwk import ECKey
from prometheus_client import REGISTRY

from gateway.routing.entrance import Entrance
from gateway.settings import GatewaySettings
from shared.ids import new_id

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class GatewayKit:
    """The running gateway and what a test needs around it."""

    port: int
    app: Entrance
    settings: GatewaySettings
    fake: FakeService
    key: ECKey
    log_output: io.StringIO
    http: httpx.AsyncClient

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    def in_flight(self, service: str) -> float:
        """How many requests the gateway holds open at a service."""
        value = REGISTRY.get_sample_value("gateway_upstream_in_flight", {"upstream": service})
        assert value is not None
        return value

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, twenty seconds at most."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            await asyncio.sleep(0.01)

    async def lines(self, request_id: str) -> list[dict[str, Any]]:
        """The access log's lines for a request, once there is one."""

        def found() -> list[dict[str, Any]]:
            entries = [json.loads(line) for line in self.log_output.getvalue().splitlines()]
            return [entry for entry in entries if entry["correlation_id"] == request_id]

        await self.until(lambda: bool(found()))
        return found()

    async def admin(self) -> dict[str, str]:
        """Headers of the bootstrap admin."""
        answer = await self.http.post("/dev/sign-in", json={"bootstrap": "admin"})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def staff(self, *roles: str, number: str | None = None) -> dict[str, str]:
        """Headers of a staff member with these roles."""
        number = number or f"S-{new_id().hex[-8:]}"
        person = {"id": str(new_id()), "number": number, "roles": roles, "unit_id": None, "unit_ids": []}
        self.fake.answers[f"/v1/sign-in/staff/{number}"] = (200, json.dumps(person).encode(), 0)
        answer = await self.http.post("/dev/sign-in", json={"staff_number": number})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def channel(self, *scopes: str, plan: str = "standard", channel_id: UUID | None = None) -> "Channel":
        """Register a channel's program with a fresh key."""
        key = ECKey.generate_key("P-256", {"kid": "k1"})
        body = {
            "channel_id": str(channel_id or new_id()), "name": "某银行", "scopes": scopes or ["client.read"],
            "plan": plan, "jwks": {"keys": [key.as_dict(private=False)]},
        }  # fmt: skip
        answer = await self.http.post("/v1/oauth-clients", json=body, headers=await self.admin())
        assert answer.status_code == 201, answer.text
        return Channel(self, answer.json()["client_id"], answer.json()["channel_id"], key)


@dataclass
class Channel:
    """A channel's program as its developer has it."""

    kit: GatewayKit
    client_id: str
    channel_id: str
    key: Any

    def assertion(self, *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        right = {
            "iss": self.client_id, "sub": self.client_id, "aud": self.kit.issuer, "iat": now, "exp": now + 60,
            "jti": str(new_id()),
        }  # fmt: skip
        wanted = {name: value for name, value in {**right, **claims}.items() if value is not None}
        algorithm = {"alg": "ES256", "kid": "k1", **(header or {})}
        return jwt.encode(algorithm, wanted, key or self.key, algorithms=[algorithm["alg"]])

    async def ask(self, assertion: str | None = None, **form: str) -> httpx.Response:
        fields = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(), **form,
        }  # fmt: skip
        return await self.kit.http.post("/oauth2/token", data=fields)

    async def headers(self) -> dict[str, str]:
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def raw(port: int, request: bytes, *, until: bytes = b"") -> bytes:
    """Send bytes and return what comes back until the server closes, or until it contains `until`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    received = b""
    try:
        async with asyncio.timeout(5):
            while piece := await reader.read(65536):
                received += piece
                if until and until in received:
                    break
    finally:
        writer.close()
    return received
