"""Extensions and the proof through the API; the overdue timer with two workers at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from complaints.clocks.service import tell_overdue
from shared.ids import new_id
from shared.timers import Timer, run_due

REASON = {"reason": "涉及多份合同，需调取历史录音。"}
OVERDUE = Timer("complaint_overdue", every=timedelta(seconds=30), run=tell_overdue)


async def due_events(desk: Any) -> list[str]:
    return [payload["due_on"] for type_, payload in await desk.kit.outbox() if type_.endswith("complaint.overdue.v1")]


async def run_timer(desk: Any) -> int:
    return await run_due(OVERDUE, desk.kit.database, clock=lambda: desk.kit.now)


async def test_both_extensions_move_the_due_date_and_every_step_stays_provable(desk: Any) -> None:
    complaint_id = await desk.assigned()

    first = await desk.does(desk.supervisor, complaint_id, "extend", REASON)
    desk.kit.now += timedelta(days=20)
    told = {"complainant_told_on": "2026-03-21", "stage": "second"}
    second = await desk.does(desk.executive, complaint_id, "extend", REASON | told)

    assert (first["due_on"], second["due_on"]) == ("2026-04-01", "2026-05-01")
    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert [step["due_on"] for step in proof["steps"]] == ["2026-03-17", "2026-04-01", "2026-05-01"]
    assert [step["holds_until"] for step in proof["steps"]] == ["2026-03-02", "2026-03-22", None]
    assert [step["rule"]["version"] for step in proof["steps"]] == [
        "complaint.decision_days@2020-03-01",
        "complaint.extended_days@2020-03-01",
        "complaint.extended_twice_days@2020-03-01",
    ]
    assert all("2020年第3号" in step["rule"]["source"] for step in proof["steps"])
    assert proof["steps"][2]["arithmetic"] == "2026-03-02 + 60 = 2026-05-01"
    assert proof["steps"][2]["complainant_told_on"] == "2026-03-21"
    assert proof["due_on"] == proof["recorded_due_on"] == "2026-05-01"
    assert proof["is_proven"]


async def test_each_step_names_the_event_that_made_it(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.does(desk.supervisor, complaint_id, "extend", REASON)

    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()

    async with desk.kit.database.session() as session:
        rows = await session.execute(text("SELECT type, aggregate_version FROM outbox ORDER BY seq"))
        sent = {(row.type, row.aggregate_version) for row in rows}
    assert {(step["event"]["type"], step["event"]["complaint_version"]) for step in proof["steps"]} <= sent


async def test_an_extension_is_told_in_an_event_and_audited(desk: Any) -> None:
    complaint_id = await desk.assigned()

    await desk.does(desk.supervisor, complaint_id, "extend", REASON)

    type_, payload = (await desk.kit.outbox())[-1]
    assert type_ == "complaints.complaint.extended.v1"
    assert (payload["due_on"], payload["limit_days"]) == ("2026-04-01", 30)
    async with desk.kit.database.session() as session:
        entry = (await session.execute(text("SELECT * FROM audit_entry WHERE action = 'complaint.extended'"))).one()
    assert (entry.reason, entry.actor) == (REASON["reason"], f"staff:{desk.supervisor_id}")


async def test_a_wrong_extension_is_refused_and_changes_nothing(desk: Any) -> None:
    complaint_id = await desk.assigned()
    path, events = f"/v1/complaints/{complaint_id}/extend", await desk.kit.events()
    both = desk.kit.staff("complaint_supervisor", "executive", id=desk.handler_id)

    out_of_order = await desk.executive.post(path, json=REASON | {"stage": "second"})
    desk.refused(out_of_order, 409, "extension_out_of_order", "/stage")
    desk.refused(await desk.executive.post(path, json=REASON), 403, "extension_needs_other_role")
    desk.refused(await both.post(path, json=REASON), 403, "approver_is_handler")
    desk.refused(await desk.handler.post(path, json=REASON), 403, "forbidden")
    desk.refused(await desk.supervisor.post(path, json={}), 422, "invalid", "/reason")
    desk.refused(await desk.supervisor.post(path, json=REASON | {"stage": "third"}), 422, "invalid", "/stage")
    desk.refused(await desk.supervisor.post(path, json={"reason": "x" * 2001}), 422, "invalid", "/reason")
    desk.kit.now += timedelta(days=15)
    desk.refused(await desk.supervisor.post(path, json=REASON), 409, "extension_too_late")

    assert (await desk.row(complaint_id)).due_on.isoformat() == "2026-03-17"
    assert await desk.kit.count("clock_entry") == 1
    assert await desk.kit.events() == events


async def test_the_second_extension_needs_the_day_of_telling(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.does(desk.supervisor, complaint_id, "extend", REASON)

    answer = await desk.executive.post(f"/v1/complaints/{complaint_id}/extend", json=REASON)

    desk.refused(answer, 422, "complainant_not_told", "/complainant_told_on")


async def test_an_unknown_case_has_no_clock(desk: Any) -> None:
    desk.refused(await desk.agent.get(f"/v1/complaints/{new_id()}/clock"), 404, "not_found")
    desk.refused(await desk.supervisor.post(f"/v1/complaints/{new_id()}/extend", json=REASON), 404, "not_found")


async def test_informing_late_stops_the_clock_and_says_so(desk: Any) -> None:
    complaint_id = await desk.decided()
    desk.kit.now += timedelta(days=16)

    await desk.inform(complaint_id)

    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert (proof["stopped_on"], proof["is_in_time"], proof["is_proven"]) == ("2026-03-18", False, True)
    assert (await desk.kit.outbox())[-1][1]["is_in_time"] is False


async def test_nobody_rewrites_a_clock(desk: Any) -> None:
    await desk.registered()

    with pytest.raises(DBAPIError, match="append-only"):
        async with desk.kit.database.transaction() as session:
            await session.execute(text("UPDATE clock_entry SET due_on = '2027-01-01'"))


async def test_a_due_date_moved_behind_the_clocks_back_is_seen(desk: Any) -> None:
    complaint_id = await desk.registered()
    async with desk.kit.database.transaction() as session:
        await session.execute(text("UPDATE complaint SET due_on = '2026-06-01'"))

    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()

    assert (proof["due_on"], proof["recorded_due_on"], proof["is_proven"]) == ("2026-03-17", "2026-06-01", False)


@pytest.mark.parametrize("change", ["informed_on = '2026-03-10'", "received_on = '2026-03-01'"])
async def test_a_day_moved_behind_the_clocks_back_is_seen(desk: Any, change: str) -> None:
    complaint_id = await desk.informed()
    async with desk.kit.database.transaction() as session:
        await session.execute(text(f"UPDATE complaint SET {change}"))

    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()

    assert (proof["received_on"], proof["stopped_on"], proof["is_proven"]) == ("2026-03-02", "2026-03-02", False)


async def test_a_case_is_overdue_from_midnight_in_shanghai_after_its_due_date(desk: Any) -> None:
    await desk.registered()
    # A minute's distance: the timer takes the database's time, moved by the clock's difference.
    desk.kit.now = datetime(2026, 3, 17, 15, 59, tzinfo=UTC)
    assert await run_timer(desk) == 0

    desk.kit.now = datetime(2026, 3, 17, 16, 0, 1, tzinfo=UTC)
    assert await run_timer(desk) == 1
    assert await due_events(desk) == ["2026-03-17"]


async def test_overdue_is_told_once_however_long_nobody_looked(desk: Any) -> None:
    complaint_id = await desk.registered()
    desk.kit.now += timedelta(days=100)

    assert [await run_timer(desk), await run_timer(desk)] == [1, 0]
    desk.kit.now += timedelta(days=1)
    assert await run_timer(desk) == 0

    assert await due_events(desk) == ["2026-03-17"]
    assert (await desk.row(complaint_id)).version == 2


async def test_an_extension_arms_overdue_for_the_new_due_date(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.does(desk.supervisor, complaint_id, "extend", REASON)
    desk.kit.now += timedelta(days=20)
    assert await run_timer(desk) == 0

    desk.kit.now += timedelta(days=20)
    await run_timer(desk)

    assert await due_events(desk) == ["2026-04-01"]


async def test_a_case_that_is_over_never_becomes_overdue(desk: Any) -> None:
    await desk.informed()
    withdrawn = await desk.registered()
    await desk.does(
        desk.agent, withdrawn, "withdraw", {"withdrawn_on": "2026-03-02", "reason": "已与客户和解", "proof": "录音 7"}
    )
    desk.kit.now += timedelta(days=30)

    assert await run_timer(desk) == 0
    assert await due_events(desk) == []


async def test_two_workers_at_once_tell_of_every_case_once(desk: Any) -> None:
    items = [{"external_id": str(number), "received_on": "2026-01-05"} for number in range(250)]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "old-desk", "items": items})
    assert {result["status"] for result in answer.json()["results"]} == {"created"}

    taken = await asyncio.gather(*(run_timer(desk) for _ in range(4)))

    assert sum(taken) == 250
    assert len(await due_events(desk)) == 250
