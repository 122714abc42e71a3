"""The script a channel's developer starts from, run as they run it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest_asyncio
from gateway_kit import GatewayKit

from shared.ids import new_id

SCRIPT = Path(__file__).resolve().parents[2] / "gateway" / "examples" / "get_token.py"


class Developer:
    """Runs the script in a folder of its own against the gateway."""

    def __init__(self, folder: Path, gateway: str) -> None:
        self.folder = folder
        self.gateway = gateway

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SCRIPT),
            "--gateway",
            self.gateway,
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, output.decode(), errors.decode()

    async def error(self, *arguments: str) -> str:
        code, _, errors = await self.run(*arguments)
        assert code == 1, errors
        return errors


@pytest_asyncio.fixture
async def developer(kit: GatewayKit, tmp_path: Path) -> Developer:
    return Developer(tmp_path, f"http://127.0.0.1:{kit.port}")


def answer(kit: GatewayKit, path: str, body: Any) -> None:
    kit.fake.answers[path] = (200, json.dumps(body).encode(), 0)


async def test_at_a_demonstration_from_a_fresh_key_to_the_first_calls(kit: GatewayKit, developer: Developer) -> None:
    manager = {"id": str(new_id()), "number": "CH-001", "roles": ["channel_manager"], "unit_id": None, "unit_ids": []}
    answer(kit, "/v1/sign-in/staff/CH-001", manager)
    channels = [{"id": str(new_id()), "name": "甲", "status": "suspended"}, {"name": "乙", "status": "active"}]
    channels[1]["id"] = str(new_id())
    answer(kit, "/v1/channels", {"items": channels})

    assert (await developer.run("key"))[0] == 0
    assert (developer.folder / ".local" / "channel.json").stat().st_mode & 0o077 == 0
    code, registered, errors = await developer.run("register")
    assert code == 0, errors
    assert registered.startswith("乙 may call as ")
    _, read, _ = await developer.run("call", "/v1/things")
    _, sent, _ = await developer.run("call", "/v1/things", "--send", '{"kind": "person"}')

    assert json.loads(read) == {"target": "/v1/things", "method": "GET", "size": 0}
    assert json.loads(sent) == {"target": "/v1/things", "method": "POST", "size": 18}
    assert str(kit.fake.actor("client-profile").id) == channels[1]["id"]
    assert kit.fake.seen[-1].values("content-type") == ["application/json"]
    assert len(kit.fake.seen[-1].values("idempotency-key")[0]) == 36


async def test_a_real_channel_manager_registers_the_printed_keys_and_tells_the_client_id(
    kit: GatewayKit, developer: Developer
) -> None:
    _, keys, _ = await developer.run("key")
    body = {"channel_id": str(new_id()), "name": "某银行", "scopes": ["client.read"], "jwks": json.loads(keys)}
    client = (await kit.http.post("/v1/oauth-clients", json=body, headers=await kit.admin())).json()["client_id"]

    code, output, errors = await developer.run("call", "/v1/things", "--client-id", client)
    refused = await developer.error("call", "/v1/oauth-clients", "--client-id", client)

    assert code == 0, errors
    assert json.loads(output)["target"] == "/v1/things"
    assert "403 forbidden" in refused
    assert "needed is one of: admin, channel_manager" in refused
    assert "quote this when you ask us" in refused


async def test_a_wrong_call_says_what_to_do(kit: GatewayKit, developer: Developer) -> None:
    answer(kit, "/v1/channels", {"items": []})
    no_key = await developer.error("call", "/v1/things")
    await developer.run("key")
    again = await developer.error("key")
    no_client = await developer.error("call", "/v1/things")
    unknown = await developer.error("call", "/v1/things", "--client-id", str(new_id()))
    developer.gateway = "http://127.0.0.1:1"
    away = await developer.error("call", "/v1/things", "--client-id", str(new_id()))

    assert "Make a key first" in no_key
    assert "already" in again
    assert "--client-id" in no_client
    assert "401 invalid_client: No such client is registered." in unknown
    assert "does not answer" in away
