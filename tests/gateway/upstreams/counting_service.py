"""A service that answers with its pid, on the listening socket whose number it is given; it says when it is ready."""

import os
import socket
import sys
from typing import Any

import uvicorn


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


config = uvicorn.Config(app, http="httptools", loop="uvloop", log_config=None, timeout_graceful_shutdown=10)
Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
