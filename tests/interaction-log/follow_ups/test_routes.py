import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.client_profile import ServiceClassChanged, StaffLeft
from shared.events.complaints import ClientFlagged
from shared.ids import new_id
from shared.testing.service import ServiceKit


def problem(answer: httpx.Response, status: int) -> tuple[str, list[str]]:
    """Return the code and the pointers of a problem answer."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["code"], [error["pointer"] for error in body.get("errors", [])]


async def requested(kit: ServiceKit, client_id: UUID, **fields: Any) -> dict[str, Any]:
    wanted = {"client_id": str(client_id), "due_on": "2026-03-09", "note": "回复开放期问题", **fields}
    answer = await kit.staff("customer_service").post("/v1/follow-ups", json=wanted)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def at_risk(kit: ServiceKit, world: Any, client_id: UUID) -> str:
    """Return the id of the follow-up that a flag of the client brings."""
    await world.hear(
        ClientFlagged(
            occurred_at=kit.now, client_id=client_id, level="high", score=60, reasons=["outflow"], rule_version="1"
        )
    )
    (row,) = await world.rows("SELECT id FROM follow_up WHERE reason = 'at_risk' AND client_id = :id", id=client_id)
    return str(row["id"])


async def test_a_follow_up_goes_to_the_clients_manager_unless_somebody_is_named(kit: ServiceKit, world: Any) -> None:
    manager_id, named_id = new_id(), new_id()
    client_id = await world.client(manager_id=manager_id)
    await world.forget_outbox()

    by_manager = await requested(kit, client_id)
    by_named = await requested(kit, client_id, assignee_id=str(named_id))

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
    kit: ServiceKit, fields: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"client_id": str(new_id()), "due_on": "2026-03-09"} | fields

    answer = await kit.staff("customer_service").post("/v1/follow-ups", json=body)

    assert problem(answer, 422) == (code, [pointer])
    assert await kit.count("follow_up") == await kit.count("client_stub") == await kit.count("outbox") == 0


async def test_somebody_who_has_left_gets_no_follow_up(kit: ServiceKit, world: Any) -> None:
    left_id = await world.staff("relationship_manager", unit_path=[new_id()])
    await world.hear(StaffLeft(occurred_at=kit.now, staff_id=left_id))

    answer = await kit.staff("customer_service").post(
        "/v1/follow-ups", json={"client_id": str(new_id()), "due_on": "2026-03-09", "assignee_id": str(left_id)}
    )

    assert problem(answer, 422) == ("assignee_has_left", ["/assignee_id"])


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
    first, second = await requested(kit, client_id), await requested(kit, client_id)
    contact = await world.record(client_id)

    by_contact = await caller.post(f"/v1/follow-ups/{first['id']}/complete", json={"interaction_id": contact["id"]})
    by_note = await caller.post(f"/v1/follow-ups/{second['id']}/complete", json={"note": "客户已自行办理"})

    assert by_contact.json()["interaction_id"] == contact["id"]
    assert (by_note.json()["status"], by_note.json()["result"]) == ("completed", "客户已自行办理")
    assert by_note.headers["etag"] == '"2"'
    assert (await kit.events())[-2:] == ["follow_up.completed"] * 2


async def test_completing_asks_for_a_contact_with_this_client(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    path = f"/v1/follow-ups/{(await requested(kit, client_id))['id']}/complete"
    others = await world.record(await world.client())
    await world.forget_outbox()

    unknown = await caller.post(path, json={"interaction_id": str(new_id())})
    of_another = await caller.post(path, json={"interaction_id": others["id"]})
    nothing = await caller.post(path, json={})

    assert problem(unknown, 422) == problem(of_another, 422) == ("interaction_unknown", ["/interaction_id"])
    assert problem(nothing, 422)[0] == "invalid"
    assert await kit.count("outbox") == 0


async def test_the_rhythm_is_not_ticked_off_by_hand(kit: ServiceKit, world: Any) -> None:
    manager_id = new_id()
    client_id = await world.client(manager_id=manager_id)
    (row,) = await world.rows("SELECT id FROM follow_up WHERE client_id = :id", id=client_id)

    answer = await kit.staff("relationship_manager", id=manager_id).post(
        f"/v1/follow-ups/{row['id']}/complete", json={"note": "已联系"}
    )

    assert problem(answer, 409) == ("completed_by_contact", [])


async def test_what_has_ended_takes_no_command_and_says_so(kit: ServiceKit, world: Any) -> None:
    caller = kit.staff("customer_service")
    path = f"/v1/follow-ups/{(await requested(kit, await world.client()))['id']}"
    await caller.post(f"{path}/complete", json={"note": "x"})

    for command, body in (("complete", {"note": "x"}), ("reschedule", {"due_on": "2026-03-10", "reason": "x"})):
        answer = await caller.post(f"{path}/{command}", json=body)
        assert problem(answer, 409)[0] == "follow_up_not_open"
        assert (answer.json()["state"], answer.json()["allowed"]) == ("completed", [])


async def test_completing_at_once_completes_once(kit: ServiceKit, world: Any) -> None:
    path = f"/v1/follow-ups/{(await requested(kit, await world.client()))['id']}/complete"

    answers = await asyncio.gather(*(kit.staff("customer_service").post(path, json={"note": str(n)}) for n in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert (await kit.events()).count("follow_up.completed") == 1


async def test_rescheduling_moves_the_day_and_leaves_a_trace(kit: ServiceKit, world: Any) -> None:
    follow_up = await requested(kit, await world.client())

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
    follow_up = await requested(kit, await world.client())
    path, caller = f"/v1/follow-ups/{follow_up['id']}", kit.staff("customer_service")
    await world.forget_outbox()

    answer = await caller.post(f"{path}/reschedule", json=body)

    assert problem(answer, 422) == (code, [pointer])
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


async def test_the_manager_sees_an_at_risk_follow_up_and_cannot_act_on_it(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id = new_id(), new_id()
    lead_id = await world.staff("team_lead", unit_path=[unit_id])
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    path = f"/v1/follow-ups/{await at_risk(kit, world, client_id)}"
    manager = kit.staff("relationship_manager", id=manager_id)

    seen = await manager.get(path)
    refused = await manager.post(f"{path}/complete", json={"note": "x"})
    moved = await manager.post(f"{path}/reschedule", json={"due_on": "2026-03-20", "reason": "x"})
    done = await kit.staff("team_lead", id=lead_id, unit_id=unit_id).post(f"{path}/complete", json={"note": "已面谈"})

    assert seen.json()["assignee_id"] == str(lead_id)
    assert problem(refused, 403)[0] == problem(moved, 403)[0] == "not_the_assignee"
    assert done.status_code == 200


async def test_only_those_within_reach_read_and_command(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id, assignee_id = new_id(), new_id(), new_id()
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    follow_up = await requested(kit, client_id, assignee_id=str(assignee_id))
    path = f"/v1/follow-ups/{follow_up['id']}"
    readers = {
        "manager": kit.staff("relationship_manager", id=manager_id),
        "assignee": kit.staff("relationship_manager", id=assignee_id),
        "lead": kit.staff("team_lead", unit_id=unit_id),
        "compliance": kit.staff("compliance"),
    }
    others = {
        "another manager": kit.staff("relationship_manager"),
        "another lead": kit.staff("team_lead", unit_id=new_id()),
    }

    for name, reader in readers.items():
        assert (await reader.get(path)).status_code == 200, name
        assert (await reader.get(f"{path}/why")).status_code == 200, name
        listed = (await reader.get("/v1/follow-ups", params={"client_id": str(client_id)})).json()["items"]
        assert follow_up["id"] in {item["id"] for item in listed}, name
    for name, other in others.items():
        assert problem(await other.get(path), 404)[0] == "not_found", name
        assert (await other.get(f"{path}/why")).status_code == 404, name
        assert (await other.get("/v1/follow-ups")).json()["items"] == [], name
        assert (await other.post(f"{path}/complete", json={"note": "x"})).status_code == 404, name
        moved = await other.post(f"{path}/reschedule", json={"due_on": "2026-03-20", "reason": "x"})
        assert moved.status_code == 404, name
    for stranger in (kit.client(client_id), kit.channel(new_id(), "client.read")):
        assert (await stranger.get("/v1/follow-ups")).status_code == 403


async def test_the_list_is_filtered_and_sorted_by_day(kit: ServiceKit, world: Any) -> None:
    one_id, other_id, mine = await world.client(), await world.client(), new_id()
    late = await requested(kit, one_id, due_on="2026-03-20")
    early = await requested(kit, one_id, due_on="2026-03-05", assignee_id=str(mine))
    other = await requested(kit, other_id, due_on="2026-03-10")
    caller = kit.staff("customer_service")
    await caller.post(f"/v1/follow-ups/{other['id']}/complete", json={"note": "x"})

    async def listed(**params: str) -> list[str]:
        answer = await caller.get("/v1/follow-ups", params=params)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await listed() == [early["id"], other["id"], late["id"]]
    assert await listed(client_id=str(one_id)) == [early["id"], late["id"]]
    assert await listed(assignee_id=str(mine)) == [early["id"]]
    assert await listed(status="completed") == [other["id"]]
    assert await listed(due_before="2026-03-10") == [early["id"]]
    assert await listed(overdue="true") == []
    kit.now += timedelta(days=5)
    assert await listed(overdue="true") == [early["id"]]
    await world.run_timers()
    assert await listed(overdue="true") == await listed(status="missed") == [early["id"]]


@pytest.mark.parametrize("params", [{"status": "done"}, {"due_before": "soon"}, {"overdue": "maybe"}, {"state": "x"}])
async def test_a_bad_filter_is_refused(kit: ServiceKit, params: dict[str, str]) -> None:
    answer = await kit.staff("customer_service").get("/v1/follow-ups", params=params)

    assert problem(answer, 422) == ("invalid", [f"/query/{next(iter(params))}"])


async def test_why_shows_the_facts_and_computes_the_same_day(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)
    contact = await world.record(client_id)
    caller = kit.staff("auditor")
    (row,) = await world.rows("SELECT id FROM follow_up WHERE status = 'scheduled'")

    why = (await caller.get(f"/v1/follow-ups/{row['id']}/why")).json()

    assert why == {
        "reason": "rhythm",
        "due_on": "2026-04-21",
        "is_rescheduled": False,
        "basis_on": "2026-03-22",
        "basis_interaction_id": contact["id"],
        "caused_by": None,
        "service_class": "A",
        "basis_days": 30,
        "planned_on": "2026-03-22",
        "catch_up_days": 14,
        "rule_version": "follow_up.rhythm_days@2000-01-01",
        "source": why["source"],
        "rule_due_on": "2026-04-21",
    }
    assert "客户分级服务制度" in why["source"]


async def test_why_gives_the_stored_day_for_every_planned_follow_up(kit: ServiceKit, world: Any) -> None:
    """Rhythm, catch-up, miss, flag: whatever the rule planned it plans again."""
    for service_class in ("A", "B", None):
        client_id = await world.client(manager_id=new_id(), service_class=service_class)
        await world.record(client_id, started_at=(kit.now - timedelta(days=100)).isoformat())
        await at_risk(kit, world, client_id)
    kit.now += timedelta(days=40)
    await world.run_timers()
    caller = kit.staff("auditor")

    rows = await world.rows("SELECT id, due_on FROM follow_up")
    assert len(rows) == 8
    for row in rows:
        why = (await caller.get(f"/v1/follow-ups/{row['id']}/why")).json()
        assert why["rule_due_on"] == why["due_on"] == str(row["due_on"])


async def test_why_of_a_day_that_a_person_chose_says_so(kit: ServiceKit, world: Any) -> None:
    follow_up = await requested(kit, await world.client())

    why = (await kit.staff("auditor").get(f"/v1/follow-ups/{follow_up['id']}/why")).json()

    assert (why["reason"], why["basis_on"], why["rule_due_on"]) == ("requested", None, None)
