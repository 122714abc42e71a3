import asyncio
from typing import Any

import pytest

from shared.events.client_profile import ServiceClassChanged, StaffLeft
from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_a_follow_up_goes_to_the_clients_manager_unless_somebody_is_named(kit: ServiceKit, world: Any) -> None:
    manager_id, named_id = new_id(), new_id()
    client_id = await world.client(manager_id=manager_id)
    await world.forget_outbox()

    by_manager = await world.request_follow_up(client_id)
    by_named = await world.request_follow_up(client_id, assignee_id=str(named_id))

    assert (by_manager["assignee_id"], by_named["assignee_id"]) == (str(manager_id), str(named_id))
    assert (by_manager["reason"], by_manager["status"], by_manager["version"]) == ("requested", "scheduled", 1)
    first, _ = await kit.outbox()
    assert first[0] == "interaction-log.follow_up.scheduled.v1"
    assert first[1] == {
        "occurred_at": first[1]["occurred_at"],
        "follow_up_id": by_manager["id"],
        "client_id": str(client_id),
        "assignee_id": str(manager_id),
        "due_on": "2026-03-09",
        "reason": "requested",
    }


async def test_a_client_not_yet_heard_of_can_be_followed_up_by_who_asks(kit: ServiceKit) -> None:
    caller_id = new_id()

    answer = await kit.staff("relationship_manager", id=caller_id).post(
        "/v1/follow-ups", json={"client_id": str(new_id()), "due_on": "2026-03-09"}
    )

    assert answer.status_code == 201
    assert answer.json()["assignee_id"] == str(caller_id)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"no_such": 1}, "invalid", "/no_such"),
        ({"client_id": 5}, "invalid", "/client_id"),
        ({"due_on": "soon"}, "invalid", "/due_on"),
        ({"due_on": "2026-02-29"}, "invalid", "/due_on"),
        ({"due_on": "2026-03-01"}, "day_out_of_range", "/due_on"),
        ({"due_on": "2028-03-02"}, "day_out_of_range", "/due_on"),
        ({"note": "长" * 2001}, "invalid", "/note"),
        ({"note": ""}, "invalid", "/note"),
        ({"assignee_id": "x"}, "invalid", "/assignee_id"),
        ({"reason": "at_risk"}, "invalid", "/reason"),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_writes_nothing(
    kit: ServiceKit, world: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"client_id": str(new_id()), "due_on": "2026-03-09"} | fields

    answer = await kit.staff("customer_service").post("/v1/follow-ups", json=body)

    assert world.problem(answer, 422) == (code, [pointer])
    assert await kit.count("follow_up") == await kit.count("client_stub") == await kit.count("outbox") == 0


async def test_somebody_who_has_left_gets_no_follow_up(kit: ServiceKit, world: Any) -> None:
    left_id = await world.staff("relationship_manager", unit_path=[new_id()])
    await world.hear(StaffLeft(occurred_at=kit.now, staff_id=left_id))

    answer = await kit.staff("customer_service").post(
        "/v1/follow-ups", json={"client_id": str(new_id()), "due_on": "2026-03-09", "assignee_id": str(left_id)}
    )

    assert world.problem(answer, 422) == ("assignee_has_left", ["/assignee_id"])


async def test_managers_and_leads_plan_for_their_clients_or_themselves(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id, colleague = new_id(), new_id(), new_id()
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    body = {"client_id": str(client_id), "due_on": "2026-03-09", "assignee_id": str(colleague)}
    callers = {
        "the manager": (kit.staff("relationship_manager", id=manager_id), 201),
        "the lead": (kit.staff("team_lead", unit_id=unit_id), 201),
        "for oneself": (kit.staff("relationship_manager", id=colleague), 201),
        "another manager": (kit.staff("relationship_manager"), 403),
        "another lead": (kit.staff("team_lead", unit_id=new_id()), 403),
    }

    for name, (caller, status) in callers.items():
        assert (await caller.post("/v1/follow-ups", json=body)).status_code == status, name


async def test_a_follow_up_is_completed_by_a_contact_or_a_note(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    first, second = await world.request_follow_up(client_id), await world.request_follow_up(client_id)
    contact = await world.record(client_id)

    by_contact = await caller.post(f"/v1/follow-ups/{first['id']}/complete", json={"interaction_id": contact["id"]})
    by_note = await caller.post(f"/v1/follow-ups/{second['id']}/complete", json={"note": "客户已自行办理"})

    assert by_contact.json()["interaction_id"] == contact["id"]
    assert (by_note.json()["status"], by_note.json()["result"]) == ("completed", "客户已自行办理")
    assert by_note.headers["etag"] == '"2"'
    assert (await kit.events())[-2:] == ["follow_up.completed"] * 2


async def test_completing_asks_for_a_contact_with_this_client(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    path = f"/v1/follow-ups/{(await world.request_follow_up(client_id))['id']}/complete"
    others = await world.record(await world.client())
    await world.forget_outbox()

    unknown = await caller.post(path, json={"interaction_id": str(new_id())})
    of_another = await caller.post(path, json={"interaction_id": others["id"]})
    nothing = await caller.post(path, json={})

    assert world.problem(unknown, 422) == world.problem(of_another, 422) == ("interaction_unknown", ["/interaction_id"])
    assert world.problem(nothing, 422)[0] == "invalid"
    assert await kit.count("outbox") == 0


async def test_the_rhythm_is_not_ticked_off_by_hand(kit: ServiceKit, world: Any) -> None:
    manager_id = new_id()
    client_id = await world.client(manager_id=manager_id)
    (row,) = await world.rows("SELECT id FROM follow_up WHERE client_id = :id", id=client_id)

    answer = await kit.staff("relationship_manager", id=manager_id).post(
        f"/v1/follow-ups/{row['id']}/complete", json={"note": "已联系"}
    )

    assert world.problem(answer, 409) == ("completed_by_contact", [])


async def test_what_has_ended_takes_no_command_and_says_so(kit: ServiceKit, world: Any) -> None:
    caller = kit.staff("customer_service")
    path = f"/v1/follow-ups/{(await world.request_follow_up(await world.client()))['id']}"
    await caller.post(f"{path}/complete", json={"note": "x"})

    for command, body in (("complete", {"note": "x"}), ("reschedule", {"due_on": "2026-03-10", "reason": "x"})):
        answer = await caller.post(f"{path}/{command}", json=body)
        assert world.problem(answer, 409)[0] == "follow_up_not_open"
        assert (answer.json()["state"], answer.json()["allowed"]) == ("completed", [])


async def test_completing_at_once_completes_once(kit: ServiceKit, world: Any) -> None:
    path = f"/v1/follow-ups/{(await world.request_follow_up(await world.client()))['id']}/complete"

    answers = await asyncio.gather(*(kit.staff("customer_service").post(path, json={"note": str(n)}) for n in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert (await kit.events()).count("follow_up.completed") == 1


async def test_rescheduling_moves_the_day_and_leaves_a_trace(kit: ServiceKit, world: Any) -> None:
    follow_up = await world.request_follow_up(await world.client())

    answer = await kit.staff("customer_service").post(
        f"/v1/follow-ups/{follow_up['id']}/reschedule", json={"due_on": "2026-03-20", "reason": "客户出差"}
    )

    assert answer.json() == {**follow_up, "version": 2, "due_on": "2026-03-20", "is_rescheduled": True}
    type_, payload = (await kit.outbox())[-1]
    assert (type_, payload["due_on"]) == ("interaction-log.follow_up.scheduled.v1", "2026-03-20")
    (entry,) = await world.rows("SELECT action, reason, facts FROM audit_entry")
    assert entry == {
        "action": "follow_up.rescheduled",
        "reason": "客户出差",
        "facts": {"from": "2026-03-09", "to": "2026-03-20"},
    }


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"due_on": "2026-03-01", "reason": "x"}, "day_out_of_range", "/due_on"),
        ({"due_on": "2030-01-01", "reason": "x"}, "day_out_of_range", "/due_on"),
        ({"due_on": "2026-03-20"}, "invalid", "/reason"),
        ({"reason": "x"}, "invalid", "/due_on"),
        ({"due_on": "2026-03-20", "reason": "x", "status": "completed"}, "invalid", "/status"),
    ],
)
async def test_a_bad_day_is_refused_and_changes_nothing(
    kit: ServiceKit, world: Any, body: dict[str, Any], code: str, pointer: str
) -> None:
    follow_up = await world.request_follow_up(await world.client())
    path, caller = f"/v1/follow-ups/{follow_up['id']}", kit.staff("customer_service")
    await world.forget_outbox()

    answer = await caller.post(f"{path}/reschedule", json=body)

    assert world.problem(answer, 422) == (code, [pointer])
    assert (await caller.get(path)).json() == follow_up
    assert await kit.count("outbox") == await kit.count("audit_entry") == 0


async def test_a_class_change_plans_anew_what_was_rescheduled(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="C")
    (row,) = await world.rows("SELECT id FROM follow_up")
    path, caller = f"/v1/follow-ups/{row['id']}", kit.staff("customer_service")
    await caller.post(f"{path}/reschedule", json={"due_on": "2026-03-20", "reason": "x"})

    await world.hear(ServiceClassChanged(occurred_at=kit.now, client_id=client_id, service_class="A", rule_version="1"))
    await world.run_timers()

    read = (await caller.get(path)).json()
    assert (read["due_on"], read["is_rescheduled"]) == ("2026-04-01", False)
