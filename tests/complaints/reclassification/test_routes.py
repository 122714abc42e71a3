"""Reclassification (改类) through the API: audited, by somebody else, and no way around the legal clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS, TIMERS
from shared.events.erasure import ClientErased
from shared.ids import new_id
from shared.timers import run_due

STRANGER = {"name": "王小明", "phone": "13812341234"}
ENQUIRY = {"kind": "enquiry", "reason": "仅咨询收益分配时间，未提出诉求"}


async def trail_of(desk: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
    async with desk.kit.database.session() as session:
        found = await session.execute(text("SELECT action, actor, reason, facts FROM audit_entry ORDER BY id"))
        return [tuple(row) for row in found]


async def test_a_case_that_is_no_complaint_ends_and_goes_on_as_what_it_is(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)
    desk.kit.now += timedelta(days=1)

    enquiry = await desk.does(desk.supervisor, complaint_id, "reclassify", ENQUIRY)

    assert (enquiry["kind"], enquiry["status"], enquiry["from_complaint_id"]) == ("enquiry", "received", complaint_id)
    assert (enquiry["received_at"], enquiry["masked_name"]) == ("2026-03-02T04:00:00Z", "王**")
    read = (await desk.agent.get(f"/v1/complaints/{complaint_id}")).json()
    assert (read["status"], read["is_open"], read["allowed"]) == ("reclassified", False, [])
    assert (read["reclassified_on"], read["reclassified_to"]) == ("2026-03-03", "enquiry")
    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert (proof["stopped_on"], proof["is_in_time"], proof["is_proven"]) == ("2026-03-03", None, True)
    assert proof["steps"][-1]["reason"] == ENQUIRY["reason"]
    type_, event = (await desk.kit.outbox())[-1]
    assert (type_, event["kind"]) == ("complaints.complaint.reclassified.v1", "enquiry")
    [(action, actor, reason, facts)] = await trail_of(desk)
    assert (action, actor, reason) == (
        "complaint.reclassified", f"staff:{desk.supervisor_id}", ENQUIRY["reason"],
    )  # fmt: skip
    assert (facts["from"], facts["to"]) == ("complaint", "enquiry")


async def test_what_becomes_a_complaint_counts_from_its_receipt_also_after_the_answer(desk: Any) -> None:
    owner_id = new_id()
    await desk.joined(owner_id, "finance")
    given = {"kind": "enquiry", "client_id": str(desk.client_id), "source": "phone", "content": "为何没有分配？"}
    path = f"/v1/enquiries/{(await desk.agent.post('/v1/enquiries', json=given)).json()['id']}"
    await desk.supervisor.post(f"{path}/assign", json={"owner_id": str(owner_id)})
    await desk.kit.staff("finance", id=owner_id).post(f"{path}/answer", json={"answer": "下月分配"})
    desk.kit.now += timedelta(days=20)

    again = await desk.agent.post(f"{path}/reclassify", json={"kind": "suggestion", "reason": "x"})
    wanted = {"kind": "complaint", "reason": "要求赔偿损失", "reason_class": "disclosure"}
    became = await desk.agent.post(f"{path}/reclassify", json=wanted)

    desk.refused(again, 409, "enquiry_command_not_allowed")
    assert became.status_code == 200, became.text
    read = (await desk.agent.get(f"/v1/complaints/{became.json()['complaint_id']}")).json()
    assert (read["received_on"], read["due_on"], read["is_overdue"]) == ("2026-03-02", "2026-03-17", True)
    assert (read["client_id"], read["facts"], read["reason"]) == (str(desk.client_id), "为何没有分配？", "disclosure")
    assert await desk.kit.events() == ["complaint.registered"]
    desk.refused(await desk.agent.post(f"{path}/reclassify", json=wanted), 409, "enquiry_command_not_allowed")
    assert [entry[0] for entry in await trail_of(desk)][-1] == "enquiry.reclassified"


async def test_there_and_back_gains_no_day_and_keeps_the_contact_data(desk: Any) -> None:
    complaint_id = await desk.registered(client_id=None, complainant=STRANGER)
    desk.kit.now += timedelta(days=3)
    enquiry = await desk.does(desk.supervisor, complaint_id, "reclassify", ENQUIRY)

    wanted = {"kind": "complaint", "reason": "提出赔偿诉求", "reason_class": "other"}
    back = (await desk.agent.post(f"/v1/enquiries/{enquiry['id']}/reclassify", json=wanted)).json()

    path = f"/v1/complaints/{back['complaint_id']}"
    assert (await desk.agent.get(path)).json()["due_on"] == "2026-03-17"
    shown = await desk.handler.post(f"{path}/complainant/reveal", json={"reason": "回访"})
    assert shown.json() == STRANGER


async def test_the_handler_does_not_end_the_own_case_so(desk: Any) -> None:
    both = desk.kit.staff("complaint_supervisor", "complaint_handler", id=desk.handler_id)
    complaint_id = await desk.assigned()

    desk.refused(await both.post(f"/v1/complaints/{complaint_id}/reclassify", json=ENQUIRY), 403, "approver_is_handler")
    path = f"/v1/complaints/{complaint_id}/reclassify"
    complaint = {"kind": "complaint", "reason": "x"}
    desk.refused(await desk.supervisor.post(path, json=complaint), 409, "kind_not_possible", "/kind")


@pytest.mark.parametrize("state", ["proposed", "decided", "informed", "closed"])
async def test_what_was_decided_as_a_complaint_stays_one(desk: Any, state: str) -> None:
    complaint_id = await getattr(desk, state)()

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/reclassify", json=ENQUIRY)

    assert "reclassify" not in desk.refused(answer, 409, "command_not_allowed")["allowed"]


async def test_it_never_spoke_for_leaving(desk: Any) -> None:
    complaint_id = await desk.registered(level="major")
    path = f"/v1/clients/{desk.client_id}/risk"
    assert (await desk.kit.staff("risk").post("/v1/risk/recompute", json={})).is_success
    before = (await desk.supervisor.get(path)).json()["level"]

    await desk.does(desk.supervisor, complaint_id, "reclassify", ENQUIRY)
    await desk.kit.staff("risk").post("/v1/risk/recompute", json={})

    after = await desk.supervisor.get(path)
    assert (before, after.json()["level"]) == ("high", "low")


async def test_an_anonymous_report_becomes_a_complaint_of_somebody(desk: Any) -> None:
    given = {"kind": "violation_report", "source": "letter", "content": "销售人员私收费用"}
    path = f"/v1/enquiries/{(await desk.agent.post('/v1/enquiries', json=given)).json()['id']}/reclassify"
    wanted = {"kind": "complaint", "reason": "提出退费诉求", "reason_class": "pricing"}

    nobody = await desk.supervisor.post(path, json=wanted)
    classless = await desk.supervisor.post(path, json={"kind": "complaint", "reason": "x"})
    named = await desk.supervisor.post(path, json=wanted | {"client_id": str(desk.client_id)})

    desk.refused(nobody, 422, "complainant_unclear", "/complainant")
    desk.refused(classless, 422, "reason_class_missing", "/reason_class")
    assert named.status_code == 200, named.text


async def test_a_kind_is_changed_to_another_one_with_its_own_clock(desk: Any) -> None:
    given = {"kind": "enquiry", "client_id": str(desk.client_id), "source": "phone", "content": "建议增加提醒"}
    path = f"/v1/enquiries/{(await desk.agent.post('/v1/enquiries', json=given)).json()['id']}/reclassify"

    same = await desk.agent.post(path, json={"kind": "enquiry", "reason": "x"})
    other = await desk.agent.post(path, json={"kind": "suggestion", "reason": "是建议"})

    desk.refused(same, 409, "kind_unchanged", "/kind")
    assert (other.json()["kind"], other.json()["target_minutes"]) == ("suggestion", 4200)


async def test_what_was_sent_is_emptied_when_the_client_is_erased_and_its_time_over(desk: Any) -> None:
    given = {"kind": "enquiry", "client_id": str(desk.client_id), "source": "phone", "content": "何时分配？"}
    enquiry = (await desk.agent.post("/v1/enquiries", json=given)).json()

    erased = ClientErased(occurred_at=desk.kit.now, client_id=desk.client_id, ground="service_ended")
    await desk.kit.receive(HANDLERS, erased)

    # It still waits for an answer, so it is read and kept; nothing new is taken in.
    assert (await desk.agent.get(f"/v1/enquiries/{enquiry['id']}")).status_code == 200
    desk.refused(await desk.agent.post("/v1/enquiries", json=given), 410, "client_erased")
    desk.kit.now = datetime(2036, 3, 3, 4, tzinfo=UTC)
    [timer] = [one for one in TIMERS if one.name == "erasure_retention"]
    await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)
    async with desk.kit.database.session() as session:
        row = (await session.execute(text("SELECT client_id, content FROM enquiry"))).one()
    assert tuple(row) == (None, None)
