"""Keeps the local copy of clients and staff; the same in whatever order events of different topics arrive."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.parties import queries
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.client_profile import (
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    DealingReversed,
    RedemptionConfirmed,
    ServiceClassChanged,
    StaffJoined,
    StaffLeft,
    StaffMoved,
    SubscriptionConfirmed,
)
from shared.events.interaction_log import InteractionCorrected, InteractionRecorded

#: Events that name a client; each makes its stub, so that none of them must come first.
ClientEvent = (
    ClientRegistered
    | ClientClosed
    | ClientAssigned
    | ServiceClassChanged
    | SubscriptionConfirmed
    | RedemptionConfirmed
    | DealingReversed
    | InteractionRecorded
    | InteractionCorrected
)


async def hear_of_clients(session: AsyncSession, run: Sequence[Received[ClientEvent]]) -> None:
    """Keep a stub of every client that an event names."""
    await queries.hear_of(session, [_told(one) for one in run])


async def confirm_clients(session: AsyncSession, run: list[Received[ClientRegistered]]) -> None:
    """Confirm clients and keep through which channel they came."""
    await queries.confirm(session, [_told(one) for one in run])
    await _link_channels(session, run)


async def close_clients(session: AsyncSession, run: list[Received[ClientClosed]]) -> None:
    """Keep that clients left."""
    await queries.close(session, [_told(one) for one in run])


async def assign_clients(session: AsyncSession, run: list[Received[ClientAssigned]]) -> None:
    """Keep who manages the clients and in which unit."""
    rows = [{**_told(one), "manager_id": one.event.manager_id, "unit_id": one.event.unit_id} for one in run]
    await queries.assign(session, rows)
    terms = [row | {"previous_id": one.event.previous_manager_id} for row, one in zip(rows, run, strict=True)]
    await queries.keep_terms(session, terms)


async def classify_clients(session: AsyncSession, run: list[Received[ServiceClassChanged]]) -> None:
    """Keep the clients' service classes."""
    await queries.classify(session, [{**_told(one), "service_class": one.event.service_class} for one in run])


async def link_sales(session: AsyncSession, run: list[Received[SubscriptionConfirmed]]) -> None:
    """Keep which channels sold to the clients, and what."""
    await _link_channels(session, run)
    sales = {(one.event.client_id, one.event.product_id, one.event.channel_id) for one in run if one.event.channel_id}
    names = ("client_id", "product_id", "channel_id")
    await queries.link_sales(session, [dict(zip(names, sale, strict=True)) for sale in sorted(sales)])


async def place_staff(session: AsyncSession, received: Received[StaffJoined | StaffMoved]) -> None:
    """Keep a staff member's unit and roles."""
    event = received.event
    row = {
        "staff_id": event.staff_id,
        "unit_id": event.unit_id,
        "unit_path": event.unit_path,
        "roles": event.roles,
    }
    await queries.place(session, {**row, "at": event.occurred_at, "version": received.aggregate_version})


async def leave(session: AsyncSession, received: Received[StaffLeft]) -> None:
    """Keep that a staff member left."""
    await queries.leave(session, received.event.staff_id, received.event.occurred_at)


async def _link_channels(
    session: AsyncSession, run: Sequence[Received[ClientRegistered | SubscriptionConfirmed]]
) -> None:
    links = {(one.event.client_id, one.event.channel_id) for one in run if one.event.channel_id}
    rows = [{"client_id": client_id, "channel_id": channel_id} for client_id, channel_id in sorted(links)]
    await queries.link_channels(session, rows)


def _told(received: Received[ClientEvent]) -> dict[str, Any]:
    event = received.event
    return {"client_id": event.client_id, "at": event.occurred_at, "version": received.aggregate_version}


_HEAR_OF = projection(hear_of_clients, batch=True)

HANDLERS: Handlers = {
    ClientRegistered: _HEAR_OF + projection(confirm_clients, batch=True),
    ClientClosed: _HEAR_OF + projection(close_clients, batch=True),
    ClientAssigned: _HEAR_OF + projection(assign_clients, batch=True),
    ServiceClassChanged: _HEAR_OF + projection(classify_clients, batch=True),
    SubscriptionConfirmed: _HEAR_OF + projection(link_sales, batch=True),
    RedemptionConfirmed: _HEAR_OF,
    DealingReversed: _HEAR_OF,
    InteractionRecorded: _HEAR_OF,
    InteractionCorrected: _HEAR_OF,
    StaffJoined: projection(place_staff),
    StaffMoved: projection(place_staff),
    StaffLeft: projection(leave),
}
