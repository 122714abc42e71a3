"""The local copy of clients and staff: every handler twice and in any order gives the same rows."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    ServiceClassChanged,
    StaffJoined,
    StaffLeft,
    StaffMoved,
)
from shared.events.interaction_log import InteractionRecorded
from shared.ids import new_id

UNIT = UUID(int=1)


async def deliver_to(kit: Any, *received: Received[Event]) -> None:
    async with kit.database.transaction() as session:
        await deliver(session, HANDLERS, received)


async def rows(kit: Any, table: str, order: str) -> list[tuple[Any, ...]]:
    async with kit.database.session() as session:
        return [tuple(row) for row in await session.execute(text(f"SELECT * FROM {table} ORDER BY {order}"))]


def told(kit: Any, event: Event, version: int) -> Received[Event]:
    return replace(kit.received(event), aggregate_version=version)


def client_events(kit: Any, client_id: UUID, channel_id: UUID) -> list[Received[Event]]:
    at, managers = kit.now, [UUID(int=10), UUID(int=11)]
    contact = InteractionRecorded(
        occurred_at=at + timedelta(days=1),
        interaction_id=UUID(int=5),
        client_id=client_id,
        kind="call",
        direction="outbound",
        is_reached=True,
    )
    return [
        told(kit, ClientRegistered(occurred_at=at, client_id=client_id, kind="person", channel_id=channel_id), 1),
        told(kit, ClientAssigned(occurred_at=at, client_id=client_id, manager_id=managers[0], unit_id=UNIT), 2),
        told(
            kit,
            ClientAssigned(
                occurred_at=at,  # the same instant: the version decides
                client_id=client_id,
                manager_id=managers[1],
                unit_id=UNIT,
                previous_manager_id=managers[0],
            ),
            3,
        ),
        told(kit, ServiceClassChanged(occurred_at=at, client_id=client_id, service_class="B", rule_version="1"), 4),
        told(
            kit,
            ServiceClassChanged(
                occurred_at=at + timedelta(days=2), client_id=client_id, service_class="A", rule_version="1"
            ),
            5,
        ),
        told(kit, contact, 1),
    ]


async def test_clients_are_the_same_in_any_order(kit: Any) -> None:
    client_id, channel_id = new_id(), new_id()
    events = client_events(kit, client_id, channel_id)
    expected = None
    for number, order in enumerate(permutations(events)):
        if number % 97:
            continue
        await kit.reset()
        for received in order:
            await deliver_to(kit, received)
        found = await rows(kit, "client_stub", "id"), await rows(kit, "client_channel", "client_id")
        expected = expected or found
        assert found == expected

    (stub,), (link,) = expected
    assert stub[0] == client_id
    assert {UUID(int=11), UNIT, "A"} <= set(stub)
    assert link == (client_id, channel_id)


async def test_clients_told_twice_or_in_one_batch_are_the_same(kit: Any) -> None:
    events = client_events(kit, UUID(int=77), UUID(int=78))
    await deliver_to(kit, *events)
    once = await rows(kit, "client_stub", "id"), await rows(kit, "client_channel", "client_id")

    await deliver_to(kit, *events)

    assert (await rows(kit, "client_stub", "id"), await rows(kit, "client_channel", "client_id")) == once


async def test_a_client_only_spoken_with_is_a_stub_that_waits(kit: Any) -> None:
    event = InteractionRecorded(
        occurred_at=kit.now,
        interaction_id=new_id(),
        client_id=new_id(),
        kind="call",
        direction="inbound",
        is_reached=True,
    )
    await kit.receive(HANDLERS, event)
    kit.now += timedelta(hours=2)

    found = (await kit.staff("admin").get("/v1/unconfirmed-clients")).json()["items"]

    assert [one["id"] for one in found] == [str(event.client_id)]


async def test_closing_is_kept(kit: Any) -> None:
    client_id = new_id()
    await kit.receive(HANDLERS, ClientClosed(occurred_at=kit.now, client_id=client_id, reason="client_request"))

    (stub,) = await rows(kit, "client_stub", "id")
    assert kit.now in stub


async def test_staff_are_the_same_in_any_order(kit: Any) -> None:
    staff_id, at = new_id(), kit.now
    path = [UNIT]
    events = [
        told(kit, StaffJoined(occurred_at=at, staff_id=staff_id, unit_id=UNIT, unit_path=path, roles=["a"]), 1),
        told(kit, StaffMoved(occurred_at=at, staff_id=staff_id, unit_id=UUID(int=2), unit_path=path, roles=["b"]), 2),
        told(kit, StaffLeft(occurred_at=at + timedelta(days=1), staff_id=staff_id), 3),
    ]
    found = []
    for order in permutations(events):
        await kit.reset()
        for received in (*order, *order):
            await deliver_to(kit, received)
        found.append(await rows(kit, "staff_stub", "id"))

    assert all(one == found[0] for one in found)
    ((_, unit, roles, _, _, left_at, kept_path),) = found[0]
    assert kept_path == path
    assert (unit, roles, left_at) == (UUID(int=2), ["b"], at + timedelta(days=1))
