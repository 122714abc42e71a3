from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import get_client
from client_profile.clients.rules import ServiceClass, require_open
from client_profile.clients.tables import Client
from client_profile.service_class import queries, rules
from client_profile.service_class.rules import ClassRule, Override, Standing
from client_profile.service_class.schemas import OverrideCreate, OverrideRead, PendingDowngrade, ServiceClassWhy
from client_profile.service_class.tables import ClassStanding
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.client_profile import ServiceClassChanged
from shared.http.callers import Actor
from shared.money import Money
from shared.policy import PolicyRow

_RULE = "service_class.rule"
#: Dealings of one client: business date and fen, a redemption below zero, sorted by date.
Flows = Sequence[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Classed:
    """What is kept of a client's class: the rule's standing, and what was set by hand over it."""

    client_id: UUID
    standing: Standing
    override: Override | None

    @property
    def service_class(self) -> ServiceClass:
        """The class that counts."""
        return self.standing.service_class if self.override is None else self.override.service_class


async def refresh(
    session: AsyncSession, known: Mapping[UUID, Client], flows: Mapping[UUID, Flows], *, now: datetime
) -> None:
    """Class clients anew after their dealings changed, in the transaction of the change.

    Args:
        session: The caller's transaction.
        known: The clients, locked.
        flows: All confirmed dealings of each of them.
        now: The instant of the change.
    """
    today = business_date(now)
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    kept = await queries.find_standings(session, known)
    classed = [
        Classed(id_, rules.standing_on(flows.get(id_, ()), today, rule), _override(kept.get(id_), today))
        for id_ in known
    ]
    await _apply(session, known, classed, row, now=now)


async def review(session: AsyncSession, now: datetime, limit: int) -> int:
    """Take the steps down that reviews bring and end overrides that ran out; a timer."""
    today = business_date(now)
    known = {client.id: client for client in await queries.take_due(session, today, limit)}
    if not known:
        return 0
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    kept = await queries.find_standings(session, known)
    classed = [
        Classed(id_, rules.advanced(_standing(one), today, rule), _override(one, today)) for id_, one in kept.items()
    ]
    await _apply(session, known, classed, row, now=now)
    return len(known)


async def override(
    session: AsyncSession, client_id: UUID, wanted: OverrideCreate, *, actor: Actor, now: datetime
) -> None:
    """Set a client's class by hand until a day, with the reason in the audit trail.

    Raises:
        NotFound: no client within the actor's reach has this id.
        ClientIsClosed: it is closed.
        OverrideExpiryInvalid: the last day has passed already, or lies too far ahead.
    """
    today = business_date(now)
    client, classed, row = await _locked(session, client_id, actor, today)
    require_open(client.status)
    rules.require_expiry(wanted.expires_on, today, rules.class_rule(row.value).override_most_days)
    by_hand = Override(wanted.service_class, wanted.reason, actor.id, wanted.expires_on)
    facts = {"service_class": wanted.service_class.value, "expires_on": wanted.expires_on.isoformat()}
    await trail.record(
        session, "service_class.overridden", kind="client", id=client_id, reason=wanted.reason, facts=facts
    )
    await _apply(session, {client_id: client}, [replace(classed, override=by_hand)], row, now=now)


async def end_override(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Return a client to the class that the rule gives.

    Raises:
        NotFound: no client within the actor's reach has this id.
        NoOverride: the class is not overridden.
    """
    client, classed, row = await _locked(session, client_id, actor, business_date(now))
    if classed.override is None:
        raise rules.NoOverride("The service class of this client is not overridden.")
    await trail.record(session, "service_class.override_ended", kind="client", id=client_id)
    await _apply(session, {client_id: client}, [replace(classed, override=None)], row, now=now)


async def why(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> ServiceClassWhy:
    """Return a client's class and what it follows from, brought forward to today.

    Raises:
        NotFound: no client within the actor's reach has this id.
    """
    client, today = await get_client(session, client_id, actor), business_date(now)
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    classed = await _classed(session, client_id, today, rule)
    standing, by_hand = classed.standing, classed.override
    return ServiceClassWhy(
        client_id=client.id,
        service_class=classed.service_class,
        on=today,
        aum=Money.from_fen(standing.aum_fen),
        deserved_class=rules.deserved(standing.aum_fen, rule),
        computed_class=standing.service_class,
        thresholds={ServiceClass.A: Money.from_fen(rule.a_from_fen), ServiceClass.B: Money.from_fen(rule.b_from_fen)},
        rule_version=row.version,
        pending_downgrade=_pending(standing, rule),
        override=OverrideRead.model_validate(by_hand) if by_hand else None,
    )


async def _apply(
    session: AsyncSession, known: Mapping[UUID, Client], classed: Sequence[Classed], row: PolicyRow, *, now: datetime
) -> None:
    """Write standings and tell of every class that became another."""
    rule = rules.class_rule(row.value)
    await queries.keep(session, [_columns(one, rule, row.version) for one in classed])
    events: list[tuple[Client, Event]] = []
    for one in classed:
        client = known[one.client_id]
        if one.service_class is client.service_class:
            continue
        event = ServiceClassChanged(
            occurred_at=now,
            client_id=client.id,
            service_class=one.service_class,
            previous=client.service_class,
            rule_version=row.version,
        )
        client.service_class = one.service_class
        events.append((client, event))
    await outbox.record_many(session, events)


async def _locked(
    session: AsyncSession, client_id: UUID, actor: Actor, today: date
) -> tuple[Client, Classed, PolicyRow]:
    """Lock a client and return it with its class, brought forward to `today`, and the rule in force."""
    client = await clients.lock(session, client_id, actor)
    row = await policy.row(session, _RULE, on=today)
    return client, await _classed(session, client_id, today, rules.class_rule(row.value)), row


async def _classed(session: AsyncSession, client_id: UUID, today: date, rule: ClassRule) -> Classed:
    kept = (await queries.find_standings(session, [client_id])).get(client_id)
    standing = rules.advanced(_standing(kept), today, rule) if kept else rules.standing_on((), today, rule)
    return Classed(client_id, standing, _override(kept, today))


def _standing(kept: ClassStanding) -> Standing:
    return Standing(kept.computed_class, kept.aum_fen, kept.reviews_missed, kept.as_of)


def _override(kept: ClassStanding | None, today: date) -> Override | None:
    """Return the override that holds on `today`; a CHECK keeps its four columns together."""
    if kept is None or kept.override_until is None or kept.override_until < today:
        return None
    assert kept.override_class and kept.override_reason and kept.override_by  # noqa: S101, PT018  # says the CHECK
    return Override(kept.override_class, kept.override_reason, kept.override_by, kept.override_until)


def _columns(one: Classed, rule: ClassRule, rule_version: str) -> dict[str, Any]:
    standing, by_hand = one.standing, one.override
    return {
        "client_id": one.client_id,
        "computed_class": standing.service_class,
        "aum_fen": standing.aum_fen,
        "reviews_missed": standing.reviews_missed,
        "as_of": standing.as_of,
        "rule_version": rule_version,
        "review_due_on": rules.due_on(standing, by_hand, rule),
        "override_class": by_hand and by_hand.service_class,
        "override_reason": by_hand and by_hand.reason,
        "override_by": by_hand and by_hand.approved_by,
        "override_until": by_hand and by_hand.expires_on,
    }


def _pending(standing: Standing, rule: ClassRule) -> PendingDowngrade | None:
    lower = rules.pending(standing, rule)
    if lower is None:
        return None
    return PendingDowngrade(
        service_class=lower,
        reviews_missed=standing.reviews_missed,
        reviews_needed=rule.reviews_needed,
        next_review_on=rules.next_review(standing.as_of, rule.review_months),
    )
