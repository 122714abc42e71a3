"""What a developer starts from: the contract, its reference page, the code lists."""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from shared.errors import NotFound
from shared.http.routing import router

pages = APIRouter(include_in_schema=False)
routes = router("Code lists")

_STATIC = Path(__file__).with_name("static")
_MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


@pages.get("/openapi.json")
async def read_contract(request: Request) -> Response:
    """Answer the merged contract."""
    return Response(request.app.state.contract, media_type="application/json", headers={"Cache-Control": "no-cache"})


@pages.get("/docs")
async def read_reference() -> Response:
    """Answer the API reference page."""
    return _file("index.html")


@pages.get("/docs/{name}")
async def read_asset(name: str) -> Response:
    """Answer a file of the API reference page."""
    return _file(name)


def _file(name: str) -> Response:
    content = _files().get(name)
    if content is None:
        raise NotFound("There is no such file; the reference is at /docs.")
    headers = {**_HEADERS, "Cache-Control": "public, max-age=3600"}
    return Response(content, media_type=_MEDIA_TYPES[Path(name).suffix], headers=headers)


@cache
def _files() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in _STATIC.iterdir() if file.suffix in _MEDIA_TYPES}


@routes.get("/code-lists", response_model=dict[str, dict[str, str]])
async def read_code_lists(request: Request) -> Response:
    """Read every list of codes with its Chinese names: list → code → name, as they stand in the contract."""
    return JSONResponse(request.app.state.code_lists)
