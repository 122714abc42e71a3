"""The cheapest service there can be: `python -m tests.bench.upstream PORT`, so that what stands before it shows."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

ANSWER = json.dumps({"id": "01a20946-6850-7383-bad0-d754a1d93a2a", "status": "active", "note": "客户" * 60}).encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def app(scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Answer everything with the same 450 bytes of JSON."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), http="httptools", loop="uvloop", lifespan="off", access_log=False, log_config=None
    )
