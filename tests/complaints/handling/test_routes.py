"""Proposal, approval by a second person, and the channel's cooperation."""

from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id


async def approve(desk: Any, complaint_id: str, caller: Any, version: int) -> Any:
    path = f"/v1/complaints/{complaint_id}/approve"
    return await caller.post(path, headers={"If-Match": f'"{version}"'})


async def test_a_decision_is_proposed_by_the_handler_and_approved_by_another(desk: Any) -> None:
    complaint_id = await desk.proposed()
    read = await desk.supervisor.get(f"/v1/complaints/{complaint_id}")
    assert (read.json()["status"], read.json()["is_upheld"]) == ("proposed", True)
    assert await desk.kit.events() == ["complaint.registered", "complaint.assigned"]

    answer = await approve(desk, complaint_id, desk.supervisor, read.json()["version"])

    decided = answer.json()
    assert (decided["status"], decided["decided_on"]) == ("decided", "2026-03-02")
    assert (decided["proposed_by"], decided["approved_by"]) == (str(desk.handler_id), str(desk.supervisor_id))
    type_, payload = (await desk.kit.outbox())[-1]
    assert (type_, payload["is_upheld"]) == ("complaints.complaint.decided.v1", True)
    assert await desk.kit.count("audit_entry") == 2


async def test_approval_needs_the_version_that_was_read(desk: Any) -> None:
    complaint_id = await desk.proposed()
    version = (await desk.row(complaint_id)).version
    back = {"reason": "补充录音编号"}
    await desk.does(desk.supervisor, complaint_id, "send-back", back)
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal | {"is_upheld": False})

    stale = await approve(desk, complaint_id, desk.supervisor, version)
    missing = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/approve")
    malformed = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/approve", headers={"If-Match": "latest"})

    desk.refused(stale, 412, "stale", "/header/If-Match")
    assert missing.status_code == 428
    desk.refused(malformed, 412, "stale", "/header/If-Match")
    assert (await desk.row(complaint_id)).status == "proposed"
    assert "complaint.decided" not in await desk.kit.events()


async def test_four_eyes_hold_for_every_role_a_person_has(desk: Any) -> None:
    complaint_id = await desk.proposed()
    version = (await desk.row(complaint_id)).version
    both = desk.kit.staff("complaint_handler", "complaint_supervisor", id=desk.handler_id)
    manager = desk.kit.staff("complaint_supervisor", id=desk.manager_id)

    for caller in (both, manager):
        desk.refused(await approve(desk, complaint_id, caller, version), 403, "approver_not_independent")
        back = await caller.post(f"/v1/complaints/{complaint_id}/send-back", json={"reason": "再议"})
        desk.refused(back, 403, "approver_not_independent")


async def test_only_the_handler_proposes(desk: Any) -> None:
    complaint_id = await desk.assigned()

    other = await desk.kit.staff("complaint_handler").post(f"/v1/complaints/{complaint_id}/propose", json=desk.proposal)

    desk.refused(other, 403, "not_the_handler")


async def test_a_handler_who_became_the_clients_manager_steps_aside(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.managed_by(desk.handler_id)

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/propose", json=desk.proposal)

    problem = desk.refused(answer, 409, "handler_excluded")
    assert problem["exclusions"] == ["clients_manager"]
    assert not problem.get("errors")


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("registered", "propose"),
        ("assigned", "approve"),
        ("assigned", "inform"),
        ("proposed", "inform"),
        ("decided", "close"),
        ("decided", "assign"),
        ("informed", "withdraw"),
        ("informed", "extend"),
        ("closed", "close"),
    ],
)
async def test_a_command_out_of_order_says_which_are_allowed(desk: Any, state: str, command: str) -> None:
    complaint_id = await getattr(desk, state)()
    bodies = {
        "propose": desk.proposal,
        "inform": {"informed_on": "2026-03-02", "method": "phone", "proof": "录音"},
        "close": desk.closing,
        "assign": {"handler_id": str(desk.handler_id)},
        "withdraw": {"withdrawn_on": "2026-03-02", "reason": "和解", "proof": "录音 7"},
        "extend": {"reason": "情况复杂"},
        "approve": None,
    }
    callers = {"propose": desk.handler, "inform": desk.handler, "close": desk.handler, "withdraw": desk.agent}
    caller = callers.get(command, desk.supervisor)
    events = await desk.kit.events()

    answer = await caller.post(
        f"/v1/complaints/{complaint_id}/{command}", json=bodies[command], headers={"If-Match": '"1"'}
    )

    problem = desk.refused(answer, 409, "command_not_allowed")
    assert problem["state"] == state
    assert command not in problem["allowed"]
    assert await desk.kit.events() == events


async def test_bad_bodies_are_pointed_at(desk: Any) -> None:
    complaint_id = await desk.assigned()
    path = f"/v1/complaints/{complaint_id}/propose"

    for fields, pointer in (
        ({"is_upheld": "perhaps"}, "/is_upheld"),
        ({"decision": ""}, "/decision"),
        ({"basis": "x" * 20_001}, "/basis"),
        ({"remedies": None}, "/remedies"),
        ({"verdict": "x"}, "/verdict"),
    ):
        desk.refused(await desk.handler.post(path, json=desk.proposal | fields), 422, "invalid", pointer)
    assert (await desk.row(complaint_id)).status == "assigned"


async def test_the_channel_that_sold_cooperates(desk: Any) -> None:
    channel_id = new_id()
    channel = desk.kit.channel(channel_id, "complaint.create", "complaint.read")
    complaint_id = await desk.assigned(channel_id=str(channel_id))
    given = {"statement": "销售过程已双录。", "evidence": "双录编号 2026-0088"}

    answer = await channel.post(f"/v1/complaints/{complaint_id}/cooperation", json=given)
    other = await desk.kit.channel(new_id(), "complaint.create").post(
        f"/v1/complaints/{complaint_id}/cooperation", json=given
    )

    assert answer.status_code == 201
    desk.refused(other, 404, "not_found")
    for reader in (desk.handler, channel):
        found = (await reader.get(f"/v1/complaints/{complaint_id}/cooperation")).json()["items"]
        assert [(one["channel_id"], one["statement"]) for one in found] == [(str(channel_id), "销售过程已双录。")]


async def test_nothing_a_channel_said_is_left_out(desk: Any) -> None:
    channel_id = new_id()
    channel = desk.kit.channel(channel_id, "complaint.create")
    complaint_id = await desk.assigned(channel_id=str(channel_id))
    path = f"/v1/complaints/{complaint_id}/cooperation"
    for number in range(5):
        desk.kit.now += timedelta(minutes=1)
        assert (await channel.post(path, json={"statement": f"补充说明{number}"})).is_success

    said: list[str] = []
    query: dict[str, Any] | None = {"limit": 2}
    while query:
        page = (await desk.handler.get(path, params=query)).json()
        said += [one["statement"] for one in page["items"]]
        query = {"limit": 2, "cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert said == [f"补充说明{number}" for number in range(5)]
