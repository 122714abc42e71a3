"""The partner's page: one static page that calls the API with the channel's own token."""

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

# Open: the page holds no data; what it shows it fetches with the token that the channel's own program got.
routes = APIRouter(tags=["Settlements"])


@routes.get("/partner", response_class=FileResponse, openapi_extra={"security": []})
async def read_partner_page() -> FileResponse:
    """Serve the page on which a channel reads, disputes and confirms its statements (渠道对账)."""
    return FileResponse(_STATIC / "partner.html", headers=_HEADERS)


@routes.get("/partner/{file}", response_class=FileResponse, openapi_extra={"security": []})
async def read_partner_asset(file: Literal["partner.js", "partner.css"]) -> FileResponse:
    """Serve a file of the partner's page."""
    return FileResponse(_STATIC / file, headers=_HEADERS)
