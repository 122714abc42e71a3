"""The clock of a review warns and escalates beside those of its case, each level once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from complaints.worker import TIMERS
from shared.ids import new_id
from shared.timers import run_due

(ESCALATE,) = (timer for timer in TIMERS if timer.name == "complaint_escalation")
REQUEST = {"grounds": "不认可处理结果", "requested_on": "2026-03-02"}
TOLD = {"informed_on": "2026-03-02", "method": "letter", "proof": "EMS 99"}


async def look(desk: Any, at: datetime) -> None:
    desk.kit.now = at
    await run_due(ESCALATE, desk.kit.database, clock=lambda: desk.kit.now)


async def told(desk: Any) -> list[tuple[int, str, str]]:
    return [
        (event["percent"], event["office"], event["due_on"])
        for type_, event in await desk.kit.outbox()
        if type_.endswith("escalated.v1") and event["clock"] == "review"
    ]


async def clock_of(desk: Any, complaint_id: str) -> dict[str, Any]:
    items = (await desk.agent.get(f"/v1/complaints/{complaint_id}/internal-clocks")).json()["items"]
    (found,) = (one for one in items if one["goal"] == "review")
    clock: dict[str, Any] = found
    return clock


async def test_a_late_review_warns_and_escalates_once_per_level(desk: Any) -> None:
    complaint_id = await desk.closed()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)

    # 30 days from the end of 2 March to the end of 1 April, in Shanghai: half of them are over on the 17th.
    await look(desk, datetime(2026, 3, 17, 15, 59, tzinfo=UTC))
    before = await told(desk)
    for _ in range(2):
        await look(desk, datetime(2026, 3, 17, 16, 1, tzinfo=UTC))
    half = await told(desk)
    await look(desk, datetime(2026, 3, 25, 5, tzinfo=UTC))
    await look(desk, datetime(2026, 4, 1, 15, 59, tzinfo=UTC))
    await look(desk, datetime(2026, 4, 1, 16, 1, tzinfo=UTC))
    await look(desk, datetime(2026, 5, 1, tzinfo=UTC))

    assert (before, [percent for percent, _, _ in half]) == ([], [50])
    assert [percent for percent, _, _ in await told(desk)] == [50, 75, 90, 100]
    assert {due_on for _, _, due_on in await told(desk)} == {"2026-04-01"}
    listed = (await desk.supervisor.get("/v1/escalations")).json()["items"]
    assert [one["percent"] for one in listed if one["goal"] == "review"] == [100, 90, 75, 50]
    clock = await clock_of(desk, complaint_id)
    assert (clock["due_at"], clock["stopped_at"], clock["target_minutes"]) == ("2026-04-01T16:00:00Z", None, None)


async def test_after_a_downtime_the_highest_level_speaks_for_those_below(desk: Any) -> None:
    complaint_id = await desk.informed()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)

    await look(desk, datetime(2026, 4, 20, tzinfo=UTC))

    assert [percent for percent, _, _ in await told(desk)] == [100]


async def test_informing_of_the_result_stops_the_clock_deciding_does_not(desk: Any, offices: tuple[UUID, UUID]) -> None:
    head, branch = offices
    await desk.joined(desk.handler_id, "complaint_handler", units=[new_id(), branch, head])
    reviewer_id = new_id()
    await desk.joined(reviewer_id, "consumer_protection", units=[new_id(), head])
    reviewer = desk.kit.staff("consumer_protection", id=reviewer_id)
    complaint_id = await desk.informed()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)
    decision = {"outcome": "upheld", "findings": "符合规定。", "basis": "档案。", "remedies": "可申请调解。"}

    await desk.does(reviewer, complaint_id, "decide-review", decision)
    await look(desk, datetime(2026, 3, 17, 16, 1, tzinfo=UTC))
    await desk.does(reviewer, complaint_id, "inform-review", TOLD | {"informed_on": "2026-03-18"})
    await look(desk, datetime(2026, 5, 1, tzinfo=UTC))

    assert [percent for percent, _, _ in await told(desk)] == [50]
    clock = await clock_of(desk, complaint_id)
    assert (clock["stopped_at"] is not None, clock["is_met"]) == (True, True)


async def test_the_notice_that_no_office_stands_above_stops_it_too(desk: Any) -> None:
    complaint_id = await desk.closed()
    await desk.does(desk.agent, complaint_id, "request-review", REQUEST)

    await desk.does(desk.supervisor, complaint_id, "decline-review", TOLD | {"remedies": "可申请调解、仲裁或诉讼。"})
    await look(desk, desk.kit.now + timedelta(days=60))

    assert await told(desk) == []
    assert (await clock_of(desk, complaint_id))["is_met"] is True
