"""Tasks in complaints: given, done or not needed, late ones in the work list, none open at the closing."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from complaints.worker import HANDLERS
from shared.events.client_profile import StaffLeft
from shared.ids import new_id

DUE = "2026-03-04"
DONE = {"outcome": "done", "result": "已调取双录资料。"}
NOT_NEEDED = {"outcome": "not_needed", "result": "投诉人已提供录音。"}


async def given(desk: Any, complaint_id: str, **fields: Any) -> dict[str, Any]:
    owner_id = new_id()
    await desk.joined(owner_id, "operations")
    wanted = {"what": "调取双录资料", "owner_id": str(owner_id), "due_on": DUE} | fields
    read: dict[str, Any] = await desk.does(desk.handler, complaint_id, "tasks", wanted)
    return read


async def ended(caller: Any, task: dict[str, Any], body: dict[str, Any] = DONE) -> Any:
    return await caller.post(f"/v1/complaint-tasks/{task['id']}/end", json=body)


async def listed(desk: Any, query: str) -> list[str]:
    page = (await desk.agent.get(f"/v1/complaints?{query}")).json()
    return [one["id"] for one in page["items"]]


async def test_a_late_task_shows_in_the_work_list_until_it_has_ended(desk: Any) -> None:
    late, without = await desk.assigned(), await desk.assigned()
    first = await given(desk, late)
    await given(desk, late, due_on="2026-04-01")

    desk.kit.now += timedelta(days=2)
    on_the_day = await listed(desk, "task_overdue=true")
    desk.kit.now += timedelta(days=1)
    day_after = await listed(desk, "task_overdue=true")
    read = (await desk.agent.get(f"/v1/complaints/{late}")).json()
    overdue = (await desk.agent.get("/v1/complaint-tasks?overdue=true")).json()["items"]
    done = (await ended(desk.handler, first)).json()

    assert (on_the_day, day_after) == ([], [late])
    assert (read["next_task_due_on"], read["has_overdue_task"]) == (DUE, True)
    assert [(one["id"], one["is_overdue"]) for one in overdue] == [(first["id"], True)]
    assert (done["ended_on"], done["outcome"], done["is_overdue"]) == ("2026-03-05", "done", False)
    assert await listed(desk, "task_overdue=true") == []
    assert set(await listed(desk, "task_overdue=false")) == {late, without}
    assert (await desk.agent.get(f"/v1/complaints/{late}")).json()["next_task_due_on"] == "2026-04-01"


async def test_a_case_with_an_open_task_is_not_closed(desk: Any) -> None:
    complaint_id = await desk.informed()
    first, second = await given(desk, complaint_id), await given(desk, complaint_id)
    path = f"/v1/complaints/{complaint_id}/close"

    refused = await desk.handler.post(path, json=desk.closing)
    await ended(desk.handler, first)
    still = await desk.handler.post(path, json=desk.closing)
    not_needed = (await ended(desk.handler, second, NOT_NEEDED)).json()
    closed = await desk.does(desk.handler, complaint_id, "close", desk.closing)
    late = await desk.handler.post(f"/v1/complaints/{complaint_id}/tasks", json={})

    assert desk.refused(refused, 409, "task_open")["next_task_due_on"] == DUE
    desk.refused(still, 409, "task_open")
    assert (not_needed["outcome"], not_needed["result"]) == ("not_needed", NOT_NEEDED["result"])
    assert closed["status"] == "closed"
    assert "tasks" not in closed["allowed"]
    assert late.status_code == 422


async def test_no_task_is_given_in_a_case_that_is_over(desk: Any) -> None:
    complaint_id = await desk.closed()
    wanted = {"what": "回访", "owner_id": str(desk.handler_id), "due_on": DUE}

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/tasks", json=wanted)

    desk.refused(answer, 409, "command_not_allowed")


async def test_what_is_over_before_a_decision_needs_none_of_its_tasks(desk: Any) -> None:
    withdrawn, reclassified = await desk.assigned(), await desk.assigned()
    tasks = [await given(desk, one) for one in (withdrawn, reclassified)]
    word = {"withdrawn_on": "2026-03-02", "reason": "和解", "proof": "录音 12"}

    await desk.does(desk.agent, withdrawn, "withdraw", word)
    await desk.does(desk.supervisor, reclassified, "reclassify", {"kind": "enquiry", "reason": "仅咨询条款"})

    for complaint_id, task in zip((withdrawn, reclassified), tasks, strict=True):
        (found,) = (await desk.agent.get(f"/v1/complaints/{complaint_id}/tasks")).json()["items"]
        assert (found["id"], found["outcome"], found["ended_on"]) == (task["id"], "not_needed", "2026-03-02")
        assert (await desk.row(complaint_id)).next_task_due_on is None
    assert (await desk.agent.get("/v1/complaint-tasks")).json()["items"] == []


async def test_owners_of_any_office_see_and_end_their_own_tasks_and_nothing_else(desk: Any) -> None:
    complaint_id = await desk.assigned()
    mine, others = await given(desk, complaint_id), await given(desk, complaint_id)
    owner = desk.kit.staff("operations", id=UUID(mine["owner_id"]))

    found = (await owner.get("/v1/complaint-tasks")).json()["items"]
    by_owner = (await desk.agent.get(f"/v1/complaint-tasks?owner_id={mine['owner_id']}")).json()["items"]
    foreign = await ended(owner, others)
    case = await owner.get(f"/v1/complaints/{complaint_id}")
    done = await ended(owner, mine)

    assert [one["id"] for one in found] == [one["id"] for one in by_owner] == [mine["id"]]
    desk.refused(foreign, 404, "not_found")
    assert case.status_code == 403
    assert done.json()["ended_by"] == mine["owner_id"]
    assert len((await desk.agent.get(f"/v1/complaints/{complaint_id}/tasks")).json()["items"]) == 2


async def test_a_task_ends_once_and_by_those_in_charge(desk: Any) -> None:
    complaint_id = await desk.assigned()
    task = await given(desk, complaint_id)

    desk.refused(await ended(desk.kit.staff("complaint_handler"), task), 403, "task_not_yours")
    desk.refused(await ended(desk.agent, task), 404, "not_found")
    answers = await asyncio.gather(ended(desk.handler, task), ended(desk.supervisor, task, NOT_NEEDED))
    again = await ended(desk.supervisor, task)

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    desk.refused(again, 409, "task_ended")


async def test_nobody_sees_tasks_of_a_complaint_about_themselves(desk: Any) -> None:
    named = new_id()
    await desk.joined(named, "complaint_supervisor")
    task = await given(desk, await desk.assigned(named_staff_id=str(named)))
    person = desk.kit.staff("complaint_supervisor", id=named)

    assert (await person.get("/v1/complaint-tasks")).json()["items"] == []
    desk.refused(await ended(person, task), 404, "not_found")


async def test_whoever_has_an_interest_or_left_gets_no_task(desk: Any) -> None:
    complaint_id, gone = await desk.assigned(), new_id()
    await desk.joined(desk.manager_id, "relationship_manager")
    await desk.joined(gone, "operations")
    await desk.kit.receive(HANDLERS, StaffLeft(occurred_at=desk.kit.now, staff_id=gone))
    path, wanted = f"/v1/complaints/{complaint_id}/tasks", {"what": "调取双录", "due_on": DUE}

    for owner_id, code in (
        (desk.manager_id, "handler_excluded"),
        (gone, "owner_has_left"),
        (new_id(), "not_yet_known"),
    ):
        answer = await desk.handler.post(path, json=wanted | {"owner_id": str(owner_id)})
        desk.refused(answer, 409, code, "/owner_id")
    other = await desk.kit.staff("complaint_handler").post(path, json=wanted | {"owner_id": str(desk.handler_id)})
    desk.refused(other, 403, "not_the_handler")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"due_on": "2026-03-01"}, "/due_on"), ({"what": ""}, "/what"), ({"owner": "x"}, "/owner")],
)
async def test_a_bad_task_is_pointed_at(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    complaint_id = await desk.assigned()
    wanted = {"what": "调取双录", "owner_id": str(desk.handler_id), "due_on": DUE} | fields

    answer = await desk.handler.post(f"/v1/complaints/{complaint_id}/tasks", json=wanted)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await desk.kit.count("case_task") == 0


@pytest.mark.parametrize(
    ("fields", "pointer"), [({"outcome": "lost"}, "/outcome"), ({"result": None}, "/result"), ({"why": "x"}, "/why")]
)
async def test_a_bad_end_is_pointed_at(desk: Any, fields: dict[str, Any], pointer: str) -> None:
    task = await given(desk, await desk.assigned())

    answer = await ended(desk.handler, task, DONE | fields)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
