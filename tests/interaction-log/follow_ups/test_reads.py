from datetime import timedelta
from typing import Any

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_the_manager_sees_an_at_risk_follow_up_and_cannot_act_on_it(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id = new_id(), new_id()
    lead_id = await world.staff("team_lead", unit_path=[unit_id])
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    path = f"/v1/follow-ups/{await world.flag(client_id)}"
    manager = kit.staff("relationship_manager", id=manager_id)

    seen = await manager.get(path)
    refused = await manager.post(f"{path}/complete", json={"note": "x"})
    moved = await manager.post(f"{path}/reschedule", json={"due_on": "2026-03-20", "reason": "x"})
    done = await kit.staff("team_lead", id=lead_id, unit_id=unit_id).post(f"{path}/complete", json={"note": "已面谈"})

    assert seen.json()["assignee_id"] == str(lead_id)
    assert world.problem(refused, 403)[0] == world.problem(moved, 403)[0] == "not_the_assignee"
    assert done.status_code == 200


async def test_only_those_within_reach_read_and_command(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id, assignee_id = new_id(), new_id(), new_id()
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    follow_up = await world.request_follow_up(client_id, assignee_id=str(assignee_id))
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
        assert world.problem(await other.get(path), 404)[0] == "not_found", name
        assert (await other.get(f"{path}/why")).status_code == 404, name
        assert (await other.get("/v1/follow-ups")).json()["items"] == [], name
        assert (await other.post(f"{path}/complete", json={"note": "x"})).status_code == 404, name
        moved = await other.post(f"{path}/reschedule", json={"due_on": "2026-03-20", "reason": "x"})
        assert moved.status_code == 404, name
    for stranger in (kit.client(client_id), kit.channel(new_id(), "client.read")):
        assert (await stranger.get("/v1/follow-ups")).status_code == 403


async def test_the_list_is_filtered_and_sorted_by_day(kit: ServiceKit, world: Any) -> None:
    one_id, other_id, mine = await world.client(), await world.client(), new_id()
    late = await world.request_follow_up(one_id, due_on="2026-03-20")
    early = await world.request_follow_up(one_id, due_on="2026-03-05", assignee_id=str(mine))
    other = await world.request_follow_up(other_id, due_on="2026-03-10")
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
async def test_a_bad_filter_is_refused(kit: ServiceKit, world: Any, params: dict[str, str]) -> None:
    answer = await kit.staff("customer_service").get("/v1/follow-ups", params=params)

    assert world.problem(answer, 422) == ("invalid", [f"/query/{next(iter(params))}"])


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
        await world.flag(client_id)
    kit.now += timedelta(days=40)
    await world.run_timers()
    caller = kit.staff("auditor")

    rows = await world.rows("SELECT id, due_on FROM follow_up")
    assert len(rows) == 8
    for row in rows:
        why = (await caller.get(f"/v1/follow-ups/{row['id']}/why")).json()
        assert why["rule_due_on"] == why["due_on"] == str(row["due_on"])


async def test_why_of_a_day_that_a_person_chose_says_so(kit: ServiceKit, world: Any) -> None:
    follow_up = await world.request_follow_up(await world.client())

    why = (await kit.staff("auditor").get(f"/v1/follow-ups/{follow_up['id']}/why")).json()

    assert (why["reason"], why["basis_on"], why["rule_due_on"]) == ("requested", None, None)
