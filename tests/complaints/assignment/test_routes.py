"""Who gets a case: by name or by routing and workload, never with an interest in it, and always explained."""

import asyncio
from typing import Any
from uuid import UUID

from complaints.worker import HANDLERS
from shared.events.client_profile import ClientAssigned, StaffLeft
from shared.events.lineage import ClientMerged
from shared.ids import new_id


async def assign(desk: Any, complaint_id: str, handler_id: Any) -> Any:
    path = f"/v1/complaints/{complaint_id}/assign"
    return await desk.supervisor.post(path, json={"handler_id": str(handler_id)})


async def gone_to(desk: Any, **fields: Any) -> str:
    """Register a case, have it assigned without a name, and return who got it."""
    read = await desk.does(desk.supervisor, await desk.registered(**fields), "assign", {})
    return str(read["handler_id"])


async def test_a_case_goes_to_a_handler_and_can_go_to_another(desk: Any) -> None:
    complaint_id, second = await desk.assigned(), new_id()
    await desk.joined(second, "complaint_handler")

    answer = await assign(desk, complaint_id, second)

    assert (answer.json()["status"], answer.json()["handler_id"]) == ("assigned", str(second))
    told = [payload["handler_id"] for type_, payload in await desk.kit.outbox() if "assigned" in type_]
    assert told == [str(desk.handler_id), str(second)]


async def test_nobody_with_an_interest_handles_a_case(desk: Any) -> None:
    named, left = new_id(), new_id()
    for person in (desk.manager_id, named, left):
        await desk.joined(person, "complaint_handler")
    await desk.kit.receive(HANDLERS, StaffLeft(occurred_at=desk.kit.now, staff_id=left))
    salesman = new_id()
    await desk.joined(salesman, "relationship_manager")
    complaint_id = await desk.registered(named_staff_id=str(named))
    events = await desk.kit.events()

    for person, reason in (
        (desk.manager_id, "clients_manager"),
        (named, "named_staff"),
        (left, "has_left"),
        (salesman, "not_a_handler"),
    ):
        problem = desk.refused(await assign(desk, complaint_id, person), 409, "handler_excluded", "/handler_id")
        assert problem["exclusions"] == [reason]
    unknown = await assign(desk, complaint_id, new_id())
    desk.refused(unknown, 409, "not_yet_known", "/handler_id")
    assert unknown.headers["retry-after"] == "2"
    assert (await desk.row(complaint_id)).status == "registered"
    assert await desk.kit.events() == events


async def test_candidates_are_listed_with_what_speaks_against_them(desk: Any) -> None:
    named = new_id()
    await desk.joined(named, "complaint_handler")
    await desk.joined(desk.manager_id, "complaint_handler")
    free = new_id()
    await desk.joined(free, "complaint_handler")
    await desk.assigned()
    complaint_id = await desk.registered(named_staff_id=str(named))

    found = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/handlers")).json()["items"]

    assert [(one["staff_id"], one["may_handle"], one["open_cases"]) for one in found[:2]] == [
        (str(free), True, 0),
        (str(desk.handler_id), True, 1),
    ]
    assert {one["staff_id"]: one["exclusions"] for one in found[2:]} == {
        str(named): ["named_staff"],
        str(desk.manager_id): ["clients_manager"],
    }


async def test_the_managers_of_merged_clients_have_an_interest_in_each_others_cases(desk: Any) -> None:
    other, others_manager = new_id(), new_id()
    complaint_id = await desk.registered()
    for person in (desk.manager_id, others_manager):
        await desk.joined(person, "complaint_handler")
    facts = {"occurred_at": desk.kit.now, "merged_client_id": desk.client_id, "surviving_client_id": other}
    told = {"occurred_at": desk.kit.now, "client_id": other, "unit_id": desk.unit_id}
    await desk.kit.receive(HANDLERS, ClientAssigned(**told, manager_id=others_manager))
    await desk.kit.receive(HANDLERS, ClientMerged(**facts, client_id=other, step=1))

    for person in (desk.manager_id, others_manager):
        problem = desk.refused(await assign(desk, complaint_id, person), 409, "handler_excluded", "/handler_id")
        assert problem["exclusions"] == ["clients_manager"]


async def test_without_a_name_the_one_with_the_least_to_do_by_urgency_gets_the_case(desk: Any) -> None:
    second = new_id()
    await desk.joined(second, "complaint_handler")
    urgent = await desk.registered(
        client_id=None, complainant={"name": "王小明", "phone": "13812341234"}, level="major"
    )
    await assign(desk, urgent, desk.handler_id)

    got = [await gone_to(desk, client_id=str(new_id())) for _ in range(4)]

    # One urgent case weighs as much as three ordinary ones; with as much to do, the one with fewer cases is next.
    assert got == [str(second), str(second), str(second), str(desk.handler_id)]


async def test_the_list_of_handlers_explains_who_would_get_the_case(desk: Any) -> None:
    second = new_id()
    await desk.joined(second, "complaint_handler")
    await desk.assigned()
    complaint_id = await desk.registered()

    found = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/handlers")).json()

    assert [(one["staff_id"], one["open_cases"], one["load"], one["is_target"]) for one in found["items"]] == [
        (str(second), 0, 0, True),
        (str(desk.handler_id), 1, 1, True),
    ]
    assert found["suggested_id"] == str(second)
    assert (found["weights"], found["weights_version"]) == (
        {"i": 3, "ii": 2, "iii": 1},
        "complaint.workload_weights@2020-03-01",
    )
    assert found["route"] == {"rule_id": None, "name": None, "position": None, "target": None}


async def test_routing_narrows_the_choice_and_recusal_narrows_it_further(desk: Any) -> None:
    members = [new_id() for _ in range(2)]
    for person in members:
        await desk.joined(person, "complaint_handler")
    rule = await desk.routes(conditions={"reasons": ["fund_safety"]}, target=desk.group(*members))
    await desk.managed_by(members[0])
    routed = await desk.registered(reason="fund_safety")
    free = await desk.registered(reason="pricing")

    found = (await desk.supervisor.get(f"/v1/complaints/{routed}/handlers")).json()
    read = await desk.does(desk.supervisor, routed, "assign", {})
    kept = (await desk.supervisor.get(f"/v1/complaints/{routed}/assignments")).json()["items"]

    assert (found["route"]["rule_id"], found["suggested_id"]) == (rule["id"], str(members[1]))
    assert [(one["staff_id"], one["is_target"], one["may_handle"]) for one in found["items"]] == [
        (str(members[1]), True, True),
        (str(desk.handler_id), False, True),
        (str(members[0]), True, False),
    ]
    assert read["handler_id"] == str(members[1])
    assert [(one["is_automatic"], one["rule_id"], one["rule_name"]) for one in kept] == [
        (True, rule["id"], rule["name"])
    ]
    assert [one["staff_id"] for one in kept[0]["options"]] == [one["staff_id"] for one in found["items"]]
    assert await gone_to(desk, reason="service_quality") != str(members[0])
    assert (await desk.supervisor.get(f"/v1/complaints/{free}/handlers")).json()["route"]["rule_id"] is None


async def test_where_nobody_of_the_target_is_free_a_person_decides(desk: Any) -> None:
    only = new_id()
    await desk.joined(only, "complaint_handler")
    await desk.routes(target=desk.group(only))
    await desk.managed_by(only)
    complaint_id = await desk.registered()

    refused = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/assign", json={})
    found = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/handlers")).json()
    by_name = await assign(desk, complaint_id, desk.handler_id)

    desk.refused(refused, 409, "no_handler_free")
    assert found["suggested_id"] is None
    assert by_name.json()["handler_id"] == str(desk.handler_id)
    (kept,) = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/assignments")).json()["items"]
    assert (kept["is_automatic"], kept["assigned_by"]) == (False, str(desk.supervisor_id))


async def test_given_away_without_a_name_a_case_goes_to_somebody_else(desk: Any) -> None:
    complaint_id, second = await desk.assigned(), new_id()
    path = f"/v1/complaints/{complaint_id}/assign"
    desk.refused(await desk.supervisor.post(path, json={}), 409, "no_handler_free")
    await desk.joined(second, "complaint_handler")

    read = await desk.does(desk.supervisor, complaint_id, "assign", {})

    assert read["handler_id"] == str(second)
    kept = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/assignments")).json()["items"]
    assert [one["handler_id"] for one in kept] == [str(desk.handler_id), str(second)]


async def test_choices_at_the_same_time_see_each_other(desk: Any) -> None:
    people = {str(desk.handler_id)}
    for _ in range(3):
        person = new_id()
        await desk.joined(person, "complaint_handler")
        people.add(str(person))
    ids = [await desk.registered() for _ in range(4)]

    answers = await asyncio.gather(*(desk.supervisor.post(f"/v1/complaints/{id}/assign", json={}) for id in ids))

    assert {answer.json()["handler_id"] for answer in answers} == people


async def test_bad_names_are_pointed_at(desk: Any) -> None:
    complaint_id = await desk.registered()

    desk.refused(await assign(desk, complaint_id, "me"), 422, "invalid", "/handler_id")
    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/assign", json={"who": str(UUID(int=1))})
    desk.refused(answer, 422, "invalid", "/who")
    assert (await desk.row(complaint_id)).status == "registered"
