"""The journey through the gateway, on real PostgreSQL and real Kafka: the test that must never break."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from local_stack import ports, stack
from local_stack.console import Terminal
from local_stack.journey.callers import Door
from local_stack.journey.story import begins_on, play
from local_stack.state import State
from local_stack.supervisor import Supervisor

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


async def test_a_client_goes_from_the_first_word_to_the_last_fee(tmp_path: Path) -> None:
    state, terminal, told = State.load(tmp_path), Terminal(), []
    async with Supervisor(logs_dir=tmp_path / "logs", terminal=terminal) as supervisor:
        address = await stack.start_all(state, ports.find_free(preferred=None), supervisor, terminal)
        world = await play(address, clock_file=state.clock_file, say=told.append)

        door = Door.at(address)
        try:
            await _overview_shows_the_whole_picture(door, world.ids)
            await _operations_saw_it_all(door)
        finally:
            await door.close()
    story = "\n".join(told)
    for sentence in (
        "channel_unlicensed",
        "duplicate_client",
        "风险等级不匹配",
        "渠道费用计提 21,600.00 元",
        "流失预警 高",
        "预警解除",
        "追回 -20,700.00 元",
        "状态 paid",
    ):
        assert sentence in story, story


async def _overview_shows_the_whole_picture(door: Door, ids: dict[str, str]) -> None:
    compliance, lead = await door.staff("CP-001"), await door.staff("TL-001")
    picture = await compliance.get(f"/v1/clients/{ids['client']}/overview")
    without_fees = await lead.get(f"/v1/clients/{ids['client']}/overview")

    assert not [name for name, part in picture.items() if "problem" in part], picture
    assert [name for name, part in without_fees.items() if "problem" in part] == ["accruals"]
    assert picture["client"]["status"] == "active"
    assert {entry["service"] for entry in picture["timeline"]["items"]} >= {"complaints", "client-profile"}


async def _operations_saw_it_all(door: Door) -> None:
    watcher = await door.staff("OPS-001")
    flow = await watcher.until(
        "/v1/operations/flow",
        lambda flow: all(one["waiting"] == 0 for one in flow["services"]),
        "every consumer to have read everything",
    )
    assert all(one["events_total"] > 0 for one in flow["services"] if one["service"] != "ops-dashboard")
    page = await watcher.get("/v1/feed/entries", limit=200)
    numbers = [entry["seq"] for entry in page["items"]]
    assert numbers == list(range(numbers[0], 0, -1)), "every event once, in order"


def test_the_story_lies_in_the_past_whatever_the_day() -> None:
    for day in range(366):
        today = date(2026, 1, 1) + timedelta(days=day)
        begin = begins_on(today)
        assert begin.day == 1
        # The last thing told is the close of the month in which the client redeemed, on the first of the next.
        redeemed = begin + timedelta(days=66)
        assert (redeemed.replace(day=28) + timedelta(days=4)).replace(day=1) < today
