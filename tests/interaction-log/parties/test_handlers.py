"""What is known of clients and staff is the same in whatever order and however often it is told."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from interaction_log.parties.handlers import lock_clients
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientActivated,
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    ClientSuspended,
    ServiceClassChanged,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.complaints import ComplaintClosed
from shared.ids import new_id
from shared.testing.service import ServiceKit

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
CLIENT, STAFF, UNIT, HOUSE = (UUID(int=n) for n in range(1, 5))


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def story() -> list[Event]:
    return [
        ClientRegistered(occurred_at=at(1), client_id=CLIENT, kind="person"),
        ClientActivated(occurred_at=at(2), client_id=CLIENT),
        ClientAssigned(occurred_at=at(3), client_id=CLIENT, manager_id=UUID(int=9), unit_id=HOUSE),
        ServiceClassChanged(occurred_at=at(4), client_id=CLIENT, service_class="B", rule_version="1"),
        ClientSuspended(occurred_at=at(5), client_id=CLIENT, reason="legal_freeze"),
        ClientAssigned(occurred_at=at(6), client_id=CLIENT, manager_id=STAFF, unit_id=UNIT),
        ClientActivated(occurred_at=at(7), client_id=CLIENT),
        ServiceClassChanged(occurred_at=at(8), client_id=CLIENT, service_class="A", previous="B", rule_version="1"),
        StaffJoined(occurred_at=at(0), staff_id=STAFF, unit_id=HOUSE, unit_path=[HOUSE], roles=["marketing"]),
        StaffMoved(occurred_at=at(9), staff_id=STAFF, unit_id=UNIT, unit_path=[UNIT, HOUSE], roles=["team_lead"]),
        StaffLeft(occurred_at=at(10), staff_id=STAFF),
        ComplaintClosed(occurred_at=at(11), complaint_id=UUID(int=21), client_id=CLIENT, root_cause="disclosure"),
        ComplaintClosed(occurred_at=at(3000), complaint_id=UUID(int=22), client_id=CLIENT, root_cause="disclosure"),
    ]


async def known(world: Any) -> str:
    return str(await world.rows("SELECT * FROM client_stub ORDER BY id")) + str(
        await world.rows("SELECT * FROM staff_stub ORDER BY id")
    )


async def test_what_is_known_does_not_depend_on_order_or_repeats(kit: ServiceKit, world: Any) -> None:
    told: list[Received[Event]] = [world.received(event) for event in story()]
    chance, found = random.Random(20260302), set()
    for _ in range(5):
        await kit.reset()
        for received in [*chance.sample(told, len(told)), *chance.sample(told, 4)]:
            await world.deliver(received)
        found.add(await known(world))
    await kit.reset()
    await world.deliver(*told)
    found.add(await known(world))

    assert len(found) == 1
    (client,) = await world.rows("SELECT * FROM client_stub")
    assert (client["manager_id"], client["unit_id"], client["service_class"]) == (STAFF, UNIT, "A")
    assert (client["is_active"], client["activated_at"], client["heard_at"]) == (True, at(2), at(1))
    (staff,) = await world.rows("SELECT * FROM staff_stub")
    assert (staff["unit_path"], staff["roles"], staff["left_at"]) == ([UNIT, HOUSE], ["team_lead"], at(10))


async def test_a_closed_client_is_not_active(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()

    await world.hear(ClientClosed(occurred_at=kit.now, client_id=client_id, reason="client_request"))

    (client,) = await world.rows("SELECT is_active FROM client_stub")
    assert client["is_active"] is False


async def test_a_record_of_a_client_comes_before_its_registration(kit: ServiceKit, world: Any) -> None:
    client_id = new_id()
    await world.record(client_id)
    before = await world.rows("SELECT registered_at, last_reached_at FROM client_stub")

    await world.hear(ClientRegistered(occurred_at=kit.now, client_id=client_id, kind="person"))

    assert before == [{"registered_at": None, "last_reached_at": kit.now}]
    assert await world.rows("SELECT registered_at, last_reached_at FROM client_stub") == [
        {"registered_at": kit.now, "last_reached_at": kit.now}
    ]


async def test_the_clients_of_a_batch_are_locked_before_it_is_handed_over(kit: ServiceKit, world: Any) -> None:
    client_id, other_id = await world.client(), await world.client()
    batch = [
        world.received(ClientActivated(occurred_at=kit.now, client_id=client_id)),
        world.received(StaffLeft(occurred_at=kit.now, staff_id=new_id())),
        world.received(ComplaintClosed(occurred_at=kit.now, complaint_id=new_id(), root_cause="disclosure")),
    ]

    async with kit.database.transaction() as session:
        await lock_clients(session, batch)
        free = await world.rows("SELECT id FROM client_stub FOR UPDATE SKIP LOCKED")

    assert free == [{"id": other_id}]
