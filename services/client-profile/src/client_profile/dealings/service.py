from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.tables import Client
from client_profile.dealings import queries, rules
from client_profile.dealings.rules import DealingKind, NewDealing
from client_profile.dealings.schemas import DealingRead, HoldingRead, HoldingsRead
from client_profile.dealings.tables import Dealing
from client_profile.service_class import service as service_class
from shared.audit import trail
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.client_profile import (
    DealingReversed,
    DistributionPaid,
    RedemptionConfirmed,
    SubscriptionConfirmed,
)
from shared.http.callers import Actor
from shared.money import Money

#: Origin of what is confirmed here and not in another system.
HOUSE = "house"


async def locked(session: AsyncSession, dealing_id: UUID, actor: Actor) -> tuple[Dealing, Client]:
    """Return a dealing and its client, both locked, the client first.

    Raises:
        NotFound: no dealing within the actor's reach has this id.
    """
    dealing = await queries.get_dealing(session, dealing_id, actor)
    client = await clients.lock(session, dealing.client_id)
    return await queries.locked(session, dealing), client


async def reverse(session: AsyncSession, dealing_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Dealing:
    """Take back a confirmed dealing that was entered wrongly (冲正), with the reason in the audit trail.

    Raises:
        NotFound: no dealing within the actor's reach has this id.
        DealingStateForbids: it is not confirmed.
        HasRedemptions: redemptions or distributions of it are confirmed.
    """
    dealing, client = await locked(session, dealing_id, actor)
    dealing.status = rules.next_status(dealing.status, "reverse")
    followers = await queries.count_followers(session, dealing.id)
    if followers:
        raise rules.HasRedemptions("Reverse the dealings that follow from this one first.", dealings=followers)
    event = DealingReversed(
        occurred_at=now, original_dealing_id=dealing.id, original_kind=dealing.kind, **_facts(dealing)
    )
    await outbox.record(session, dealing, event)
    await trail.record(session, "dealing.reversed", kind="dealing", id=dealing.id, reason=reason)
    await classify(session, {client.id: client}, now=now)
    return dealing


async def keep(
    session: AsyncSession,
    known: Mapping[UUID, Client],
    dealings: Sequence[tuple[NewDealing, Event]],
    *,
    now: datetime,
) -> list[Dealing]:
    """Write confirmed dealings with their events, and class their clients anew; `known` are the clients, locked."""
    written = await queries.insert(session, [dealing for dealing, _ in dealings])
    await outbox.record_inserted(session, [(dealing.id, dealing.event_key, event) for dealing, event in dealings])
    await classify(session, known, now=now)
    return list(written.values())


async def classify(session: AsyncSession, known: Mapping[UUID, Client], *, now: datetime) -> None:
    """Class clients, locked, anew by all their confirmed dealings."""
    await session.flush()
    await service_class.refresh(session, known, await queries.flows(session, known), now=now)


def confirmation(dealing: Dealing | NewDealing, *, now: datetime, is_full: bool = False) -> Event:
    """Return the event that tells a confirmed dealing; `is_full` if a redemption leaves nothing."""
    if dealing.kind is DealingKind.SUBSCRIPTION:
        return SubscriptionConfirmed(occurred_at=now, **_facts(dealing))
    if dealing.kind is DealingKind.DISTRIBUTION:
        return DistributionPaid(occurred_at=now, **_facts(dealing))
    return RedemptionConfirmed.model_validate(
        {
            "occurred_at": now,
            "original_dealing_id": dealing.original_dealing_id,
            "is_full": is_full,
            **_facts(dealing),
        }
    )


def read(dealing: Dealing) -> DealingRead:
    """Return a dealing as callers see it."""
    return DealingRead.model_validate({**dealing.model_dump(), "amount": Money.from_fen(dealing.amount_fen)})


async def holdings(session: AsyncSession, client_id: UUID, *, on: date) -> HoldingsRead:
    """Return what a client held at the end of `on`, computed from the dealings confirmed until then."""
    rows = await queries.list_holdings(session, client_id, on)
    return HoldingsRead(
        client_id=client_id,
        on=on,
        holdings=[
            HoldingRead(
                product_id=row.product_id,
                units=row.units,
                subscribed=Money.from_fen(int(row.subscribed)),
                left=Money.from_fen(int(row.left)),
                distributed=Money.from_fen(int(row.distributed)),
            )
            for row in rows
        ],
        aum=Money.from_fen(sum(int(row.left) for row in rows)),
    )


def _facts(dealing: Dealing | NewDealing) -> dict[str, Any]:
    return {
        "dealing_id": dealing.id,
        "client_id": dealing.client_id,
        "confirmation_number": dealing.confirmation_number,
        "product_id": dealing.product_id,
        "share_class": dealing.share_class,
        "amount": Money.from_fen(dealing.amount_fen),
        "units": None if dealing.units is None else f"{dealing.units:.4f}",
        "net_value": None if dealing.net_value is None else f"{dealing.net_value:.4f}",
        "applied_on": dealing.applied_on,
        "confirmed_on": dealing.confirmed_on,
        "channel_id": dealing.channel_id,
    }
