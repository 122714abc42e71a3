"""The load: `python -m tests.bench.load URL REQUESTS CONNECTIONS`; a token may stand in TOKEN. Prints JSON."""

import asyncio
import json
import os
import sys
import time

import aiohttp

WARM_UP = 200


async def measure(url: str, requests: int, connections: int, token: str) -> dict[str, float]:
    """Return requests per second and percentiles of the duration in milliseconds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session:
        await _ask(session, url, WARM_UP, connections)
        began = time.perf_counter()
        durations = sorted(await _ask(session, url, requests, connections))
        seconds = time.perf_counter() - began
    return {
        "per_second": len(durations) / seconds,
        "p50_ms": durations[len(durations) // 2] * 1000,
        "p99_ms": durations[len(durations) * 99 // 100] * 1000,
    }


async def _ask(session: aiohttp.ClientSession, url: str, requests: int, connections: int) -> list[float]:
    left = iter(range(requests))
    durations: list[float] = []

    async def ask() -> None:
        for _ in left:
            began = time.perf_counter()
            async with session.get(url) as answer:
                await answer.read()
                answer.raise_for_status()
            durations.append(time.perf_counter() - began)

    await asyncio.gather(*(ask() for _ in range(connections)))
    return durations


if __name__ == "__main__":
    found = measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), os.environ.get("TOKEN", ""))
    print(json.dumps(asyncio.run(found)))
