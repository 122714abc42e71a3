"""Keeps the facts of other services' events that bear on whether a client leaves."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.signals import queries, rules, service
from complaints.signals.rules import Trouble
from shared.clock import business_date
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.client_profile import (
    ClientAssigned,
    ClientClosed,
    ClientRegistered,
    DealingReversed,
    ProductLiquidated,
    ProductRegraded,
    RedemptionConfirmed,
    ServiceClassChanged,
    SubscriptionConfirmed,
)
from shared.events.interaction_log import InteractionCorrected, InteractionRecorded
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.events.products import ProductExtended, ProductPaymentDelayed


async def keep_contacts(
    session: AsyncSession, run: Sequence[Received[InteractionRecorded | InteractionCorrected]]
) -> None:
    """Keep when clients were reached."""
    touched = await queries.keep_contacts(session, [_contact(one) for one in run])
    await service.mark_changed(session, touched)


async def keep_subscriptions(session: AsyncSession, run: list[Received[SubscriptionConfirmed]]) -> None:
    """Keep what clients put in."""
    await _keep_flows(session, [_flow(one.event, "subscription") for one in run])


async def keep_redemptions(session: AsyncSession, run: list[Received[RedemptionConfirmed]]) -> None:
    """Keep what clients took out."""
    await _keep_flows(session, [_flow(one.event, "redemption") for one in run])


async def keep_reversals(session: AsyncSession, run: list[Received[DealingReversed]]) -> None:
    """Keep that dealings count as if they had never been; a distribution is no flow."""
    rows = [
        _flow(one.event, one.event.original_kind) | {"dealing_id": one.event.original_dealing_id, "is_reversed": True}
        for one in run
        if one.event.original_kind != "distribution"
    ]
    if rows:
        await _keep_flows(session, rows)


async def keep_troubles(
    session: AsyncSession, run: Sequence[Received[ProductPaymentDelayed | ProductExtended | ProductRegraded]]
) -> None:
    """Keep what happened to plans and have their holders assessed; a grade that fell is no trouble."""
    rows: list[dict[str, Any]] = [
        {"product_id": one.event.product_id, "trouble": trouble, "happened_on": business_date(one.event.occurred_at)}
        for one in run
        if (trouble := _trouble(one.event)) is not None
    ]
    if rows:
        await queries.keep_troubles(session, rows)
        await service.mark_holders_changed(session, [row["product_id"] for row in rows])


async def keep_wound_up(session: AsyncSession, run: Sequence[Received[ProductLiquidated]]) -> None:
    """Keep that plans were wound up, which ends their trouble."""
    rows: list[dict[str, Any]] = [
        {"product_id": one.event.product_id, "wound_up_on": business_date(one.event.occurred_at)} for one in run
    ]
    await queries.keep_wound_up(session, rows)
    await service.mark_holders_changed(session, [row["product_id"] for row in rows])


async def keep_manager_changes(session: AsyncSession, run: list[Received[ClientAssigned]]) -> None:
    """Keep when another manager took over a client; the same one in another unit is no other."""
    changes = [one.event for one in run if one.event.previous_manager_id not in (None, one.event.manager_id)]
    rows = [{"client_id": event.client_id, "changed_at": event.occurred_at} for event in changes]
    await queries.keep_manager_changes(session, rows)
    await service.mark_changed(session, [event.client_id for event in changes])


async def mark_clients(
    session: AsyncSession, run: Sequence[Received[ClientRegistered | ServiceClassChanged | ClientClosed]]
) -> None:
    """Have clients assessed who came, left, or got another service class, hence another contact rhythm."""
    await service.mark_changed(session, [one.event.client_id for one in run])


async def mark_merged(session: AsyncSession, run: list[Received[ClientMerged | ClientUnmerged]]) -> None:
    """Have both clients assessed: what is known of the merged one counts for the other, or no longer."""
    facts = [one.event for one in run]
    await service.mark_changed(
        session, [id_ for event in facts for id_ in (event.merged_client_id, event.surviving_client_id)]
    )


async def _keep_flows(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    await queries.keep_flows(session, rows)
    await service.mark_changed(session, [row["client_id"] for row in rows])


def _contact(received: Received[InteractionRecorded | InteractionCorrected]) -> dict[str, Any]:
    event = received.event
    return {
        "interaction_id": event.interaction_id,
        "client_id": event.client_id,
        "began_on": business_date(event.occurred_at),
        "is_reached": event.is_reached,
        "staff_id": event.staff_id,
        "told_version": received.aggregate_version,
    }


def _flow(event: SubscriptionConfirmed | RedemptionConfirmed | DealingReversed, kind: str) -> dict[str, Any]:
    return {
        "dealing_id": event.dealing_id,
        "client_id": event.client_id,
        "confirmed_on": event.confirmed_on,
        "applied_on": event.applied_on,
        "amount": rules.flow_fen(kind, event.amount.fen),
        "is_reversed": False,
        "product_id": event.product_id,
        "original_dealing_id": event.original_dealing_id if isinstance(event, RedemptionConfirmed) else None,
        "is_full": event.is_full if isinstance(event, RedemptionConfirmed) else None,
    }


def _trouble(event: ProductPaymentDelayed | ProductExtended | ProductRegraded) -> Trouble | None:
    if isinstance(event, ProductRegraded):
        return Trouble.GRADE_ROSE if rules.has_risen(event.previous, event.grade) else None
    return Trouble.EXTENDED if isinstance(event, ProductExtended) else Trouble.PAYMENT_DELAYED


HANDLERS: Handlers = {
    InteractionRecorded: projection(keep_contacts, batch=True),
    InteractionCorrected: projection(keep_contacts, batch=True),
    SubscriptionConfirmed: projection(keep_subscriptions, batch=True),
    RedemptionConfirmed: projection(keep_redemptions, batch=True),
    DealingReversed: projection(keep_reversals, batch=True),
    ProductPaymentDelayed: projection(keep_troubles, batch=True),
    ProductExtended: projection(keep_troubles, batch=True),
    ProductRegraded: projection(keep_troubles, batch=True),
    ProductLiquidated: projection(keep_wound_up, batch=True),
    ClientAssigned: projection(keep_manager_changes, batch=True),
    ClientRegistered: projection(mark_clients, batch=True),
    ServiceClassChanged: projection(mark_clients, batch=True),
    ClientClosed: projection(mark_clients, batch=True),
    ClientMerged: projection(mark_merged, batch=True),
    ClientUnmerged: projection(mark_merged, batch=True),
}
