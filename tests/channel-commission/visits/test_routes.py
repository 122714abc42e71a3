"""Visits and trainings that were held."""

from typing import Any

VISIT = {
    "kind": "training",
    "held_on": "2026-03-01",
    "topic": "适当性管理",
    "summary": "理财经理全员参加",
    "attendees": 24,
}


async def test_visits_are_listed_the_latest_first_and_none_lies_in_the_future(market: Any) -> None:
    channel = (await market.prospect())["id"]
    path = f"/v1/channels/{channel}/visits"
    for kind, day in (("visit", "2026-01-05"), ("training", "2026-03-02"), ("inspection", "2026-02-01")):
        await market.post("channel_manager", path, {**VISIT, "kind": kind, "held_on": day}, status=201)
    assert [one["held_on"] for one in (await market.get(path))["items"]] == ["2026-03-02", "2026-02-01", "2026-01-05"]
    assert [one["kind"] for one in (await market.get(path, kind="training"))["items"]] == ["training"]
    for fields, pointer in (
        ({"held_on": "2026-03-03"}, "/held_on"),
        ({"attendees": -1}, "/attendees"),
        ({"kind": "party"}, "/kind"),
    ):
        problem = await market.post("channel_manager", path, {**VISIT, **fields}, status=422)
        assert problem["errors"][0]["pointer"] == pointer
    assert await market.kit.count("channel_visit") == 3
