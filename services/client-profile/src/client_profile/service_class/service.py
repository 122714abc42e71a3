from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.queries import get_client
from client_profile.clients.rules import ServiceClass, require_open
from client_profile.clients.tables import Client
from client_profile.service_class import queries, rules
from client_profile.service_class.rules import ClassRule, Standing
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
    standings = [
        _kept(kept.get(client_id), client_id, rules.standing_on(flows.get(client_id, ()), today, rule), rule, row)
        for client_id in known
    ]
    await _apply(session, known, standings, now=now)


async def review(session: AsyncSession, now: datetime, limit: int) -> int:
    """Take the steps down that reviews bring and end overrides that ran out; a timer."""
    today = business_date(now)
    known = {client.id: client for client in await queries.take_due(session, today, limit)}
    if not known:
        return 0
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    kept = await queries.find_standings(session, known)
    standings = [
        _kept(standing, client_id, rules.advanced(_standing(standing), today, rule), rule, row)
        for client_id, standing in kept.items()
    ]
    await _apply(session, known, standings, now=now)
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
    client, standing, rule = await _locked(session, client_id, actor, today)
    require_open(client.status)
    rules.require_expiry(wanted.expires_on, today, rule.override_most_days)
    standing.override_class, standing.override_until = wanted.service_class, wanted.expires_on
    standing.override_reason, standing.override_by = wanted.reason, actor.id
    standing.review_due_on = _due_on(standing, rule)
    facts = {"service_class": wanted.service_class.value, "expires_on": wanted.expires_on.isoformat()}
    await trail.record(
        session, "service_class.overridden", kind="client", id=client_id, reason=wanted.reason, facts=facts
    )
    await _apply(session, {client_id: client}, [standing], now=now)


async def end_override(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Return a client to the class that the rule gives.

    Raises:
        NotFound: no client within the actor's reach has this id.
        NoOverride: the class is not overridden.
    """
    client, standing, rule = await _locked(session, client_id, actor, business_date(now))
    if standing.override_class is None:
        raise rules.NoOverride("The service class of this client is not overridden.")
    _without_override(standing)
    standing.review_due_on = _due_on(standing, rule)
    await trail.record(session, "service_class.override_ended", kind="client", id=client_id)
    await _apply(session, {client_id: client}, [standing], now=now)


async def why(session: AsyncSession, client_id: UUID, *, actor: Actor, now: datetime) -> ServiceClassWhy:
    """Return a client's class and what it follows from, brought forward to today.

    Raises:
        NotFound: no client within the actor's reach has this id.
    """
    client, today = await get_client(session, client_id, actor), business_date(now)
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    kept = (await queries.find_standings(session, [client_id])).get(client_id)
    standing = rules.advanced(_standing(kept), today, rule) if kept else rules.standing_on((), today, rule)
    override_read = _override(kept, today)
    return ServiceClassWhy(
        client_id=client.id,
        service_class=override_read.service_class if override_read else standing.service_class,
        on=today,
        aum=Money.from_fen(standing.aum_fen),
        deserved_class=rules.deserved(standing.aum_fen, rule),
        computed_class=standing.service_class,
        thresholds={ServiceClass.A: Money.from_fen(rule.a_from_fen), ServiceClass.B: Money.from_fen(rule.b_from_fen)},
        rule_version=row.version,
        pending_downgrade=_pending(standing, rule),
        override=override_read,
    )


async def _apply(
    session: AsyncSession, known: Mapping[UUID, Client], standings: Sequence[ClassStanding], *, now: datetime
) -> None:
    """Write standings and tell of every class that became another."""
    await queries.keep(session, standings)
    events: list[tuple[Client, Event]] = []
    for standing in standings:
        client, service_class = known[standing.client_id], standing.override_class or standing.computed_class
        if service_class is client.service_class:
            continue
        event = ServiceClassChanged(
            occurred_at=now,
            client_id=client.id,
            service_class=service_class,
            previous=client.service_class,
            rule_version=standing.rule_version,
        )
        client.service_class = service_class
        events.append((client, event))
    await outbox.record_many(session, events)


async def _locked(
    session: AsyncSession, client_id: UUID, actor: Actor, today: date
) -> tuple[Client, ClassStanding, ClassRule]:
    """Lock a client and return it with its standing, brought forward to `today`, and the rule."""
    client = await clients.lock(session, client_id, actor)
    row = await policy.row(session, _RULE, on=today)
    rule = rules.class_rule(row.value)
    kept = (await queries.find_standings(session, [client_id])).get(client_id)
    standing = rules.advanced(_standing(kept), today, rule) if kept else rules.standing_on((), today, rule)
    return client, _kept(kept, client_id, standing, rule, row), rule


def _standing(kept: ClassStanding) -> Standing:
    return Standing(kept.computed_class, kept.aum_fen, kept.reviews_missed, kept.as_of)


def _kept(
    kept: ClassStanding | None, client_id: UUID, standing: Standing, rule: ClassRule, row: PolicyRow
) -> ClassStanding:
    """Return the row of a standing; an override that has not run out stays."""
    made = ClassStanding(
        client_id=client_id,
        computed_class=standing.service_class,
        aum_fen=standing.aum_fen,
        reviews_missed=standing.reviews_missed,
        as_of=standing.as_of,
        rule_version=row.version,
    )
    if kept is not None and kept.override_until is not None and kept.override_until >= standing.as_of:
        made.override_class, made.override_until = kept.override_class, kept.override_until
        made.override_reason, made.override_by = kept.override_reason, kept.override_by
    made.review_due_on = _due_on(made, rule)
    return made


def _due_on(standing: ClassStanding, rule: ClassRule) -> date | None:
    days = []
    if rules.pending(_standing(standing), rule) is not None:
        days.append(rules.next_review(standing.as_of, rule.review_months))
    if standing.override_until is not None:
        days.append(standing.override_until + timedelta(days=1))
    return min(days, default=None)


def _without_override(standing: ClassStanding) -> None:
    standing.override_class = standing.override_until = None
    standing.override_reason = standing.override_by = None


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


def _override(kept: ClassStanding | None, today: date) -> OverrideRead | None:
    if kept is None or kept.override_until is None or kept.override_until < today:
        return None
    return OverrideRead.model_validate(
        {
            "service_class": kept.override_class,
            "reason": kept.override_reason,
            "approved_by": kept.override_by,
            "expires_on": kept.override_until,
        }
    )
