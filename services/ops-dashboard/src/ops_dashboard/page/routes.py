"""The operations page: one static page that calls the routes of this service with the caller's own token."""

from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse

_STATIC = Path(__file__).parents[1] / "static"
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

# Open: the page holds no data; what it shows it fetches with the token of whoever signs in on it.
routes = APIRouter(tags=["Operations"])


@routes.get("/operations", response_class=FileResponse, openapi_extra={"security": []})
async def read_operations_page() -> FileResponse:
    """Serve the operations page."""
    return FileResponse(_STATIC / "operations.html", headers=_HEADERS)


@routes.get("/operations/{file}", response_class=FileResponse, openapi_extra={"security": []})
async def read_operations_asset(
    file: Literal["operations.js", "feed.js", "labels.js", "operations.css"],
) -> FileResponse:
    """Serve a file of the operations page."""
    return FileResponse(_STATIC / file, headers=_HEADERS)
