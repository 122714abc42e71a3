"""Actions against causes: opened from closed cases, owned by a department, overdue in a list, seen by who should."""

from datetime import timedelta
from typing import Any

import pytest

from complaints.worker import HANDLERS
from shared.events.client_profile import StaffLeft
from shared.ids import new_id


async def test_an_action_is_opened_against_the_cause_of_a_closed_case(desk: Any, works: Any) -> None:
    product, channel = str(new_id()), str(new_id())
    complaint_id = await desk.closed(product_id=product, channel_id=channel)

    action = await works.opened(complaint_id)

    assert (action["origin"], action["origin_id"]) == ("complaint", complaint_id)
    assert (action["root_cause"], action["product_id"], action["channel_id"]) == ("disclosure", product, channel)
    assert (action["owner_id"], action["unit_id"]) == (str(works.owner_id), str(works.unit_id))
    assert (action["status"], action["round"], action["recurrences"]) == ("open", 1, 0)
    assert action["allowed"] == ["cancel", "postpone", "reassign", "report-done"]


async def test_a_case_without_a_cause_gets_no_action(desk: Any, works: Any) -> None:
    path = f"/v1/complaints/{await desk.informed()}/improvement-actions"

    desk.refused(await desk.handler.post(path, json=works.wanted()), 409, "cause_unknown")

    assert await desk.kit.count("improvement_action") == 0


async def test_an_owner_is_at_work_and_not_complained_about(desk: Any, works: Any) -> None:
    named, gone = new_id(), new_id()
    await desk.joined(named, "relationship_manager")
    await desk.joined(gone, "product_manager")
    await desk.kit.receive(HANDLERS, StaffLeft(occurred_at=desk.kit.now, staff_id=gone))
    path = f"/v1/complaints/{await desk.closed(named_staff_id=str(named))}/improvement-actions"

    for owner, code in ((named, "action_owner_unfit"), (gone, "action_owner_unfit"), (new_id(), "not_yet_known")):
        answer = await desk.handler.post(path, json=works.wanted(owner_id=str(owner)))
        desk.refused(answer, 409, code, "/owner_id")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"due_on": "2026-03-01"}, "/due_on"),
        ({"due_on": 20260401}, "/due_on"),
        ({"what": ""}, "/what"),
        ({"owner_id": "me"}, "/owner_id"),
        ({"unit_id": str(new_id())}, "/unit_id"),
    ],
)
async def test_bad_input_is_named(desk: Any, works: Any, fields: dict[str, Any], pointer: str) -> None:
    path = f"/v1/complaints/{await desk.closed()}/improvement-actions"

    answer = await desk.handler.post(path, json=works.wanted() | fields)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_overdue_actions_are_found_from_the_day_after(desk: Any, works: Any) -> None:
    action = await works.opened(due_on=works.day(3))
    other = await works.opened(due_on=works.day(9))

    desk.kit.now += timedelta(days=3)
    assert await works.listed("?overdue=true") == []
    desk.kit.now += timedelta(days=1)

    assert await works.listed("?overdue=true") == [action["id"]]
    assert await works.listed("?overdue=false") == [other["id"]]
    assert (await works.read(action["id"]))["is_overdue"] is True


async def test_an_action_passes_to_another_department_with_its_owner(desk: Any, works: Any) -> None:
    action, successor, unit = await works.opened(), new_id(), new_id()
    await desk.joined(successor, "marketing", units=[unit])

    read = await works.does(
        desk.supervisor, action["id"], "reassign", {"owner_id": str(successor), "reason": "职责调整"}
    )

    assert (read["owner_id"], read["unit_id"]) == (str(successor), str(unit))
    assert await works.listed(f"?unit_id={unit}") == [action["id"]]
    assert await works.listed("", works.owner) == []


async def test_more_time_is_given_by_somebody_else_and_only_forwards(desk: Any, works: Any) -> None:
    supervisor_id = desk.supervisor_id
    await desk.joined(supervisor_id, "complaint_supervisor")
    action, own = await works.opened(), await works.opened(owner_id=str(supervisor_id))
    later = {"due_on": works.day(30), "reason": "系统改造排期"}

    desk.refused(await works.tries(desk.supervisor, own["id"], "postpone", later), 409, "second_person_needed")
    desk.refused(await works.tries(desk.supervisor, own["id"], "cancel", {"reason": "x"}), 409, "second_person_needed")
    earlier = later | {"due_on": works.day(19)}
    desk.refused(await works.tries(desk.supervisor, action["id"], "postpone", earlier), 422, "due_date_invalid")
    read = await works.does(desk.supervisor, action["id"], "postpone", later)

    assert read["due_on"] == later["due_on"]


async def test_owners_see_their_own_leads_their_units_the_desk_all(desk: Any, works: Any) -> None:
    action = await works.opened()
    lead = desk.kit.staff("team_lead", unit_id=works.unit_id)
    stranger, foreign_lead = desk.kit.staff("finance"), desk.kit.staff("team_lead", unit_id=new_id())

    for caller in (works.owner, lead, desk.agent, desk.kit.staff("auditor")):
        assert await works.listed("", caller) == [action["id"]]
        assert (await caller.get(f"/v1/improvement-actions/{action['id']}")).status_code == 200
    for caller in (stranger, foreign_lead):
        assert await works.listed("", caller) == []
        desk.refused(await caller.get(f"/v1/improvement-actions/{action['id']}"), 404, "not_found")
        desk.refused(await caller.get(f"/v1/improvement-actions/{action['id']}/effect"), 404, "not_found")


async def test_who_is_complained_about_reaches_no_action_that_answers_it(desk: Any, works: Any) -> None:
    named = new_id()
    action = await works.opened(await desk.closed(named_staff_id=str(named)))
    executive = desk.kit.staff("executive", id=named)

    assert await works.listed("", executive) == []
    desk.refused(await executive.get(f"/v1/improvement-actions/{action['id']}"), 404, "not_found")
