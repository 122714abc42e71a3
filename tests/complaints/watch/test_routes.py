"""Many complaints over one product or channel: one alert, which grows, opens to its cases, and is closed once."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from complaints.worker import TIMERS
from shared.ids import new_id
from shared.timers import run_due

[WATCH] = [timer for timer in TIMERS if timer.name == "complaint_mass_watch"]


async def look(desk: Any) -> None:
    await run_due(WATCH, desk.kit.database, clock=lambda: desk.kit.now)


async def imported(desk: Any, *items: dict[str, Any]) -> list[str]:
    numbered = [one | {"external_id": str(new_id())} for one in items]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "desk", "items": numbered})
    return [one["id"] for one in answer.json()["results"]]


async def alerts(desk: Any, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.agent.get(f"/v1/mass-alerts{query}")).json()["items"]
    return found


async def test_five_in_a_week_raise_one_alert_that_opens_to_its_cases(desk: Any) -> None:
    plan, today = str(new_id()), desk.kit.now.date()
    ago = [{"received_on": str(today - timedelta(days=days)), "product_id": plan} for days in range(8)]
    five = await imported(desk, *ago[:4])
    await imported(desk, ago[7])
    await look(desk)
    assert await alerts(desk) == []

    five += await imported(desk, ago[6])
    await look(desk)
    await look(desk)

    [alert] = await alerts(desk, "?open=true&subject=product")
    assert (alert["subject_id"], alert["complaints"], alert["last_on"]) == (plan, 5, str(today))
    detail = (await desk.agent.get(f"/v1/mass-alerts/{alert['id']}")).json()
    assert sorted(detail["complaint_ids"]) == sorted(five)


async def test_a_closed_alert_is_not_raised_again_by_the_same_complaints(desk: Any) -> None:
    plan, today = str(new_id()), desk.kit.now.date()
    await imported(desk, *({"received_on": str(today), "product_id": plan} for _ in range(6)))
    await look(desk)
    [alert] = await alerts(desk)
    path = f"/v1/mass-alerts/{alert['id']}/close"

    closed = await desk.supervisor.post(path, json={"note": "已统一沟通兑付安排"})
    desk.refused(await desk.supervisor.post(path, json={"note": "x"}), 409, "alert_is_closed")
    desk.refused(await desk.agent.post(path, json={"note": "x"}), 403, "forbidden")
    desk.refused(await desk.supervisor.post(f"/v1/mass-alerts/{new_id()}/close", json={"note": "x"}), 404, "not_found")
    await look(desk)

    assert closed.json()["note"] == "已统一沟通兑付安排"
    assert await alerts(desk, "?open=true") == []
    desk.kit.now += timedelta(days=1)
    await imported(desk, *({"received_on": str(today + timedelta(days=1)), "product_id": plan} for _ in range(5)))
    await look(desk)
    assert [one["complaints"] for one in await alerts(desk, "?open=true")] == [5]


@pytest.mark.parametrize("seed", range(3))
async def test_alerts_are_what_counting_by_hand_finds(desk: Any, seed: int) -> None:
    chance = random.Random(seed)
    today: date = desk.kit.now.date()
    plans, channels = [str(new_id()) for _ in range(4)], [str(new_id()) for _ in range(3)]
    items = [
        {
            "received_on": str(today - timedelta(days=chance.randrange(12))),
            "product_id": chance.choice(plans),
            "channel_id": chance.choice(channels),
        }
        for _ in range(45)
    ]
    await imported(desk, *items)

    await look(desk)

    recent = [one for one in items if one["received_on"] > str(today - timedelta(days=7))]
    counts = Counter([one["product_id"] for one in recent] + [one["channel_id"] for one in recent])
    found = {one["subject_id"]: one["complaints"] for one in await alerts(desk)}
    assert found == {subject: count for subject, count in counts.items() if count >= 5}
