import io
import json
import threading
import time
from typing import Any

from gateway_kit import GatewayKit
from prometheus_client import REGISTRY

from gateway.routing import access_log
from gateway.routing.access_log import AccessLog


class StuckOutput(io.StringIO):
    """An output that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        assert self.go.wait(5)
        return super().write(text)


async def test_one_line_tells_who_called_what_and_how_it_ended(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read")
    headers = {**await channel.headers(), "X-Request-Id": "one-line-0001"}

    answer = await kit.http.get("/v1/things/13800138000?name=secret", headers=headers)

    (line,) = await kit.lines("one-line-0001")
    told = {name: line[name] for name in ("method", "route", "upstream", "status", "actor", "bytes", "service")}
    assert told == {
        "method": "GET",
        "route": "/v1/things/{thing_id}",
        "upstream": "client-profile",
        "status": 200,
        "actor": f"channel:{channel.channel_id}",
        "bytes": len(answer.content),
        "service": "gateway",
    }
    assert line["ms"] > 0
    assert "secret" not in kit.log_output.getvalue()
    assert "13800138000" not in kit.log_output.getvalue()


async def test_a_request_id_that_looks_like_a_phone_number_is_masked(kit: GatewayKit) -> None:
    await kit.http.get("/v1/things", headers={"X-Request-Id": "13800138001"})

    await kit.lines("***")
    assert "13800138001" not in kit.log_output.getvalue()


async def test_health_checks_do_not_fill_the_log(kit: GatewayKit) -> None:
    await kit.http.get("/health/live", headers={"X-Request-Id": "health-check-1"})
    await kit.http.get("/v1/things", headers={"X-Request-Id": "after-health-1"})

    await kit.lines("after-health-1")
    assert "health-check-1" not in kit.log_output.getvalue()


def dropped() -> float:
    value: Any = REGISTRY.get_sample_value("gateway_access_log_dropped_total")
    return float(value)


def test_a_stuck_output_holds_nobody_up_and_what_is_dropped_is_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(access_log, "_CAPACITY", 100)
    output, before = StuckOutput(), dropped()
    log = AccessLog(output)
    log.start()

    for number in range(1000):
        log.write({"number": number})

    assert dropped() - before >= 1000 - 100 - access_log._AT_ONCE
    output.go.set()
    log.stop()
    numbers = [json.loads(line)["number"] for line in output.getvalue().splitlines()]
    assert numbers == sorted(numbers)
    assert len(numbers) == 1000 - (dropped() - before)


def test_an_output_that_stays_stuck_holds_up_the_end_for_a_moment_only(monkeypatch: Any) -> None:
    monkeypatch.setattr(access_log, "_CAPACITY", 100)
    monkeypatch.setattr(access_log, "_STOP_SECONDS", 0.5)
    output = StuckOutput()
    log = AccessLog(output)
    log.start()
    for number in range(1000):
        log.write({"number": number})
    begun = time.monotonic()

    log.stop()

    assert time.monotonic() - begun < 10
    output.go.set()


class FullDisk(io.StringIO):
    is_full = True

    def write(self, text: str) -> int:
        if self.is_full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_lines_are_written_again_once_the_output_takes_them_and_those_lost_are_counted() -> None:
    output, before = FullDisk(), dropped()
    log = AccessLog(output)
    log.start()
    log.write({"number": 1})
    deadline = time.monotonic() + 5
    while dropped() - before < 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)

    output.is_full = False
    log.write({"number": 2})
    log.stop()

    assert output.getvalue() == '{"number": 2}\n'
