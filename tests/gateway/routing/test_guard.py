"""Malformed and dangerous heads by raw socket: what gets through to nobody, and what is answered instead."""

import asyncio

import pytest
from gateway_kit import GatewayKit, raw

from gateway.routing import guard

HOST = b"Host: localhost\r\n"


def get(path: bytes = b"/v1/things", head: bytes = HOST, version: bytes = b"1.1") -> bytes:
    return b"GET " + path + b" HTTP/" + version + b"\r\n" + head + b"\r\n"


def post(head: bytes, body: bytes = b"") -> bytes:
    return b"POST /v1/things HTTP/1.1\r\n" + HOST + head + b"\r\n" + body


CASES = {
    "length and chunks together": (400, post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
    "two equal lengths": (400, post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}")),
    "two differing lengths": (400, post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}")),
    "a signed length": (400, post(b"Content-Length: +3\r\n", b"abc")),
    "a space before the colon": (400, get(head=HOST + b"X-A : 1\r\n")),
    "an unknown transfer encoding": (400, post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n")),
    "another coding under the chunks": (400, post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
    "a CR in a value": (400, get(head=HOST + b"X-A: a\rb\r\n")),
    "a NUL in a value": (400, get(head=HOST + b"X-A: a\x00b\r\n")),
    "a folded line": (400, get(head=HOST + b"X-A: a\r\n b\r\n")),
    "bare line feeds": (400, get().replace(b"\r\n", b"\n")),
    "a bad end of a chunk": (400, post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}XX0\r\n\r\n")),
    "no host": (400, get(head=b"")),
    "two hosts": (400, get(head=HOST + HOST)),
    "a foreign host": (421, get(head=b"Host: evil.example\r\n")),
    "a host with a bad port": (421, get(head=b"Host: localhost:evil\r\n")),
    "a head of 100 KB": (431, get(head=HOST + b"X-A: " + b"a" * 100_000 + b"\r\n")),
    "2000 fields": (431, get(head=HOST + b"X-A: 1\r\n" * 2000)),
    "chunks in HTTP/1.0": (400, get(head=HOST + b"Transfer-Encoding: chunked\r\n", version=b"1.0") + b"0\r\n\r\n"),
    "a path over 4 KiB": (414, get(b"/v1/things/" + b"a" * 4096)),
    "a query over 4 KiB": (414, get(b"/v1/things?a=" + b"a" * 4096)),
    "an encoded NUL": (400, get(b"/v1/things/a%00b")),
    "an encoded slash": (400, get(b"/v1/things/a%2Fb")),
    "an encoded backslash": (400, get(b"/v1/things/a%5cb")),
    "a backslash": (400, get(b"/v1/things\\a")),
    "a dot-dot segment": (400, get(b"/v1/things/../large")),
    "an encoded dot-dot segment": (400, get(b"/v1/things/%2e%2E/large")),
    "a dot segment": (400, get(b"/v1/./things")),
    "two slashes": (400, get(b"/v1//things")),
    "a path that is not ASCII": (400, get("/v1/张".encode())),
    "a query that is not ASCII": (400, get("/v1/things?name=张".encode())),
    "two tokens": (400, get(head=HOST + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n")),
    "two idempotency keys": (400, get(head=HOST + b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n")),
    "an unknown path": (404, get(b"/v1/nothing")),
    "an unknown path outside v1": (404, get(b"/admin")),
    "a trailing slash": (404, get(b"/v1/things/")),
    "a method that is not declared": (405, get().replace(b"GET", b"DELETE")),
    "TRACE": (405, get().replace(b"GET", b"TRACE")),
    "OPTIONS": (405, get().replace(b"GET", b"OPTIONS")),
    "CONNECT": (400, b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "OPTIONS of everything": (404, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an address in absolute form with a foreign host": (
        421,
        get(b"http://localhost/v1/things", b"Host: evil.test\r\n"),
    ),
    "no token": (401, get()),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_bad_request_is_refused_and_its_connection_not_trusted_further(kit: GatewayKit, name: str) -> None:
    status, request = CASES[name]
    is_framing = status not in (401, 404, 405)
    smuggled = b"GET /v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n" if is_framing else b""

    answer = await raw(kit.port, request + smuggled, until=b"" if is_framing else b"}")

    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1
    assert kit.fake.seen == []
    assert (await kit.http.get("/health/live")).status_code == 200


async def test_a_refusal_is_a_problem_document_with_an_id(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/nothing")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.json()["instance"] == f"urn:request:{answer.headers['x-request-id']}"


async def test_a_405_says_what_is_allowed(kit: GatewayKit) -> None:
    answer = await kit.http.delete("/v1/things/1")

    assert answer.headers["allow"] == "GET, PATCH"


async def test_refused_requests_stand_in_the_access_log_without_their_path(kit: GatewayKit) -> None:
    await kit.http.get("/v1/nothing/13800138000", headers={"X-Request-Id": "refused-404"})
    await raw(kit.port, get(b"/v1//things", HOST + b"X-Request-Id: refused-400\r\n"))
    await asyncio.sleep(0.1)

    (line,) = await kit.lines("refused-404")
    assert (line["status"], line["route"]) == (404, "unmatched")
    assert "13800138000" not in kit.log_output.getvalue()


async def test_health_answers_under_any_name_since_probes_come_by_address(kit: GatewayKit) -> None:
    answer = await raw(kit.port, get(b"/health/live", b"Host: 10.1.2.3:8080\r\n"), until=b"live")

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_never_ends_is_cut_off_before_it_fills_the_memory(kit: GatewayKit) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", kit.port)
    writer.write(b"GET /v1/things HTTP/1.1\r\n" + HOST + b"X-A: ")
    sent = 0
    try:
        async with asyncio.timeout(10):
            while sent < 64 * 1024 * 1024:
                writer.write(b"a" * 65536)
                await writer.drain()
                sent += 65536
                await asyncio.sleep(0)
    except ConnectionError:
        pass
    finally:
        writer.close()

    assert sent < 8 * 1024 * 1024


async def test_heads_one_after_the_other_on_a_connection_are_counted_each_for_itself(kit: GatewayKit) -> None:
    request = get(b"/health/live", HOST + b"X-A: " + b"a" * 10_000 + b"\r\n")
    last = request.replace(b"X-A", b"Connection: close\r\nX-A")

    answer = await raw(kit.port, request * 12 + last)

    assert answer.count(b"HTTP/1.1 200 ") == 13


def test_a_large_body_has_time_by_its_size_and_an_ordinary_one_no_more_than_ever() -> None:
    assert [guard.more_seconds(size) for size in (0, guard.MAX_BODY_BYTES)] == [0, 0]
    assert guard.more_seconds(guard.MAX_BODY_BYTES + 10 * guard.SLOWEST_BYTES_A_SECOND) == 10
