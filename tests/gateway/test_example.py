"""The script a channel's developer starts from, run as they run it."""

import asyncio
import json
import sys
from pathlib import Path

from gateway_kit import GatewayKit

from shared.ids import new_id

SCRIPT = Path(__file__).resolve().parents[2] / "gateway" / "examples" / "get_token.py"


async def run(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, output.decode(), errors.decode()


async def test_from_a_fresh_key_to_the_first_call(kit: GatewayKit, tmp_path: Path) -> None:
    code, output, errors = await run(tmp_path, "key")
    assert code == 0, errors
    assert (tmp_path / "channel-key.json").stat().st_mode & 0o077 == 0
    body = {"channel_id": str(new_id()), "name": "某银行", "scopes": ["client.read"], "jwks": json.loads(output)}
    client = (await kit.http.post("/v1/oauth-clients", json=body, headers=await kit.admin())).json()

    gateway = ("--gateway", f"http://127.0.0.1:{kit.port}")
    code, output, errors = await run(tmp_path, "call", client["client_id"], "/v1/things", *gateway)

    assert code == 0, errors
    assert json.loads(output)["target"] == "/v1/things"


async def test_a_wrong_call_says_what_to_do(kit: GatewayKit, tmp_path: Path) -> None:
    gateway = ("--gateway", f"http://127.0.0.1:{kit.port}")
    _, _, no_key = await run(tmp_path, "call", str(new_id()), "/v1/things", *gateway)
    await run(tmp_path, "key")
    _, _, again = await run(tmp_path, "key")
    code, _, unknown = await run(tmp_path, "call", str(new_id()), "/v1/things", *gateway)
    _, _, away = await run(tmp_path, "call", str(new_id()), "/v1/things", "--gateway", "http://127.0.0.1:1")

    assert "Make a key first" in no_key
    assert "already" in again
    assert code == 1
    assert "401 invalid_client: No such client is registered." in unknown
    assert "does not answer" in away


async def test_a_call_that_is_not_allowed_says_what_is_needed(kit: GatewayKit, tmp_path: Path) -> None:
    _, keys, _ = await run(tmp_path, "key")
    body = {"channel_id": str(new_id()), "name": "某银行", "scopes": ["client.read"], "jwks": json.loads(keys)}
    client = (await kit.http.post("/v1/oauth-clients", json=body, headers=await kit.admin())).json()

    gateway = ("--gateway", f"http://127.0.0.1:{kit.port}")
    _, _, errors = await run(tmp_path, "call", client["client_id"], "/v1/oauth-clients", *gateway)

    assert "403 forbidden" in errors
    assert "needed is one of: admin, channel_manager" in errors
    assert "quote this when you ask us" in errors
