"""Keeps the local copy of clients and staff; the same in whatever order events of different topics arrive."""

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
from shared.events.complaints import ComplaintClosed
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.events.risk import ClientCleared, ClientFlagged

_ClientEvent = (
    ClientRegistered | ClientActivated | ClientSuspended | ClientClosed | ClientAssigned | ServiceClassChanged
)


async def keep_clients(session: AsyncSession, run: list[Received[_ClientEvent]]) -> None:
    """Keep what client-profile tells of clients: whether they are active, whose they are, their class."""
    await queries.hear_of(session, [{"client_id": one.event.client_id, "at": one.event.occurred_at} for one in run])
    registered, activated, status, assigned, classified = [], [], {}, {}, {}
    for one in sorted(run, key=lambda received: received.aggregate_version):
        event, told = one.event, {"client_id": one.event.client_id, "version": one.aggregate_version}
        match event:
            case ClientRegistered():
                registered.append({**told, "at": event.occurred_at})
            case ClientAssigned():
                assigned[event.client_id] = {**told, "manager_id": event.manager_id, "unit_id": event.unit_id}
            case ServiceClassChanged():
                classified[event.client_id] = {**told, "service_class": event.service_class}
            case ClientActivated():
                activated.append({**told, "at": event.occurred_at})
                status[event.client_id] = {**told, "is_active": True}
            case ClientSuspended() | ClientClosed():
                status[event.client_id] = {**told, "is_active": False}
    await queries.register(session, registered)
    await queries.keep_activations(session, activated)
    await queries.set_status(session, list(status.values()))
    await queries.assign(session, list(assigned.values()))
    await queries.classify(session, list(classified.values()))


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


async def plan_merged(session: AsyncSession, run: list[Received[ClientMerged | ClientUnmerged]]) -> None:
    """Have the follow-ups of both clients planned anew, since the merged one's rhythm ends or begins again."""
    heard = [
        {"client_id": client_id, "at": one.event.occurred_at}
        for one in run
        for client_id in (one.event.merged_client_id, one.event.surviving_client_id)
    ]
    await queries.hear_of(session, heard)
    both = {id_ for one in run for id_ in (one.event.merged_client_id, one.event.surviving_client_id)}
    await queries.mark_unplanned(session, both)


async def place_staff(session: AsyncSession, received: Received[StaffJoined] | Received[StaffMoved]) -> None:
    """Keep a staff member's unit, with those above it, and roles."""
    event = received.event
    row = {"staff_id": event.staff_id, "unit_id": event.unit_id, "unit_path": event.unit_path, "roles": event.roles}
    await queries.place(session, {**row, "version": received.aggregate_version})


async def leave(session: AsyncSession, received: Received[StaffLeft]) -> None:
    """Keep that a staff member left."""
    await queries.leave(session, received.event.staff_id, received.event.occurred_at)


async def lock_clients(session: AsyncSession, batch: list[Received[Event]]) -> None:
    """Lock the clients a batch will touch in one sorted statement, so that batches and bulk calls do not deadlock."""
    touching = (_ClientEvent, ComplaintClosed, ClientFlagged, ClientCleared)
    ids = {one.event.client_id for one in batch if isinstance(one.event, touching)}
    for one in batch:
        if isinstance(one.event, ClientMerged | ClientUnmerged):
            ids |= {one.event.merged_client_id, one.event.surviving_client_id}
    await queries.lock(session, [client_id for client_id in ids if client_id is not None])


# One handler for all of a client's events, so that a batch of them is one run however they are mixed.
_KEEP_CLIENTS = projection(keep_clients, batch=True)

HANDLERS: Handlers = {
    ClientRegistered: _KEEP_CLIENTS,
    ClientActivated: _KEEP_CLIENTS,
    ClientSuspended: _KEEP_CLIENTS,
    ClientClosed: _KEEP_CLIENTS,
    ClientAssigned: _KEEP_CLIENTS,
    ServiceClassChanged: _KEEP_CLIENTS,
    ClientMerged: projection(plan_merged, batch=True),
    ClientUnmerged: projection(plan_merged, batch=True),
    ComplaintClosed: projection(keep_closed_complaints, batch=True),
    StaffJoined: projection(place_staff),
    StaffMoved: projection(place_staff),
    StaffLeft: projection(leave),
}
