"""Files out: names in any script, nothing that a browser opens by itself. Files in: as much as the contract says."""

from collections.abc import AsyncIterator
from email.message import Message
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from shared.files.keeping import StoredFile
from shared.http import problems
from shared.http.downloads import saved_as
from shared.http.files import UPLOAD, file_response
from shared.http.middleware import LIMIT, MAX_BODY_BYTES, RequestContext
from shared.ids import new_id


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_in_any_script_comes_back_and_cannot_end_its_header(name: str) -> None:
    value = saved_as("evidence-1.pdf", name, size=1)["Content-Disposition"]

    assert value.isascii()
    assert value.isprintable()
    kind, plain, full = value.split("; ", 2)
    assert (kind, plain) == ("attachment", 'filename="evidence-1.pdf"')
    assert unquote(full.removeprefix("filename*=UTF-8''")) == name


def test_a_mail_reader_understands_the_header() -> None:
    message = Message()
    message["Content-Disposition"] = saved_as("a.pdf", "张三的“合同”;1.pdf", size=1)["Content-Disposition"]

    assert message.get_filename() in ("a.pdf", "张三的“合同”;1.pdf")
    assert message.get_content_disposition() == "attachment"


async def test_a_file_goes_out_as_an_attachment_that_is_not_guessed_at_or_kept() -> None:
    file = StoredFile(new_id(), b"\1" * 32, 5, "text/plain")

    answer = file_response(file, pieces(b"ab", b"cde"), name="录音.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "5"
    assert (
        answer.headers["content-disposition"] == saved_as(f"{file.id}.txt", "录音.txt", size=5)["Content-Disposition"]
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["repr-digest"] == "sha-256=:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=:"


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    async def count(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(piece) async for piece in request.stream()])}

    app.put("/file", openapi_extra=UPLOAD | {LIMIT: 3 * MAX_BODY_BYTES})(count)
    app.put("/note")(count)
    app.add_middleware(RequestContext)
    problems.install(app)
    return app


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/note", MAX_BODY_BYTES, 200),
        ("/note", MAX_BODY_BYTES + 1, 413),
        ("/file", MAX_BODY_BYTES + 1, 200),
        ("/file", 3 * MAX_BODY_BYTES, 200),
        ("/file", 3 * MAX_BODY_BYTES + 1, 413),
    ],
)
async def test_a_route_takes_as_much_as_its_contract_says(app: FastAPI, path: str, size: int, status: int) -> None:
    async def sent() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as client:
        answer = await client.put(path, content=sent())

    assert answer.status_code == status


async def test_a_caller_that_goes_away_in_the_middle_is_no_error_of_ours(app: FastAPI) -> None:
    coming: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Any] = []
    scope = {
        "type": "http", "http_version": "1.1", "method": "PUT", "path": "/file", "raw_path": b"/file",
        "query_string": b"", "headers": [], "scheme": "http", "server": ("service", 80), "root_path": "",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    await app(scope, receive, send)

    assert answered[0]["status"] == 400
