"""The gateway with all it does, against the same upstream called directly and against a naive proxy."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

import httpx
import psutil
from run.system import System
from tests.bench.load import WARM_UP

from local_stack import parts, ports, processes
from local_stack.journey.callers import Door

ROUNDS, REQUESTS, CONNECTIONS = 3, 2000, 32
PATH = "/v1/clients/01a20946-6850-7383-bad0-d754a1d93a2a"
STARTS_WITHIN_SECONDS = 60

Figures = dict[str, dict[str, float]]


async def measure(system: System) -> Figures:
    """Return requests per second, percentiles and microseconds of processor time a request, each a median of rounds.

    The three are asked in turn, round by round. The gateway is one more process of the real one, whose only service is
    the bare upstream; the caller is signed in.
    """
    async with _started(system) as (addresses, token):
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in addresses}
        for _ in range(ROUNDS):
            for name, address in addresses.items():
                rounds[name].append(await _round(address, token if name == "gateway" else ""))
    return {name: {key: median(it[key] for it in found) for key in found[0]} for name, found in rounds.items()}


async def _round(address: str, token: str) -> dict[str, float]:
    process = _listening_on(int(address.rpartition(":")[2]))
    before = _cpu_seconds(process)
    command = [sys.executable, "-m", "tests.bench.load", address + PATH, str(REQUESTS), str(CONNECTIONS)]
    loader = await asyncio.create_subprocess_exec(
        *processes.tied_to_parent(command), stdout=asyncio.subprocess.PIPE, env={**os.environ, "TOKEN": token}
    )
    output, _ = await asyncio.wait_for(loader.communicate(), 300)
    found: dict[str, float] = json.loads(output)
    return {**found, "cpu_us": (_cpu_seconds(process) - before) * 1_000_000 / (REQUESTS + WARM_UP)}


@asynccontextmanager
async def _started(system: System) -> AsyncIterator[tuple[dict[str, str], str]]:
    """Start upstream, naive proxy and a gateway before it; yield their addresses and a token."""
    upstream, naive, gateway = ports.find_free(), ports.find_free(), ports.find_free()
    address = f"http://{ports.HOST}:{upstream}"
    part = parts.gateway(
        state=system.state,
        database_url=system.database("gateway"),
        upstreams=dict.fromkeys(parts.SERVICES, address),
        port=gateway,
    )
    commands = [
        (("-m", "tests.bench.upstream", str(upstream)), {}),
        (("-m", "tests.bench.naive_proxy", str(naive), address), {}),
        (part.command[1:], part.env),
    ]
    running = [
        await asyncio.create_subprocess_exec(
            *processes.tied_to_parent([sys.executable, *arguments]),
            env={**os.environ, **env},
            stdout=asyncio.subprocess.DEVNULL,
        )
        for arguments, env in commands
    ]
    try:
        addresses = {"upstream": address, "naive proxy": f"http://{ports.HOST}:{naive}", "gateway": part.address}
        await _answering([f"{it}/health/ready" for it in addresses.values()])
        door = Door.at(part.address)
        async with door.http:
            yield addresses, (await door.admin()).token
    finally:
        for process in running:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in running))


async def _answering(urls: list[str]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    async with httpx.AsyncClient() as client:
        for url in urls:
            while True:
                try:
                    if (await client.get(url)).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{url} does not answer")
                await asyncio.sleep(0.1)


def _listening_on(port: int) -> psutil.Process:
    for process in psutil.Process().children(recursive=True):
        if any(it.status == psutil.CONN_LISTEN and it.laddr.port == port for it in process.net_connections("tcp")):
            return process
    raise LookupError(f"no process of ours listens on {port}")


def _cpu_seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)
