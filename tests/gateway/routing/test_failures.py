"""A service that is away, slow, overloaded or dies: what the caller gets, and that other services are not touched."""

import asyncio
import time

import httpx
import pytest
import pytest_asyncio
from gateway_kit import GatewayKit, raw


@pytest_asyncio.fixture(autouse=True)
async def calm(kit: GatewayKit) -> None:
    """Let the moment pass in which a service that failed in the last test is left in peace."""
    headers, deadline = await kit.staff("admin"), time.monotonic() + 5
    while (await kit.http.get("/v1/fragile", headers=headers)).status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    kit.fake.reset()


async def test_a_service_that_is_away_is_a_502_then_a_503_for_a_moment_then_tried_once_again(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")

    statuses = [(await kit.http.get("/v1/away", headers=headers)).status_code for _ in range(8)]
    refused = await kit.http.get("/v1/away", headers=headers)
    other = await kit.http.get("/v1/complaints", headers=headers)

    assert statuses == [502] * 5 + [503] * 3
    assert (refused.headers["retry-after"], refused.json()["code"]) == ("1", "unavailable")
    await asyncio.sleep(2.1)
    later = [(await kit.http.get("/v1/away", headers=headers)).status_code for _ in range(3)]

    assert other.status_code == 200
    assert later == [502, 503, 503]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_does_not_answer_in_time_is_a_504_and_its_work_is_cancelled(
    kit: GatewayKit, method: str
) -> None:
    begun = time.monotonic()

    answer = await kit.http.request(method, "/v1/slow", headers=await kit.staff("admin"))

    assert answer.status_code == 504
    assert answer.json()["code"] == "timed_out"
    assert time.monotonic() - begun > 2.9
    assert await asyncio.to_thread(kit.fake.cancelled.wait, 1)


@pytest.mark.parametrize("size", [0, 1_000_000])
async def test_a_service_that_takes_no_connection_is_a_504_after_a_second(kit: GatewayKit, size: int) -> None:
    begun = time.monotonic()

    answer = await kit.http.post("/v1/stuck", content=b"x" * size, headers=await kit.staff("admin"))

    assert (answer.status_code, answer.json()["code"]) == (504, "timed_out")
    assert 0.9 < time.monotonic() - begun < kit.settings.upstream_seconds


async def test_a_caller_that_does_not_send_its_body_in_time_is_told_so_and_the_service_not_blamed(
    kit: GatewayKit,
) -> None:
    token = (await kit.staff("admin"))["Authorization"]
    head = f"POST /v1/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nContent-Length: 100\r\n\r\n{{"

    answers = await asyncio.gather(*(raw(kit.port, head.encode(), until=b"}") for _ in range(5)))

    assert [answer[:13] for answer in answers] == [b"HTTP/1.1 408 "] * 5
    assert all(b"\r\nconnection: close\r\n" in answer for answer in answers)
    assert (await kit.http.get("/v1/fragile", headers=await kit.staff("admin"))).status_code == 200


async def test_a_stranger_that_does_not_send_its_form_in_time_is_told_so(kit: GatewayKit) -> None:
    head = b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type="

    answer = await raw(kit.port, head + form)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"request_timed_out" in answer


async def test_a_service_holds_no_more_requests_than_its_cap(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")
    held = [asyncio.create_task(kit.http.get("/v1/slow", headers=headers)) for _ in range(5)]
    await kit.until(lambda: kit.in_flight("fragile") == 5)

    refused = await kit.http.get("/v1/fragile", headers=headers)
    other = await kit.http.get("/v1/complaints", headers=headers)

    assert [answer.status_code for answer in await asyncio.gather(*held)] == [504] * 5
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert other.status_code == 200


async def test_a_service_that_answers_again_is_asked_again(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")
    await asyncio.gather(*(kit.http.get("/v1/slow", headers=headers) for _ in range(5)))
    left_in_peace = await kit.http.get("/v1/fragile", headers=headers)

    await asyncio.sleep(2.1)
    answers = [(await kit.http.get("/v1/fragile", headers=headers)).status_code for _ in range(3)]

    assert left_in_peace.status_code == 503
    assert answers == [200, 200, 200]


async def test_an_answer_that_breaks_off_cannot_pass_for_a_whole_one(kit: GatewayKit) -> None:
    headers = {**await kit.staff("admin"), "X-Request-Id": "broke-off-1"}

    with pytest.raises(httpx.RemoteProtocolError):
        await kit.http.get("/v1/cut", headers=headers)

    assert kit.in_flight("fragile") == 0


async def test_an_answer_before_the_end_of_the_body_is_passed_on(kit: GatewayKit) -> None:
    answer = await kit.http.post("/v1/early", content=b"x" * 1_000_000, headers=await kit.staff("admin"))

    assert (answer.status_code, answer.text) == (422, "no")


async def test_a_service_that_is_not_configured_is_a_503(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/unconfigured", headers=await kit.staff("admin"))

    assert answer.status_code == 503
