"""The rhythm as a client lives it: planned, kept, missed, moved; always exactly one open follow-up of it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from interaction_log.worker import TIMERS
from shared.events.client_profile import (
    ClientActivated,
    ClientAssigned,
    ClientClosed,
    ClientSuspended,
    ServiceClassChanged,
)
from shared.ids import new_id
from shared.testing.service import ServiceKit
from shared.timers import run_due

TODAY = date(2026, 3, 2)


def due(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(("service_class", "days"), [("A", 30), ("B", 90), ("C", 180), (None, 180)])
async def test_an_active_client_with_a_manager_has_one_open_follow_up_by_its_class(
    kit: ServiceKit, world: Any, service_class: str | None, days: int
) -> None:
    manager_id = new_id()

    client_id = await world.client(manager_id=manager_id, service_class=service_class)

    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", due(days))]
    type_, payload = (await kit.outbox())[-1]
    assert type_ == "interaction-log.follow_up.scheduled.v1"
    assert (payload["assignee_id"], payload["due_on"], payload["reason"]) == (
        str(manager_id),
        str(due(days)),
        "rhythm",
    )


async def test_neither_an_inactive_client_nor_one_without_a_manager_has_a_rhythm(world: Any) -> None:
    assert await world.follow_ups(await world.client(is_active=False, manager_id=new_id())) == []
    assert await world.follow_ups(await world.client()) == []


async def test_a_reached_contact_completes_the_follow_up_and_plans_the_next(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)
    await world.forget_outbox()

    contact = await world.record(client_id)

    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(50))]
    assert await kit.events() == ["interaction.recorded", "follow_up.completed", "follow_up.scheduled"]
    done, following = await world.rows("SELECT * FROM follow_up ORDER BY id")
    assert str(done["interaction_id"]) == str(following["basis_interaction_id"]) == contact["id"]


async def test_unanswered_calls_do_not_move_the_day(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)

    await world.record(client_id, is_reached=False, outcome="no_answer")

    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", due(30))]


async def test_more_contacts_on_one_day_are_one_to_the_rhythm(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)

    for minutes in (0, 10, 20):
        await world.record(client_id, kind="wecom", started_at=(kit.now - timedelta(minutes=minutes)).isoformat())

    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(50))]


async def test_a_contact_recorded_late_counts_from_its_own_day(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    begun = kit.now + timedelta(days=10)
    kit.now += timedelta(days=20)

    await world.record(client_id, started_at=begun.isoformat())

    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(40))]


async def test_a_contact_of_the_time_before_moves_the_day_and_fulfills_nothing(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="B")

    await world.record(client_id, started_at=(kit.now - timedelta(days=10)).isoformat())

    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", due(80))]


async def test_a_correction_of_reach_plans_anew(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)
    contact = await world.record(client_id)

    answer = await kit.staff("customer_service").post(
        f"/v1/interactions/{contact['id']}/correct",
        json={"changes": {"is_reached": False}, "reason": "接听的是家人"},
        headers={"If-Match": '"1"'},
    )

    assert answer.status_code == 200
    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(30))]


async def test_a_contact_whose_day_is_corrected_counts_once(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=20)
    contact = await world.record(client_id)
    kit.now += timedelta(days=2)

    answer = await kit.staff("customer_service").post(
        f"/v1/interactions/{contact['id']}/correct",
        json={"changes": {"started_at": (kit.now - timedelta(days=1)).isoformat()}, "reason": "日期填错"},
        headers={"If-Match": '"1"'},
    )

    assert answer.status_code == 200
    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(51))]


async def test_a_class_change_plans_anew_from_the_same_contact(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="C")
    kit.now += timedelta(days=1)
    await world.record(client_id)
    await world.forget_outbox()

    for service_class in ("A", "A", "B"):
        await world.hear(
            ServiceClassChanged(occurred_at=kit.now, client_id=client_id, service_class=service_class, rule_version="1")
        )
        await world.run_timers()

    assert (await world.follow_ups(client_id))[-1] == ("rhythm", "scheduled", due(91))
    assert [payload["due_on"] for _, payload in await kit.outbox()] == [str(due(31)), str(due(91))]


async def test_a_new_manager_takes_the_open_follow_up_over(kit: ServiceKit, world: Any) -> None:
    client_id, successor = await world.client(manager_id=new_id()), new_id()
    await world.forget_outbox()

    await world.hear(ClientAssigned(occurred_at=kit.now, client_id=client_id, manager_id=successor, unit_id=new_id()))
    await world.run_timers()

    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", due(180))]
    ((type_, payload),) = await kit.outbox()
    assert (type_, payload["assignee_id"]) == ("interaction-log.follow_up.scheduled.v1", str(successor))


@pytest.mark.parametrize("event", [ClientSuspended, ClientClosed])
async def test_a_client_that_is_no_longer_active_has_its_rhythm_canceled(
    kit: ServiceKit, world: Any, event: Any
) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")

    await world.hear(event(occurred_at=kit.now, client_id=client_id, reason="client_request"))
    await world.run_timers()

    assert await world.follow_ups(client_id) == [("rhythm", "canceled", due(30))]
    assert (await kit.events())[-1] == "follow_up.canceled"


async def test_a_client_that_is_active_again_has_a_rhythm_again(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    await world.hear(ClientSuspended(occurred_at=kit.now, client_id=client_id, reason="legal_freeze"))
    await world.run_timers()
    kit.now += timedelta(days=60)

    await world.hear(ClientActivated(occurred_at=kit.now, client_id=client_id))
    await world.run_timers()

    assert (await world.follow_ups(client_id))[1:] == [("rhythm", "scheduled", due(74))]


async def test_a_day_that_passes_is_missed_once_and_the_next_is_planned(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    await world.forget_outbox()
    kit.now += timedelta(days=30)
    await world.run_timers()
    assert await kit.events() == []

    kit.now += timedelta(days=1)
    for _ in range(3):
        await world.run_timers()

    assert await world.follow_ups(client_id) == [("rhythm", "missed", due(30)), ("rhythm", "scheduled", due(45))]
    assert await kit.events() == ["follow_up.missed", "follow_up.scheduled"]


async def test_the_day_changes_at_midnight_in_shanghai(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    midnight = kit.now.replace(hour=16, minute=0) + timedelta(days=30)

    kit.now = midnight - timedelta(seconds=5)
    await world.run_timers()
    before = await world.follow_ups(client_id)
    kit.now = midnight + timedelta(seconds=5)
    await world.run_timers()

    assert [status for _, status, _ in before] == ["scheduled"]
    assert [status for _, status, _ in await world.follow_ups(client_id)] == ["missed", "scheduled"]


async def test_a_downtime_of_a_year_misses_one_follow_up_and_not_one_per_period(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=365)

    await world.run_timers()

    assert await world.follow_ups(client_id) == [("rhythm", "missed", due(30)), ("rhythm", "scheduled", due(379))]


async def test_workers_side_by_side_miss_each_follow_up_once(kit: ServiceKit, world: Any) -> None:
    clients = [await world.client(manager_id=new_id(), service_class="A") for _ in range(12)]
    await world.forget_outbox()
    kit.now += timedelta(days=31)

    await asyncio.gather(*(run_due(TIMERS[1], kit.database, clock=lambda: kit.now) for _ in range(4)))
    await world.run_timers()

    assert sorted(await kit.events()) == ["follow_up.missed"] * 12 + ["follow_up.scheduled"] * 12
    for client_id in clients:
        assert [status for _, status, _ in await world.follow_ups(client_id)] == ["missed", "scheduled"]


async def test_contacts_recorded_at_once_leave_one_open_follow_up(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A")
    kit.now += timedelta(days=3)
    callers = [kit.staff("customer_service") for _ in range(6)]

    await asyncio.gather(*(world.record(client_id, caller) for caller in callers), world.run_timers())

    assert await world.follow_ups(client_id) == [("rhythm", "completed", due(30)), ("rhythm", "scheduled", due(33))]


async def test_contacts_before_the_client_is_active_count_once_it_is(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client(manager_id=new_id(), service_class="A", is_active=False)
    await world.record(client_id)
    kit.now += timedelta(days=5)

    await world.hear(ClientActivated(occurred_at=kit.now, client_id=client_id))
    await world.run_timers()

    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", due(30))]
