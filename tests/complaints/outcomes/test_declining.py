"""What somebody filed who turned out to have no authority is declined, with a notice and its proof."""

from datetime import timedelta
from typing import Any

import pytest

STRANGER = {"client_id": None, "complainant": {"name": "王小明", "phone": "13812341234"}}
NOTICE = {"reason": "授权委托书并非客户本人签署", "told_on": "2026-03-02", "method": "letter", "proof": "EMS 12"}


def agent() -> dict[str, Any]:
    paper = {"document": "授权委托书", "signed_on": "2026-02-20", "original_seen": True}
    contact = {"name": "李四", "phone": "13900000000"}
    return {"contact": contact, "identity_checked": True, "authority": paper, "reason": "客户住院"}


@pytest.mark.parametrize("state", ["registered", "assigned"])
@pytest.mark.parametrize("fields", [STRANGER, {"agent": agent()}], ids=["stranger", "agent of a client"])
async def test_the_case_ends_with_the_notice_and_counts_as_no_complaint(
    desk: Any, state: str, fields: dict[str, Any]
) -> None:
    complaint_id = await getattr(desk, state)(**fields)
    desk.kit.now += timedelta(days=2)

    read = await desk.does(desk.supervisor, complaint_id, "decline", NOTICE | {"told_on": "2026-03-03"})

    assert (read["status"], read["rejected_on"], read["reject_reason"]) == ("rejected", "2026-03-03", NOTICE["reason"])
    assert (read["inform_method"], read["inform_proof"], read["informed_on"]) == ("letter", "EMS 12", None)
    assert (read["is_open"], read["allowed"], read["is_in_time"]) == (False, [], None)
    proof = (await desk.agent.get(f"/v1/complaints/{complaint_id}/clock")).json()
    assert (proof["stopped_on"], proof["is_in_time"], proof["is_proven"]) == ("2026-03-03", None, True)
    assert proof["steps"][-1]["kind"] == "rejected"
    type_, payload = (await desk.kit.outbox())[-1]
    assert (type_, payload["complaint_id"]) == ("complaints.complaint.rejected.v1", complaint_id)
    query = "received_from=2026-03-01&received_to=2026-03-31&by=reason"
    counted = (await desk.supervisor.get(f"/v1/complaint-statistics?{query}")).json()
    assert counted["groups"] == []
    month = {"received_from": "2026-03-01", "received_to": "2026-03-31"}
    (entry,) = (await desk.supervisor.get("/v1/complaint-register", params=month)).json()["items"]
    assert (entry["status"], entry["handling_days"]) == ("rejected", 1), "it stands in the register, with its end"


async def test_the_clocks_of_the_house_stop_and_open_tasks_are_not_needed(desk: Any) -> None:
    complaint_id = await desk.assigned(**STRANGER)
    task = {"what": "核实身份", "owner_id": str(desk.handler_id), "due_on": "2026-03-04"}
    await desk.does(desk.handler, complaint_id, "tasks", task)

    await desk.does(desk.supervisor, complaint_id, "decline", NOTICE)

    clocks = (await desk.agent.get(f"/v1/complaints/{complaint_id}/internal-clocks")).json()["items"]
    assert all(clock["stopped_at"] and clock["is_met"] is None for clock in clocks)
    (found,) = (await desk.agent.get(f"/v1/complaints/{complaint_id}/tasks")).json()["items"]
    assert found["outcome"] == "not_needed"


async def test_who_has_authority_files_the_same_matter_afterwards(desk: Any) -> None:
    facts = "客户称未被告知产品可能延期兑付。"
    declined = await desk.registered(agent=agent(), facts=facts)
    await desk.does(desk.supervisor, declined, "decline", NOTICE)

    again = await desk.registered(facts=facts)

    assert (await desk.agent.get(f"/v1/complaints/{again}")).json()["repeat_of"] is None


async def test_a_client_who_complains_alone_is_not_declined(desk: Any) -> None:
    complaint_id = await desk.registered()

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/decline", json=NOTICE)

    desk.refused(answer, 409, "speaks_for_themselves")
    assert (await desk.row(complaint_id)).status == "registered"


async def test_the_handler_does_not_decline_and_nobody_does_after_a_proposal(desk: Any) -> None:
    assigned, proposed = await desk.assigned(**STRANGER), await desk.proposed(**STRANGER)
    both = desk.kit.staff("complaint_supervisor", id=desk.handler_id)

    own = await both.post(f"/v1/complaints/{assigned}/decline", json=NOTICE)
    late = await desk.supervisor.post(f"/v1/complaints/{proposed}/decline", json=NOTICE)
    handler = await desk.handler.post(f"/v1/complaints/{assigned}/decline", json=NOTICE)

    desk.refused(own, 403, "approver_is_handler")
    desk.refused(late, 409, "command_not_allowed")
    assert handler.status_code == 403


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"told_on": "2026-03-01"}, "/told_on"),
        ({"told_on": "2026-03-03"}, "/told_on"),
        ({"reason": ""}, "/reason"),
        ({"method": "pigeon"}, "/method"),
        ({"proof": None}, "/proof"),
        ({"by": "me"}, "/by"),
    ],
)
async def test_bad_notices_decline_nothing(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    complaint_id = await desk.registered(**STRANGER)

    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/decline", json=NOTICE | fields)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await desk.row(complaint_id)).status == "registered"
