from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import Found
from client_profile.clients.tables import Client
from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import service as dealings
from client_profile.lifecycle import rules
from client_profile.lifecycle.rules import Command
from client_profile.lifecycle.schemas import Close, ScreeningCreate, Suspend
from client_profile.lifecycle.tables import Screening
from shared.audit import trail
from shared.delivery import outbox
from shared.events.client_profile import ClientActivated, ClientClosed, ClientSuspended
from shared.http.callers import Actor
from shared.ids import new_id


async def screen(
    session: AsyncSession, client_id: UUID, wanted: ScreeningCreate, *, actor: Actor, now: datetime
) -> Screening:
    """Keep the result of a screening; from now on it is the one that holds.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        CommandNotAllowed: the client is closed.
    """
    client = await clients.lock(session, client_id, actor)
    rules.require_screenable(client.status)
    screening = Screening(**screened(client, wanted, actor=actor, now=now))
    session.add(screening)
    facts = {"result": wanted.result, "list_version": wanted.list_version}
    await trail.record(session, "client.screened", kind="client", id=client.id, reason=wanted.note, facts=facts)
    await session.flush()
    return screening


def screened(client: Client, wanted: ScreeningCreate, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Make a screening the one that holds for a client, and return the columns of its `Screening`."""
    client.screening = wanted.result
    return {
        "id": new_id(),
        "client_id": client.id,
        "screened_by": actor.id,
        "screened_at": now,
        **wanted.model_dump(),
    }


async def activate(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> Found:
    """Let a registered or suspended client deal.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        SuspensionNotYours: the client is suspended and the caller is not of compliance.
        CommandNotAllowed: the client's status forbids it.
        ScreeningNotClear: no clear screening holds.
    """
    found = await clients.get_found(session, client_id, actor, for_update=True)
    client = found[0]
    rules.require_may_activate(client.status, actor.roles)
    event = activated(client, now=now)
    await trail.record(session, "client.activated", kind="client", id=client.id)
    await outbox.record(session, client, event)
    return found


def activated(client: Client, *, now: datetime) -> ClientActivated:
    """Make a client active and return the event of it; raises as `activate`."""
    client.status = rules.next_status(client.status, Command.ACTIVATE, screening=client.screening)
    client.activated_at, client.suspension_reason = client.activated_at or now, None
    return ClientActivated(occurred_at=now, client_id=client.id)


async def suspend(session: AsyncSession, client_id: UUID, wanted: Suspend, *, actor: Actor, now: datetime) -> Found:
    """Stop a client from dealing for a while.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        CommandNotAllowed: the client's status forbids it.
    """
    found = await clients.get_found(session, client_id, actor, for_update=True)
    client = found[0]
    client.status, client.suspension_reason = rules.next_status(client.status, Command.SUSPEND), wanted.reason
    await _note(session, client, "client.suspended", wanted)
    await outbox.record(session, client, ClientSuspended(occurred_at=now, client_id=client.id, reason=wanted.reason))
    return found


async def close(session: AsyncSession, client_id: UUID, wanted: Close, *, actor: Actor, now: datetime) -> Found:
    """End the relationship with a client for good.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        CommandNotAllowed: the client is closed already.
        ClientHasDealings: the client holds something or has a subscription under way.
    """
    found = await clients.get_found(session, client_id, actor, for_update=True)
    client = found[0]
    client.status = rules.next_status(client.status, Command.CLOSE)
    held = await dealings.holdings(session, client.id, on=date.max)
    rules.require_settled(
        holds_units=any(holding.left.fen for holding in held.holdings),
        has_open_dealings=await dealing_queries.has_open(session, client.id),
    )
    client.closed_at = now
    await _note(session, client, "client.closed", wanted)
    await outbox.record(session, client, ClientClosed(occurred_at=now, client_id=client.id, reason=wanted.reason))
    return found


async def _note(session: AsyncSession, client: Client, action: str, wanted: Suspend | Close) -> None:
    facts = {"reason": wanted.reason}
    await trail.record(session, action, kind="client", id=client.id, reason=wanted.note, facts=facts)
