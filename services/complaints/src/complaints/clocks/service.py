from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import rules as case_rules
from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.clocks import queries, rules
from complaints.clocks.rules import Clock, Entry, EntryKind
from complaints.clocks.schemas import CausingEvent, ClockProof, ClockStep, Extension, Rule
from complaints.clocks.tables import ClockEntry
from complaints.signals import service as signals
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.context import current_cause
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.complaints import ComplaintExtended, ComplaintOverdue
from shared.http.callers import Actor
from shared.policy import PolicyRow

#: The columns of a `ClockEntry`; entries are written as rows, since imports bring thousands.
EntryRow = dict[str, Any]


async def limit_at_receipt(session: AsyncSession, received_on: date) -> PolicyRow:
    """Return the policy row with the days for a complaint received on that day."""
    return await policy.row(session, rules.DECISION_DAYS, on=received_on)


async def limits_at_receipt(session: AsyncSession, days: Collection[date]) -> dict[date, PolicyRow]:
    """Return the policy row for each of many days of receipt."""
    return await policy.by_day(session, rules.DECISION_DAYS, days)


def started(complaint: Complaint, rule: PolicyRow, event: Event, *, version: int, now: datetime) -> EntryRow:
    """Return the first entry of a case's clock, made by its `event` of that version, for `keep`."""
    return _entry(complaint, EntryKind.STARTED, complaint.received_on, event, version=version, now=now, rule=rule)


def stopped(complaint: Complaint, kind: EntryKind, on: date, event: Event, *, version: int, now: datetime) -> EntryRow:
    """Return the last entry of a case's clock: informed or withdrawn on that day, for `keep`."""
    return _entry(complaint, kind, on, event, version=version, now=now)


async def keep(session: AsyncSession, entries: Sequence[EntryRow]) -> None:
    """Write entries of clocks, of cases that are written already; they are never changed."""
    await queries.insert_entries(session, entries)


async def extend(
    session: AsyncSession, complaint_id: UUID, wanted: Extension, *, actor: Actor, now: datetime
) -> Complaint:
    """Extend the legal time of a case, before it has run out.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the clock has stopped.
        ExtensionOutOfOrder, ExtensionTooLate, ExtensionNotYours, ApproverIsHandler, ComplainantNotTold: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.EXTEND, actor=actor)
    today = business_date(now)
    history = [_value(entry) for entry in await queries.list_entries(session, complaint.id)]
    stage = rules.require_extendable(rules.fold(history), wanted.stage, today=today)
    rules.require_approver(stage, approver_id=actor.id, roles=actor.roles, handler_id=complaint.handler_id)
    rules.require_told(stage, wanted.complainant_told_on, received_on=complaint.received_on, today=today)
    rule = await policy.row(session, rules.EXTENSION_DAYS[stage], on=complaint.received_on)
    kind, limit_days = rules.KIND_OF[stage], int(rule.value)
    complaint.due_on = rules.fold([*history, Entry(kind, today, limit_days)]).due_on
    event = ComplaintExtended(
        **cases.about(complaint, at=now),
        due_on=complaint.due_on,
        limit_days=limit_days,
    )
    await outbox.record(session, complaint, event)
    entry = _entry(complaint, kind, today, event, version=complaint.version, now=now, rule=rule)
    told_on = wanted.complainant_told_on
    await keep(session, [entry | {"reason": wanted.reason, "complainant_told_on": told_on}])
    facts = {"stage": stage, "due_on": complaint.due_on, "complainant_told_on": told_on}
    await trail.record(
        session, "complaint.extended", kind="complaint", id=complaint.id, reason=wanted.reason, facts=facts
    )
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


async def proof(session: AsyncSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> ClockProof:
    """Return why a case is due when it is, recomputed from the entries of its clock.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    entries = await queries.list_entries(session, complaint.id)
    clock = rules.fold(_value(entry) for entry in entries)
    ends: list[date | None] = [entry.happened_on for entry in entries[1:]]
    return ClockProof(
        complaint_id=complaint.id,
        number=complaint.number,
        received_on=clock.received_on,
        limit_days=clock.limit_days,
        due_on=clock.due_on,
        stopped_on=clock.stopped_on,
        is_in_time=clock.is_in_time,
        is_overdue=case_rules.is_overdue(complaint.status, clock.due_on, business_date(now)),
        recorded_due_on=complaint.due_on,
        is_proven=clock == _recorded(complaint, clock),
        steps=[_step(entry, clock, until) for entry, until in zip(entries, [*ends, None], strict=True)],
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
        await signals.mark_changed(session, [complaint.client_id for complaint in complaints])
    return len(complaints)


def _entry(
    complaint: Complaint,
    kind: EntryKind,
    on: date,
    event: Event,
    *,
    version: int,
    now: datetime,
    rule: PolicyRow | None = None,
) -> EntryRow:
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
        "reason": None,
        "complainant_told_on": None,
    }


def _recorded(complaint: Complaint, clock: Clock) -> Clock:
    """Return the clock with what the case itself carries of it."""
    return replace(
        clock,
        received_on=complaint.received_on,
        due_on=complaint.due_on,
        stopped_on=complaint.informed_on or complaint.withdrawn_on,
        is_in_time=complaint.is_in_time,
    )


def _value(entry: ClockEntry) -> Entry:
    return Entry(entry.kind, entry.happened_on, entry.limit_days)


def _step(entry: ClockEntry, clock: Clock, holds_until: date | None) -> ClockStep:
    rule, arithmetic = None, None
    if entry.limit_days is not None and entry.rule_version and entry.rule_source:
        rule = Rule(version=entry.rule_version, source=entry.rule_source, days=entry.limit_days)
        due_on = rules.due_date(clock.received_on, entry.limit_days)
        arithmetic = f"{clock.received_on} + {entry.limit_days} = {due_on}"
    return ClockStep(
        kind=entry.kind,
        happened_on=entry.happened_on,
        holds_from=entry.happened_on,
        holds_until=holds_until,
        rule=rule,
        arithmetic=arithmetic,
        due_on=entry.due_on,
        reason=entry.reason,
        complainant_told_on=entry.complainant_told_on,
        recorded_at=entry.recorded_at,
        recorded_by=entry.recorded_by,
        event=CausingEvent(type=entry.event_type, complaint_version=entry.event_version),
    )
