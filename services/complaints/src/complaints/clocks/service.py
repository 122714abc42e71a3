from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import rules as case_rules
from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.clocks import queries, rules
from complaints.clocks.rules import Clock, Counting, Entry, EntryKind
from complaints.clocks.schemas import CausingEvent, ClockBreach, ClockInterval, ClockProof, ClockStep, Rule
from complaints.clocks.tables import ClockEntry
from complaints.signals import service as signals
from complaints.traits.rules import DECISION_DAYS, Regime
from shared import policy
from shared.clock import business_date
from shared.context import current_cause
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.complaints import ComplaintOverdue
from shared.http.callers import Actor
from shared.policy import PolicyRow

#: The columns of a `ClockEntry`; entries are written as rows, since imports bring thousands.
EntryRow = dict[str, Any]


async def limit_at_receipt(session: AsyncSession, received_on: date, regime: Regime) -> PolicyRow:
    """Return the policy row with the days for a complaint received on that day under that regime."""
    return await policy.row(session, DECISION_DAYS[regime], on=received_on)


async def limits_at_receipt(
    session: AsyncSession, received: Collection[tuple[Regime, date]]
) -> dict[tuple[Regime, date], PolicyRow]:
    """Return the policy row for each of many regimes and days of receipt."""
    found: dict[tuple[Regime, date], PolicyRow] = {}
    for regime in {regime for regime, _ in received}:
        days = {day for wanted, day in received if wanted is regime}
        rows = await policy.by_day(session, DECISION_DAYS[regime], days)
        found |= {(regime, day): row for day, row in rows.items()}
    return found


def started(complaint: Complaint, rule: PolicyRow, event: Event, *, version: int, now: datetime) -> EntryRow:
    """Return the first entry of a case's clock, made by its `event` of that version, for `keep`."""
    return entry_of(complaint, EntryKind.STARTED, complaint.received_on, event, version=version, now=now, rule=rule)


def stopped(complaint: Complaint, kind: EntryKind, on: date, event: Event, *, version: int, now: datetime) -> EntryRow:
    """Return the last entry of a case's clock: informed or withdrawn on that day, for `keep`."""
    return entry_of(complaint, kind, on, event, version=version, now=now)


def entry_of(
    complaint: Complaint,
    kind: EntryKind,
    on: date,
    event: Event,
    *,
    version: int,
    now: datetime,
    rule: PolicyRow | None = None,
    reason: str | None = None,
    complainant_told_on: date | None = None,
) -> EntryRow:
    """Return an entry of a case's clock, for `keep`; the case has the due date that follows already.

    Args:
        complaint: The case.
        kind: What happened.
        on: On which day (Asia/Shanghai).
        event: The event that tells of it.
        version: Version of the case in that event.
        now: When it is recorded.
        rule: The policy row of the days that hold from here on; None where the entry sets none.
        reason: Why, as the person said who recorded it.
        complainant_told_on: The day on which the complainant was told.
    """
    return {
        "complaint_id": complaint.id,
        "event_version": version,
        "event_type": event.type,
        "kind": kind,
        "happened_on": on,
        "recorded_at": now,
        "recorded_by": current_cause().actor,
        "limit_days": int(rule.value) if rule else None,
        "rule_version": rule.version if rule else None,
        "rule_source": rule.source if rule else None,
        "due_on": complaint.due_on,
        "reason": reason,
        "complainant_told_on": complainant_told_on,
    }


async def keep(session: AsyncSession, entries: Sequence[EntryRow]) -> None:
    """Write entries of clocks, of cases that are written already; they are never changed."""
    await queries.insert_entries(session, entries)


async def history(session: AsyncSession, complaint_id: UUID) -> list[Entry]:
    """Return what happened to a case's clock, in the order it was recorded."""
    return [_value(entry) for entry in await queries.list_entries(session, complaint_id)]


async def proof(session: AsyncSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> ClockProof:
    """Return why a case is due when it is, recomputed from the entries of its clock.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    entries = await queries.list_entries(session, complaint.id)
    past, today = [_value(entry) for entry in entries], business_date(now)
    clock, intervals = rules.fold(past), rules.intervals(past, today)
    ends: list[date | None] = [*(entry.happened_on for entry in entries[1:]), None]
    return ClockProof(
        **asdict(clock),
        complaint_id=complaint.id,
        number=complaint.number,
        is_overdue=case_rules.is_overdue(complaint.status, clock.due_on, today),
        days_used=sum(one.days for one in intervals if one.counting is Counting.COUNTED),
        recorded_due_on=complaint.due_on,
        is_proven=clock == _recorded(complaint, clock),
        intervals=[ClockInterval.of(one) for one in intervals],
        breaches=[ClockBreach.of(due_on, clock) for due_on in clock.breached],
        steps=[_step(entries[place], past[: place + 1], until) for place, until in enumerate(ends)],
    )


async def tell_overdue(session: AsyncSession, now: datetime, limit: int) -> int:
    """Tell of up to `limit` cases whose due date passed, once per due date; return how many. A timer of the worker."""
    complaints = await cases.take_newly_overdue(session, today=business_date(now), limit=limit)
    told: list[tuple[Complaint, Event]] = []
    for complaint in complaints:
        complaint.overdue_told_for = complaint.due_on
        event = ComplaintOverdue(
            **cases.about(complaint, at=now),
            due_on=complaint.due_on,
        )
        told.append((complaint, event))
    if told:
        await outbox.record_many(session, told)
        today = business_date(now)
        entries = [
            entry_of(complaint, EntryKind.OVERDUE, today, event, version=complaint.version, now=now)
            for complaint, event in told
        ]
        await keep(session, entries)
        await signals.mark_changed(session, [complaint.client_id for complaint in complaints])
    return len(complaints)


def _recorded(complaint: Complaint, clock: Clock) -> Clock:
    """Return the clock with what the case itself carries of it."""
    return replace(
        clock,
        received_on=complaint.received_on,
        due_on=complaint.due_on,
        stopped_on=complaint.informed_on
        or complaint.withdrawn_on
        or complaint.reclassified_on
        or complaint.rejected_on,
        is_in_time=complaint.is_in_time,
    )


def _value(entry: ClockEntry) -> Entry:
    return Entry(entry.kind, entry.happened_on, entry.limit_days, business_date(entry.recorded_at))


def _step(entry: ClockEntry, past: Sequence[Entry], holds_until: date | None) -> ClockStep:
    rule, clock = None, rules.fold(past)
    if entry.limit_days is not None and entry.rule_version and entry.rule_source:
        rule = Rule(version=entry.rule_version, source=entry.rule_source, days=entry.limit_days)
    return ClockStep(
        kind=entry.kind,
        name=entry.kind.zh,
        happened_on=entry.happened_on,
        holds_from=entry.happened_on,
        holds_until=holds_until,
        rule=rule,
        arithmetic=rules.arithmetic(clock) if rule or entry.kind is EntryKind.RESUMED else None,
        due_on=entry.due_on,
        reason=entry.reason,
        complainant_told_on=entry.complainant_told_on,
        recorded_at=entry.recorded_at,
        recorded_by=entry.recorded_by,
        event=CausingEvent(type=entry.event_type, complaint_version=entry.event_version),
    )
