"""Liveness, readiness and metrics: `/health/live` never touches anything, `/health/ready` says what is missing."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

#: Returns what is wrong, one sentence each; empty when ready.
Check = Callable[[], Awaitable[list[str]]]

READY = Gauge("ready", "1 if the process was ready when it was last asked")

health = APIRouter(include_in_schema=False)


@health.get("/health/live")
async def live() -> dict[str, str]:
    """Answer as long as the process runs its event loop."""
    return {"status": "live"}


@health.get("/health/ready")
async def ready(request: Request) -> Response:
    """Answer 200 when every check passes, else 503 with what is wrong."""
    checks: list[Check] = request.app.state.checks
    wrong: list[str] = []
    for check in checks:
        try:
            wrong += await check()
        except Exception as error:  # a check that fails in any way means not ready
            wrong.append(f"{getattr(check, '__qualname__', 'check')}: {type(error).__name__}")
    READY.set(not wrong)
    return JSONResponse({"status": "not ready" if wrong else "ready", "problems": wrong}, 503 if wrong else 200)


@health.get("/metrics")
async def metrics() -> Response:
    """Answer the process's metrics in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
