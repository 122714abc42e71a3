import asyncio
import hashlib
import json
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from gateway_kit import GatewayKit, raw

from gateway.routing import forward

KILO = 1024


def resident_bytes() -> int:
    """Memory of this process, in which gateway, service and caller all run."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_a_request_reaches_its_service_with_the_callers_internal_token(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read", "dealing.write")

    answer = await kit.http.get("/v1/things?limit=3&name=%E5%BC%A0", headers=await channel.headers())

    assert answer.status_code == 200
    assert answer.json()["target"] == "/v1/things?limit=3&name=%E5%BC%A0"
    actor = kit.fake.actor("client-profile")
    assert (actor.kind, actor.id) == ("channel", UUID(channel.channel_id))
    assert actor.roles == {"channel:client.read", "channel:dealing.write"}


async def test_the_internal_token_is_for_the_service_that_answers(kit: GatewayKit) -> None:
    await kit.http.get("/v1/complaints", headers=await kit.staff("complaint_handler"))

    assert kit.fake.actor("complaints").roles == {"complaint_handler"}


async def test_a_public_page_is_passed_on_without_anybodys_token(kit: GatewayKit) -> None:
    answer = await kit.http.get("/page", headers={"Authorization": "Bearer whatever"})

    assert answer.status_code == 200
    assert kit.fake.seen[-1].values("authorization") == []


@pytest.mark.parametrize("size", [0, 10, 64 * KILO, 2 * KILO * KILO])
async def test_a_body_arrives_whole_with_its_length(kit: GatewayKit, size: int) -> None:
    answer = await kit.http.post("/v1/things", content=b"x" * size, headers=await kit.staff("admin"))

    assert answer.json()["size"] == size
    assert kit.fake.seen[-1].values("content-length") == [str(size)]
    assert kit.fake.seen[-1].values("transfer-encoding") == []


async def test_a_body_in_chunks_arrives_whole(kit: GatewayKit) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 50_000
            await asyncio.sleep(0.005)

    answer = await kit.http.post("/v1/things", content=pieces(), headers=await kit.staff("admin"))

    assert answer.json()["size"] == 500_000


async def test_a_body_too_large_by_its_length_is_refused_before_it_is_read(kit: GatewayKit) -> None:
    token = (await kit.staff("admin"))["Authorization"]
    head = (
        f"POST /v1/things HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Length: {KILO * KILO * KILO}\r\n\r\n"
    )
    kit.fake.reset()

    answer = await raw(kit.port, head.encode())

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert kit.fake.seen == []


async def test_a_caller_that_sends_a_large_body_first_reads_the_refusal_after_it(kit: GatewayKit) -> None:
    answer = await kit.http.post("/v1/things", content=b"x" * (5 * KILO * KILO), headers=await kit.staff("admin"))

    assert answer.status_code == 413
    assert (await kit.http.get("/health/live")).status_code == 200


async def test_a_body_too_large_by_count_is_refused_and_the_service_never_sees_its_end(kit: GatewayKit) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b"x" * 65536

    answer = await kit.http.post("/v1/things", content=pieces(), headers=await kit.staff("admin"))

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert kit.fake.seen[-1].size <= 2 * KILO * KILO


async def test_fields_of_the_connection_and_forged_ones_never_reach_the_service(kit: GatewayKit) -> None:
    token = (await kit.staff("auditor"))["Authorization"]
    request = (
        "GET /v1/things HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {token}\r\n"
        'Connection: close, If-Match\r\nIf-Match: "3"\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\nTrailer: X-End\r\n'
        "Upgrade: h2c\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: close\r\n"
        "X-Internal-Actor: admin\r\nX-User-Id: 1\r\nX-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n"
        "X-HTTP-Method-Override: DELETE\r\nCookie: session=1\r\n"
        'Accept: application/json\r\nAccept-Encoding: br, gzip\r\nIf-None-Match: "4"\r\n\r\n'
    )

    await raw(kit.port, request.encode())

    names = {name for name, _ in kit.fake.seen[-1].headers}
    assert names == {
        "host",
        "accept",
        "accept-encoding",
        "if-none-match",
        "authorization",
        "x-request-id",
        "traceparent",
    }
    assert kit.fake.seen[-1].values("accept-encoding") == ["br, gzip"]
    assert kit.fake.actor("client-profile").roles == {"auditor"}
    assert token not in kit.fake.seen[-1].values("authorization")


async def test_the_answers_bytes_and_fields_come_back_as_they_are_but_those_of_the_connection(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")
    async with kit.http.stream("GET", "/v1/raw", headers=headers) as answer:
        body = b"".join([piece async for piece in answer.aiter_raw()])

    assert body == b"\x00not decoded\xff"
    assert answer.headers["content-encoding"] == "x-known"
    assert answer.headers["etag"] == '"7"'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert {"x-internal-note", "keep-alive", "server", "connection"} & answer.headers.keys() == set()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers.get_list("date")) == 1


async def test_a_large_answer_streams_through_without_being_collected(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")
    before = most = resident_bytes()
    size = 0
    async with kit.http.stream("GET", "/v1/large", headers=headers) as answer:
        async for piece in answer.aiter_raw():
            size += len(piece)
            most = max(most, resident_bytes())

    assert size == 32 * KILO * KILO
    assert most - before < 12 * KILO * KILO


async def test_a_slow_reader_slows_the_service_instead_of_filling_the_memory(kit: GatewayKit) -> None:
    token = (await kit.staff("admin"))["Authorization"]
    before = resident_bytes()
    reader, writer = await asyncio.open_connection("127.0.0.1", kit.port, limit=1024)
    writer.write(f"GET /v1/large HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode())

    await reader.readexactly(500)
    await asyncio.sleep(1)

    grown = resident_bytes() - before
    writer.close()
    assert grown < 12 * KILO * KILO


async def test_the_first_event_of_a_stream_comes_at_once_and_the_stream_outlives_the_time_limit(
    kit: GatewayKit,
) -> None:
    headers = await kit.staff("operations")
    begun = time.monotonic()
    patience = kit.settings.upstream_seconds + 0.5
    async with kit.http.stream("GET", "/v1/events", headers=headers, timeout=patience) as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b"id: 1\ndata: first\n\n"
        assert time.monotonic() - begun < kit.settings.upstream_seconds
        with pytest.raises(httpx.ReadTimeout):
            await anext(pieces)

    assert time.monotonic() - begun > kit.settings.upstream_seconds
    assert answer.headers["content-type"] == "text/event-stream"
    assert await asyncio.to_thread(kit.fake.cancelled.wait, 2)


@pytest.mark.parametrize("limit", ["STREAM_SECONDS", "STREAM_IDLE_SECONDS"])
async def test_a_stream_ends_in_good_order_after_its_longest_time_or_without_events(
    kit: GatewayKit, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(forward, limit, 1)
    async with kit.http.stream("GET", "/v1/events", headers=await kit.staff("operations"), timeout=5) as answer:
        assert [piece async for piece in answer.aiter_raw()] == [b"id: 1\ndata: first\n\n"]

    assert await asyncio.to_thread(kit.fake.cancelled.wait, 2)


async def test_streams_do_not_take_the_places_of_requests(kit: GatewayKit) -> None:
    headers = await kit.staff("operations")
    opened = []
    for _ in range(kit.settings.upstream_concurrency + 1):
        stream = kit.http.stream("GET", "/v1/events", headers=headers)
        answer = await stream.__aenter__()
        await anext(answer.aiter_raw())
        opened.append(stream)

    answer = await kit.http.get("/v1/things", headers=headers)

    for stream in opened:
        await stream.__aexit__(None, None, None)
    assert answer.status_code == 200


async def test_a_stranger_that_goes_away_in_the_middle_of_its_form_is_no_error_of_ours(
    kit: GatewayKit, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", kit.port)
    head = "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: half-a-form\r\nContent-Length: 100\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=".encode())
    await asyncio.sleep(0.2)

    writer.close()

    assert (await kit.lines("half-a-form"))[0]["status"] == 499
    assert "unexpected error" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_caller_that_goes_away_cancels_the_services_work(kit: GatewayKit, method: str) -> None:
    token = (await kit.staff("admin"))["Authorization"]
    _, writer = await asyncio.open_connection("127.0.0.1", kit.port)
    head = f"{method} /v1/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nX-Request-Id: gone-{method}\r\n"
    writer.write(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
    assert await asyncio.to_thread(kit.fake.working.wait, 2)

    writer.close()

    assert await asyncio.to_thread(kit.fake.cancelled.wait, 1)
    assert (await kit.lines(f"gone-{method}"))[0]["status"] == 499
    assert kit.in_flight("fragile") == 0


async def test_a_caller_that_goes_away_in_the_middle_of_its_body_leaves_nothing_behind(kit: GatewayKit) -> None:
    token = (await kit.staff("admin"))["Authorization"]
    kit.fake.reset()
    _, writer = await asyncio.open_connection("127.0.0.1", kit.port)
    head = f"POST /v1/things HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nX-Request-Id: half-a-body\r\n"
    writer.write(f"{head}Content-Length: 500000\r\n\r\n".encode() + b"x" * 100_000)
    await writer.drain()
    await asyncio.sleep(0.2)

    writer.close()

    assert (await kit.lines("half-a-body"))[0]["status"] == 499
    assert kit.in_flight("client-profile") == 0


async def test_the_request_id_and_the_trace_go_through_and_come_back(kit: GatewayKit) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = await kit.staff("admin")
    headers |= {"X-Request-Id": "journey-0001", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}

    answer = await kit.http.get("/v1/things", headers=headers)

    assert answer.headers.get_list("x-request-id") == ["journey-0001"]
    assert kit.fake.seen[-1].values("x-request-id") == ["journey-0001"]
    handed_on = kit.fake.seen[-1].values("traceparent")[0]
    assert handed_on.startswith(f"00-{trace}-")
    assert "b7ad6b7169203331" not in handed_on


async def test_a_malformed_request_id_is_replaced(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/things", headers={**await kit.staff("admin"), "X-Request-Id": "a b;<script>"})

    assert answer.headers["x-request-id"] == kit.fake.seen[-1].values("x-request-id")[0]
    assert len(answer.headers["x-request-id"]) == 36


async def test_many_requests_at_once_each_get_their_own_answer(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")

    async def one(number: int) -> bool:
        target = f"/v1/things/{hashlib.sha256(str(number).encode()).hexdigest()}"
        async with at_once:
            answer = await kit.http.get(target, headers=headers)
        return bool(json.loads(answer.content)["target"] == target)

    at_once = asyncio.Semaphore(kit.settings.upstream_concurrency)
    assert all(await asyncio.gather(*(one(number) for number in range(200))))
