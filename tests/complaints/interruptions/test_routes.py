"""Appraisals and new facts through the API: the due date, its proof, who may, and what a client's risk makes of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from complaints.clocks.service import tell_overdue
from shared.timers import Timer, run_due

OVERDUE = Timer("complaint_overdue", every=timedelta(seconds=30), run=tell_overdue)


def suspension(day: str, **fields: Any) -> dict[str, Any]:
    given = {"began_on": day, "appraiser": "某资产评估公司", "reason": "底层资产估值", "complainant_told_on": day}
    return given | fields


def new_facts(day: str) -> dict[str, Any]:
    return {"arrived_on": day, "facts": "客户提交新的通话录音。"}


async def proof_of(desk: Any, complaint_id: str) -> dict[str, Any]:
    answer = await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_days_of_an_appraisal_do_not_count(desk: Any) -> None:
    complaint_id = await desk.assigned()
    desk.kit.now += timedelta(days=3)
    suspended = await desk.does(desk.supervisor, complaint_id, "suspend", suspension("2026-03-05"))
    desk.kit.now += timedelta(days=20)
    during = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()
    assert await run_due(OVERDUE, desk.kit.database, clock=lambda: desk.kit.now) == 0
    resumed = await desk.does(desk.handler, complaint_id, "resume", {"ended_on": "2026-03-24", "result": "已出具报告"})

    assert (suspended["status"], resumed["status"]) == ("suspended", "assigned")
    assert (during["is_open"], during["is_overdue"]) == (True, False)
    assert resumed["due_on"] == "2026-04-05"
    proof = await proof_of(desk, complaint_id)
    assert (proof["due_on"], proof["excluded_days"], proof["days_used"], proof["is_proven"]) == (
        *("2026-04-05", 19, 4, True),
    )
    assert [(one["since"], one["until"], one["days"], one["counting"]) for one in proof["intervals"]] == [
        ("2026-03-02", "2026-03-05", 3, "counted"),
        ("2026-03-05", "2026-03-24", 19, "excluded"),
        ("2026-03-24", "2026-03-25", 1, "counted"),
    ]
    assert proof["steps"][2]["arithmetic"] == "2026-03-02 + 15 + 19 = 2026-04-05"
    assert proof["steps"][1]["complainant_told_on"] == "2026-03-05"
    told = [(type_.split(".")[2], payload) for type_, payload in (await desk.kit.outbox())[-2:]]
    assert [name for name, _ in told] == ["suspended", "resumed"]
    assert (told[1][1]["due_on"], told[1][1]["excluded_days"]) == ("2026-04-05", 19)


async def test_an_appraisal_needs_another_person_the_complainant_told_and_time_left(desk: Any) -> None:
    complaint_id = await desk.assigned()
    path, events = f"/v1/complaints/{complaint_id}/suspend", await desk.kit.events()
    both = desk.kit.staff("complaint_supervisor", id=desk.handler_id)
    untold = {name: value for name, value in suspension("2026-03-02").items() if name != "complainant_told_on"}

    desk.refused(await desk.handler.post(path, json=suspension("2026-03-02")), 403, "forbidden")
    desk.refused(await both.post(path, json=suspension("2026-03-02")), 403, "approver_is_handler")
    desk.refused(await desk.supervisor.post(path, json=untold), 422, "invalid", "/complainant_told_on")
    desk.refused(await desk.supervisor.post(path, json=suspension("2026-03-01")), 422, "day_out_of_range", "/began_on")
    desk.kit.now += timedelta(days=16)
    late = desk.refused(await desk.supervisor.post(path, json=suspension("2026-03-10")), 409, "suspension_too_late")
    resumed = await desk.supervisor.post(
        f"/v1/complaints/{complaint_id}/resume", json={"ended_on": "2026-03-10", "result": "无"}
    )

    assert late["due_on"] == "2026-03-17"
    assert "suspend" in desk.refused(resumed, 409, "command_not_allowed")["allowed"]
    assert await desk.kit.events() == events


async def test_new_facts_start_the_clock_anew_and_void_the_decision(desk: Any) -> None:
    complaint_id = await desk.decided()
    desk.kit.now += timedelta(days=10)

    read = await desk.does(desk.supervisor, complaint_id, "new-facts", new_facts("2026-03-10"))

    assert (read["status"], read["due_on"], read["restarted_on"]) == ("assigned", "2026-03-25", "2026-03-10")
    assert (read["decision"], read["approved_by"], read["decided_on"]) == (None, None, None)
    assert read["facts"].endswith("（2026-03-10补充）客户提交新的通话录音。")
    proof = await proof_of(desk, complaint_id)
    assert (proof["received_on"], proof["counted_from"], proof["is_proven"]) == ("2026-03-02", "2026-03-10", True)
    assert [(one["days"], one["counting"]) for one in proof["intervals"]] == [(8, "superseded"), (2, "counted")]
    type_, payload = (await desk.kit.outbox())[-1]
    assert (type_, payload["due_on"]) == ("complaints.complaint.restarted.v1", "2026-03-25")
    async with desk.kit.database.session() as session:
        found = await session.execute(text("SELECT facts FROM audit_entry WHERE action = 'complaint.restarted'"))
        assert found.scalar_one()["approved_by"] == str(desk.supervisor_id)


async def test_new_facts_are_recorded_by_somebody_else_while_the_case_runs(desk: Any) -> None:
    complaint_id = await desk.assigned()
    path = f"/v1/complaints/{complaint_id}/new-facts"
    both = desk.kit.staff("complaint_supervisor", id=desk.handler_id)

    desk.refused(await both.post(path, json=new_facts("2026-03-02")), 403, "approver_is_handler")
    desk.refused(await desk.supervisor.post(path, json=new_facts("2026-03-01")), 422, "day_out_of_range", "/arrived_on")
    desk.refused(await desk.supervisor.post(path, json=new_facts("2026-03-03")), 422, "day_out_of_range", "/arrived_on")
    informed = await desk.informed()
    over = await desk.supervisor.post(f"/v1/complaints/{informed}/new-facts", json=new_facts("2026-03-02"))
    desk.refused(over, 409, "command_not_allowed")


async def test_a_breach_stays_though_new_facts_give_more_time(desk: Any) -> None:
    complaint_id = await desk.assigned()
    desk.kit.now += timedelta(days=18)
    assert await run_due(OVERDUE, desk.kit.database, clock=lambda: desk.kit.now) == 1

    read = await desk.does(desk.supervisor, complaint_id, "new-facts", new_facts("2026-03-20"))
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal)
    etag = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}")).headers["ETag"]
    await desk.does(desk.supervisor, complaint_id, "approve", None, {"If-Match": etag})
    await desk.inform(complaint_id)

    assert (read["is_overdue"], read["due_on"]) == (False, "2026-04-04")
    proof = await proof_of(desk, complaint_id)
    assert (proof["is_in_time"], proof["is_proven"]) == (False, True)
    assert [breach["due_on"] for breach in proof["breaches"]] == ["2026-03-17"]
    assert [step["kind"] for step in proof["steps"]] == ["started", "overdue", "restarted", "informed"]
    assert (await desk.row(complaint_id)).is_in_time is False


async def test_a_restart_ends_a_delay_and_does_not_rewrite_it_for_the_clients_risk(desk: Any) -> None:
    complaint_id = await desk.assigned()
    desk.kit.now += timedelta(days=18)
    await desk.does(desk.supervisor, complaint_id, "new-facts", new_facts("2026-03-20"))

    why = (await desk.kit.staff("risk").get(f"/v1/clients/{desk.client_id}/risk")).json()

    assert why["level"] == "high"
    assert (why["decided_by"]["day"], why["clears_on"]) == ("2026-03-19", "2026-04-02")
    assert [reason["code"] for reason in why["today"]["reasons"]] == ["ordinary_complaint_open"]


async def test_a_withdrawal_during_an_appraisal_ends_the_case_that_day(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.does(desk.supervisor, complaint_id, "suspend", suspension("2026-03-02"))
    desk.kit.now += timedelta(days=30)

    read = await desk.does(
        desk.agent, complaint_id, "withdraw", {"withdrawn_on": "2026-04-01", "reason": "和解", "proof": "录音 7"}
    )

    proof = await proof_of(desk, complaint_id)
    assert (read["status"], read["due_on"]) == ("withdrawn", "2026-04-16")
    assert (proof["stopped_on"], proof["breaches"], proof["is_proven"]) == ("2026-04-01", [], True)
