"""The feed of a real process over a real socket: live, and no hindrance to stopping."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack import ports
from shared.events.client_profile import ClientActivated
from shared.http.callers import Actor, mint
from shared.ids import new_id
from shared.serve import DRAIN_SECONDS
from shared.testing.service import START, ServiceKit


@pytest.fixture
async def process(kit: ServiceKit, tmp_path: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Return a process of the service on the test's database, without its worker, and its address."""
    keys, port = tmp_path / "keys.json", ports.find_free()
    keys.write_text(json.dumps({"keys": [kit.key.as_dict(private=False)]}))
    settings = {
        "ENVIRONMENT": "dev",
        "DATABASE_URL": kit.database.url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "INTERNAL_KEYS_FILE": str(keys),
        "PORT": str(port),
    }
    env = os.environ | {f"OPS_DASHBOARD_{name}": value for name, value in settings.items()}
    with (tmp_path / "log").open("wb") as log:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops_dashboard.main", env=env, stdout=log, stderr=log
        )
    try:
        yield started, f"http://127.0.0.1:{port}"
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def _until_live(address: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=address) as caller:
        while True:
            try:
                if (await caller.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_an_open_feed_is_live_and_a_stopping_process_ends_it_at_once(
    kit: ServiceKit, world: Any, process: tuple[asyncio.subprocess.Process, str]
) -> None:
    started, address = process
    await _until_live(address)
    token = mint(Actor("staff", new_id(), frozenset({"operations"})), audience="ops-dashboard", key=kit.key)
    headers = {"Authorization": f"Bearer {token}"}
    seen: list[str] = []

    async with (
        asyncio.timeout(30),
        httpx.AsyncClient(base_url=address, headers=headers) as caller,
        caller.stream("GET", "/v1/feed", timeout=30) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await world.hear(ClientActivated(occurred_at=START, client_id=new_id()))
        while len(seen) < 3:
            line = await anext(lines)
            seen += [line] if line else []
        began = time.monotonic()
        started.send_signal(signal.SIGTERM)
        rest = [line async for line in lines]
        await started.wait()

    assert seen[:2] == ["id: 1", "event: entry"]
    assert rest == [""]
    assert time.monotonic() - began < DRAIN_SECONDS
