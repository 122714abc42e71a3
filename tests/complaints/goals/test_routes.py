"""Exchanges, internal clocks and escalation through the API and the worker's timer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.goals.service import escalate
from shared.timers import Timer, run_due

TIMER = Timer("complaint_escalation", every=timedelta(seconds=10), run=escalate)


async def run_timer(desk: Any) -> int:
    return await run_due(TIMER, desk.kit.database, clock=lambda: desk.kit.now)


async def clocks_of(desk: Any, complaint_id: str) -> dict[str, Any]:
    answer = await desk.agent.get(f"/v1/complaints/{complaint_id}/internal-clocks")
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read | {"by_goal": {f"{one['goal']} {one['round']}": one for one in read["items"]}}


async def write(desk: Any, complaint_id: str, kind: str, **fields: Any) -> Any:
    body = {"kind": kind, "method": "phone", "summary": "已告知受理。"} | fields
    return await desk.agent.post(f"/v1/complaints/{complaint_id}/correspondence", json=body)


async def escalated(desk: Any) -> list[tuple[str, int, str]]:
    told = [payload for type_, payload in await desk.kit.outbox() if type_ == "complaints.complaint.escalated.v1"]
    return [(one["clock"], one["percent"], one["office"]) for one in told]


async def test_a_case_begins_with_its_clocks_in_working_time(desk: Any) -> None:
    desk.kit.now = datetime(2026, 3, 2, 8, tzinfo=UTC)  # Monday, 16:00 in Shanghai
    complaint_id = await desk.registered()

    read = await clocks_of(desk, complaint_id)

    due = {name: one["due_at"] for name, one in read["by_goal"].items()}
    assert due == {
        "acknowledge 1": "2026-03-03T03:00:00Z",  # 210 minutes: 90 today, 120 tomorrow
        "first_response 1": "2026-03-04T03:00:00Z",
        "legal 1": "2026-03-17T16:00:00Z",
    }
    assert read["calendar"]["last"] == "2026-12-31"
    assert "国办发明电〔2025〕7号" in read["calendar"]["source"]


async def test_answers_stop_the_clocks_and_a_message_starts_the_next(desk: Any) -> None:
    desk.kit.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    complaint_id = await desk.registered()
    for hours, kind in ((1, "acknowledgement"), (2, "response"), (1, "message")):
        desk.kit.now += timedelta(hours=hours)
        assert (await write(desk, complaint_id, kind)).status_code == 201

    clocks = (await clocks_of(desk, complaint_id))["by_goal"]
    listed = (await desk.agent.get(f"/v1/complaints/{complaint_id}/correspondence")).json()["items"]

    assert (clocks["acknowledge 1"]["is_met"], clocks["acknowledge 1"]["used_minutes"]) == (True, 60)
    assert (clocks["first_response 1"]["is_met"], clocks["first_response 1"]["used_minutes"]) == (True, 180)
    assert clocks["next_response 1"]["since"] == "2026-03-02T05:00:00Z"
    assert [one["kind"] for one in listed] == ["acknowledgement", "response", "message"]


async def test_each_level_is_told_once_by_however_many_workers(desk: Any) -> None:
    desk.kit.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    complaint_id = await desk.registered()

    for minutes in (104, 1, 0, 54):  # 105 and 157.5 of 210 minutes are 50 and 75 percent
        desk.kit.now += timedelta(minutes=minutes, seconds=2)
        await asyncio.gather(*(run_timer(desk) for _ in range(3)))

    assert await escalated(desk) == [
        *(("acknowledge", 50, "complaint_handler"), ("acknowledge", 75, "complaint_handler")),
    ]
    desk.kit.now += timedelta(days=4)
    await run_timer(desk)
    assert (await escalated(desk))[2:] == [("acknowledge", 100, "executive"), ("first_response", 100, "executive")]
    assert await run_timer(desk) == 0
    told = (await clocks_of(desk, complaint_id))["escalations"]
    assert [one["percent"] for one in told] == [50, 75, 100, 100]
    listed = (await desk.executive.get("/v1/escalations", params={"office": "executive"})).json()["items"]
    assert {one["goal"] for one in listed} == {"acknowledge", "first_response"}


async def test_an_answer_in_time_disarms_and_a_late_one_leaves_the_breach(desk: Any) -> None:
    desk.kit.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    early, late = await desk.registered(), await desk.registered()
    desk.kit.now += timedelta(minutes=30)
    await write(desk, early, "response")
    desk.kit.now += timedelta(days=2)
    await run_timer(desk)
    await write(desk, late, "response", at="2026-03-02T01:10:00Z")  # told of late: the record stays beside it

    assert (await clocks_of(desk, early))["escalations"] == []
    read = await clocks_of(desk, late)
    assert [one["goal"] for one in read["escalations"]] == ["acknowledge", "first_response"]
    assert read["by_goal"]["first_response 1"]["is_met"] is True


async def test_an_appraisal_stops_the_internal_clocks_too(desk: Any) -> None:
    complaint_id = await desk.assigned()
    before = (await clocks_of(desk, complaint_id))["by_goal"]["first_response 1"]
    pause = {"began_on": "2026-03-02", "appraiser": "评估公司", "reason": "估值", "complainant_told_on": "2026-03-02"}
    await desk.does(desk.supervisor, complaint_id, "suspend", pause)
    during = (await clocks_of(desk, complaint_id))["by_goal"]
    desk.kit.now += timedelta(days=7)
    assert await run_timer(desk) == 0
    await desk.does(desk.handler, complaint_id, "resume", {"ended_on": "2026-03-09", "result": "已出具"})
    after = (await clocks_of(desk, complaint_id))["by_goal"]["first_response 1"]

    assert {(one["due_at"], one["note"]) for one in during.values()} == {(None, "外部鉴定期间，时限暂停")}
    assert before["due_at"] < "2026-03-09" < after["due_at"]


async def test_the_legal_clock_escalates_and_an_extension_arms_it_anew(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await write(desk, complaint_id, "response")
    desk.kit.now = datetime(2026, 3, 14, 1, tzinfo=UTC)
    await run_timer(desk)
    await desk.does(desk.supervisor, complaint_id, "extend", {"reason": "情况复杂"})
    assert await run_timer(desk) == 0
    desk.kit.now = datetime(2026, 3, 30, 1, tzinfo=UTC)
    await run_timer(desk)

    assert await escalated(desk) == [("legal", 75, "complaint_handler"), ("legal", 90, "complaint_supervisor")]


async def test_a_clock_beyond_the_calendar_says_so(desk: Any) -> None:
    desk.kit.now = datetime(2026, 12, 31, 9, tzinfo=UTC)
    clock = (await clocks_of(desk, await desk.registered()))["by_goal"]["acknowledge 1"]

    assert clock["due_at"] is None
    assert clock["note"].startswith("工作日历覆盖2025-01-01至2026-12-31")


async def test_a_wrong_exchange_is_refused(desk: Any) -> None:
    complaint_id, over = await desk.registered(), await desk.informed()

    desk.refused(
        await write(desk, complaint_id, "response", at="2026-02-28T01:00:00Z"), 422, "instant_out_of_range", "/at"
    )
    desk.refused(await write(desk, complaint_id, "gossip"), 422, "invalid", "/kind")
    desk.refused(await write(desk, over, "response"), 409, "command_not_allowed")


async def test_a_case_that_an_import_ended_is_not_escalated(desk: Any) -> None:
    item = {"external_id": "1", "received_on": "2026-02-25"}
    body = {"origin": "old", "items": [item]}
    importer = desk.kit.staff("operations")
    complaint_id = (await importer.post("/v1/complaints/bulk", json=body)).json()["results"][0]["id"]
    assert (await write(desk, complaint_id, "acknowledgement")).status_code == 201
    body["items"] = [item | {"informed_on": "2026-03-01"}]
    assert (await importer.post("/v1/complaints/bulk", json=body)).json()["results"][0]["status"] == "updated"
    desk.kit.now += timedelta(days=30)

    assert await run_timer(desk) == 0
    assert await escalated(desk) == []
