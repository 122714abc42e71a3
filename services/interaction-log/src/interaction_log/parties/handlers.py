"""Keeps the local copy of clients and staff; the same in whatever order events of different topics arrive."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from interaction_log.parties import queries
from shared.clock import business_date
from shared.delivery.handlers import Handlers, projection
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
from shared.events.complaints import ClientCleared, ClientFlagged, ComplaintClosed

_ClientEvent = (
    ClientRegistered | ClientActivated | ClientSuspended | ClientClosed | ClientAssigned | ServiceClassChanged
)


async def add_clients(session: AsyncSession, run: list[Received[ClientRegistered]]) -> None:
    """Confirm clients."""
    rows = await _heard_of(session, run)
    await queries.register(session, rows)


async def activate(session: AsyncSession, run: list[Received[ClientActivated]]) -> None:
    """Keep that clients are active, and since when at first."""
    rows = [{**row, "is_active": True} for row in await _heard_of(session, run)]
    await queries.set_status(session, rows)
    await queries.keep_activation(session, rows)


async def deactivate(session: AsyncSession, run: list[Received[ClientSuspended | ClientClosed]]) -> None:
    """Keep that clients are suspended or closed."""
    rows = [{**row, "is_active": False} for row in await _heard_of(session, run)]
    await queries.set_status(session, rows)


async def assign(session: AsyncSession, run: list[Received[ClientAssigned]]) -> None:
    """Keep who manages the clients and in which unit."""
    told = await _heard_of(session, run)
    rows = [
        {**row, "manager_id": one.event.manager_id, "unit_id": one.event.unit_id}
        for row, one in zip(told, run, strict=True)
    ]
    await queries.assign(session, rows)


async def classify(session: AsyncSession, run: list[Received[ServiceClassChanged]]) -> None:
    """Keep the clients' service classes."""
    told = await _heard_of(session, run)
    rows = [{**row, "service_class": one.event.service_class} for row, one in zip(told, run, strict=True)]
    await queries.classify(session, rows)


async def keep_closed_complaints(session: AsyncSession, run: list[Received[ComplaintClosed]]) -> None:
    """Keep which complaint of a client was closed last."""
    rows = [
        {
            "client_id": one.event.client_id,
            "at": one.event.occurred_at,
            "closed_on": business_date(one.event.occurred_at),
            "event_id": one.id,
        }
        for one in run
        if one.event.client_id is not None
    ]
    if rows:
        await queries.hear_of(session, rows)
        await queries.keep_closed_complaints(session, rows)


async def place_staff(session: AsyncSession, received: Received[StaffJoined] | Received[StaffMoved]) -> None:
    """Keep a staff member's unit, with those above it, and roles."""
    event = received.event
    row = {"staff_id": event.staff_id, "unit_id": event.unit_id, "unit_path": event.unit_path, "roles": event.roles}
    await queries.place(session, {**row, "version": received.aggregate_version})


async def leave(session: AsyncSession, received: Received[StaffLeft]) -> None:
    """Keep that a staff member left."""
    await queries.leave(session, received.event.staff_id, received.event.occurred_at)


async def _heard_of(session: AsyncSession, run: Sequence[Received[_ClientEvent]]) -> list[dict[str, Any]]:
    rows = [
        {"client_id": one.event.client_id, "at": one.event.occurred_at, "version": one.aggregate_version} for one in run
    ]
    await queries.hear_of(session, rows)
    return rows


async def lock_clients(session: AsyncSession, batch: list[Received[Event]]) -> None:
    """Lock the clients a batch will touch in one sorted statement, so that batches and bulk calls do not deadlock."""
    touching = (_ClientEvent, ComplaintClosed, ClientFlagged, ClientCleared)
    ids = {one.event.client_id for one in batch if isinstance(one.event, touching)}
    await queries.lock(session, [client_id for client_id in ids if client_id is not None])


HANDLERS: Handlers = {
    ClientRegistered: projection(add_clients, batch=True),
    ClientActivated: projection(activate, batch=True),
    ClientSuspended: projection(deactivate, batch=True),
    ClientClosed: projection(deactivate, batch=True),
    ClientAssigned: projection(assign, batch=True),
    ServiceClassChanged: projection(classify, batch=True),
    ComplaintClosed: projection(keep_closed_complaints, batch=True),
    StaffJoined: projection(place_staff),
    StaffMoved: projection(place_staff),
    StaffLeft: projection(leave),
}
