"""The proxy one would write first: `python -m tests.bench.naive_proxy PORT UPSTREAM`. It checks nothing."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response


def create_app(upstream: str) -> FastAPI:
    """Return a proxy that passes every GET on to `upstream`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=upstream) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/{path:path}")
    async def forward(path: str, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        answer = await request.app.state.client.get(f"/{path}", headers=headers)
        return Response(answer.content, answer.status_code, media_type=answer.headers["content-type"])

    return app


if __name__ == "__main__":
    port, upstream = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(create_app(upstream), port=port, http="httptools", loop="uvloop", access_log=False, log_config=None)
