"""Follow-ups that events ask for: clients at risk and closed complaints, for whoever leads the client's unit."""

import dataclasses
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from shared.events.client_profile import ClientActivated, ClientAssigned, StaffJoined, StaffLeft, StaffMoved
from shared.events.complaints import ComplaintClosed
from shared.events.risk import ClientCleared, ClientFlagged
from shared.ids import new_id
from shared.testing.service import ServiceKit

TODAY = date(2026, 3, 2)
LEAD, MANAGER = "team_lead", "relationship_manager"


def flagged(kit: ServiceKit, client_id: UUID) -> ClientFlagged:
    return ClientFlagged(
        occurred_at=kit.now,
        client_id=client_id,
        level="high",
        score=60,
        reasons=["overdue_complaint"],
        rule_version="risk.points@2026-01-01",
    )


def cleared(kit: ServiceKit, client_id: UUID) -> ClientCleared:
    return ClientCleared(
        occurred_at=kit.now,
        client_id=client_id,
        level="low",
        score=10,
        reasons=[],
        rule_version="risk.points@2026-01-01",
    )


def closed(kit: ServiceKit, client_id: UUID | None) -> ComplaintClosed:
    return ComplaintClosed(occurred_at=kit.now, complaint_id=new_id(), client_id=client_id, root_cause="disclosure")


async def at_risk(world: Any, client_id: UUID) -> list[tuple[str, date, UUID | None]]:
    rows = await world.rows(
        "SELECT status, due_on, assignee_id FROM follow_up WHERE client_id = :id AND reason = 'at_risk' ORDER BY id",
        id=client_id,
    )
    return [(row["status"], row["due_on"], row["assignee_id"]) for row in rows]


async def test_a_flagged_client_goes_to_the_lead_of_its_unit_within_three_days(kit: ServiceKit, world: Any) -> None:
    team, house = new_id(), new_id()
    await world.staff(LEAD, unit_path=[house])
    manager_id = await world.staff(MANAGER, unit_path=[team, house])
    lead_id = await world.staff(LEAD, unit_path=[team, house])
    client_id = await world.client(manager_id=manager_id, unit_id=team)
    await world.forget_outbox()

    (event,) = await world.hear(flagged(kit, client_id))

    assert await at_risk(world, client_id) == [("scheduled", date(2026, 3, 5), lead_id)]
    ((_, payload),) = await kit.outbox()
    assert (payload["reason"], payload["assignee_id"]) == ("at_risk", str(lead_id))
    (row,) = await world.rows("SELECT headers FROM outbox")
    assert row["headers"]["ce_causationid"] == str(event.id)


async def test_a_manager_who_leads_the_team_does_not_get_the_own_clients_case(kit: ServiceKit, world: Any) -> None:
    team, house = new_id(), new_id()
    manager_id = await world.staff(LEAD, MANAGER, unit_path=[team, house])
    above = await world.staff(LEAD, unit_path=[house])
    client_id = await world.client(manager_id=manager_id, unit_id=team)

    await world.hear(flagged(kit, client_id))

    assert await at_risk(world, client_id) == [("scheduled", date(2026, 3, 5), above)]


async def test_the_same_event_twice_schedules_one_follow_up(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    event = world.received(flagged(kit, client_id))

    await world.deliver(event)
    await world.deliver(event)

    assert len(await at_risk(world, client_id)) == 1


async def test_a_lead_who_is_heard_of_later_gets_what_waited(kit: ServiceKit, world: Any) -> None:
    """The client, its manager and the lead become known after the flag, in this order."""
    client_id, team = new_id(), new_id()
    await world.hear(flagged(kit, client_id))
    unknown = await at_risk(world, client_id)

    await world.hear(ClientAssigned(occurred_at=kit.now, client_id=client_id, manager_id=new_id(), unit_id=team))
    await world.run_timers()
    without_lead = await at_risk(world, client_id)
    lead_id = await world.staff(LEAD, unit_path=[team])
    await world.run_timers()

    assert unknown == without_lead == [("scheduled", date(2026, 3, 5), None)]
    assert await at_risk(world, client_id) == [("scheduled", date(2026, 3, 5), lead_id)]
    scheduled = [payload for type_, payload in await kit.outbox() if type_.endswith("scheduled.v1")]
    assert [payload["assignee_id"] for payload in scheduled] == [None, str(lead_id)]


async def test_open_follow_ups_pass_on_when_leads_move_or_leave(kit: ServiceKit, world: Any) -> None:
    team, house = new_id(), new_id()
    first = await world.staff(LEAD, unit_path=[team, house])
    top = await world.staff(LEAD, unit_path=[house])
    client_id = await world.client(manager_id=new_id(), unit_id=team)
    await world.hear(flagged(kit, client_id))

    await world.hear(StaffLeft(occurred_at=kit.now, staff_id=first))
    await world.run_timers()
    after_leaving = await at_risk(world, client_id)
    await world.hear(
        StaffMoved(occurred_at=kit.now, staff_id=top, unit_id=house, unit_path=[house], roles=["executive"])
    )
    await world.run_timers()

    assert after_leaving[0][2] == top
    assert (await at_risk(world, client_id))[0][2] is None


async def test_what_a_leaver_promised_passes_to_the_manager_before_or_after_the_handover(
    kit: ServiceKit, world: Any
) -> None:
    unit, first, second = new_id(), new_id(), new_id()
    helped, own = await world.client(manager_id=second, unit_id=unit), await world.client(manager_id=first)
    for client_id in (helped, own):
        await world.request_follow_up(client_id, assignee_id=str(first))

    await world.hear(StaffLeft(occurred_at=kit.now, staff_id=first))
    await world.run_timers()
    after_leaving = await requested(world, helped, own)
    await world.hear(ClientAssigned(occurred_at=kit.now, client_id=own, manager_id=second, unit_id=unit))
    await world.run_timers()

    assert after_leaving == [second, first]
    assert await requested(world, helped, own) == [second, second]
    told = [payload for type_, payload in await kit.outbox() if type_.endswith("follow_up.scheduled.v1")]
    assert told[-1]["assignee_id"] == str(second)


async def requested(world: Any, *client_ids: UUID) -> list[UUID | None]:
    statement = "SELECT assignee_id FROM follow_up WHERE client_id = :id AND reason = 'requested'"
    return [(await world.rows(statement, id=client_id))[0]["assignee_id"] for client_id in client_ids]


async def test_a_cleared_client_has_its_open_at_risk_follow_up_canceled(kit: ServiceKit, world: Any) -> None:
    client_id, other_id = await world.client(manager_id=new_id()), await world.client()
    await world.hear(flagged(kit, client_id), flagged(kit, other_id))

    await world.hear(cleared(kit, client_id))

    assert await at_risk(world, client_id) == [("canceled", date(2026, 3, 5), None)]
    assert await at_risk(world, other_id) == [("scheduled", date(2026, 3, 5), None)]
    assert (await world.follow_ups(client_id))[0][:2] == ("rhythm", "scheduled")
    assert (await kit.events())[-1] == "follow_up.canceled"


async def test_what_was_done_stays_done_when_the_client_is_cleared(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    await world.hear(flagged(kit, client_id))
    (row,) = await world.rows("SELECT id FROM follow_up")
    answer = await kit.staff("customer_service").post(
        f"/v1/follow-ups/{row['id']}/complete", json={"note": "已与客户面谈"}
    )
    assert answer.status_code == 200

    await world.hear(cleared(kit, client_id))

    assert [status for status, *_ in await at_risk(world, client_id)] == ["completed"]


async def test_a_client_flagged_again_gets_another_follow_up(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()

    await world.hear(flagged(kit, client_id))
    await world.hear(cleared(kit, client_id))
    await world.hear(flagged(kit, client_id))

    assert [status for status, *_ in await at_risk(world, client_id)] == ["canceled", "scheduled"]


async def test_an_at_risk_follow_up_that_nobody_does_is_missed(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    await world.hear(flagged(kit, client_id))
    kit.now += timedelta(days=4)

    await world.run_timers()

    assert [status for status, *_ in await at_risk(world, client_id)] == ["missed"]


async def test_a_closed_complaint_brings_a_satisfaction_call_once(kit: ServiceKit, world: Any) -> None:
    team = new_id()
    lead_id = await world.staff(LEAD, unit_path=[team])
    client_id = await world.client(manager_id=new_id(), unit_id=team)

    (event,) = await world.hear(closed(kit, client_id))
    await world.run_timers()
    await world.deliver(dataclasses.replace(event))
    await world.run_timers()

    (call,) = await world.rows("SELECT * FROM follow_up WHERE reason = 'complaint_closed'")
    assert (call["due_on"], call["assignee_id"], call["caused_by"]) == (date(2026, 3, 9), lead_id, event.id)


async def test_complaints_closed_in_the_past_or_without_a_client_bring_no_call(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    past = closed(kit, client_id).model_copy(update={"occurred_at": kit.now - timedelta(days=8)})

    await world.hear(past, closed(kit, None))
    await world.run_timers()

    assert await world.follow_ups(client_id) == []


async def test_the_same_follow_ups_stand_in_whatever_order_topics_arrive(kit: ServiceKit, world: Any) -> None:
    """Clients, staff, risk and complaints in every order of the four topics, each topic in its own order."""
    for order in permutations(range(4)):
        client_id, team, house, manager_id, lead_id = (new_id() for _ in range(5))
        staff = [
            StaffJoined(
                occurred_at=kit.now, staff_id=manager_id, unit_id=team, unit_path=[team, house], roles=[MANAGER]
            ),
            StaffJoined(occurred_at=kit.now, staff_id=lead_id, unit_id=house, unit_path=[house], roles=[LEAD]),
        ]
        client = [
            ClientActivated(occurred_at=kit.now, client_id=client_id),
            ClientAssigned(occurred_at=kit.now, client_id=client_id, manager_id=manager_id, unit_id=team),
        ]
        risk = [flagged(kit, client_id), cleared(kit, client_id), flagged(kit, client_id)]
        complaints = [closed(kit, client_id)]

        for topic in order:
            await world.hear(*(staff, client, risk, complaints)[topic])
            await world.run_timers()

        open_ = await world.rows(
            "SELECT reason, due_on, assignee_id FROM follow_up"
            " WHERE client_id = :id AND status = 'scheduled' ORDER BY reason",
            id=client_id,
        )
        assert [tuple(row.values()) for row in open_] == [
            ("at_risk", date(2026, 3, 5), lead_id),
            ("complaint_closed", date(2026, 3, 9), lead_id),
            ("rhythm", date(2026, 8, 29), manager_id),
        ], order
