from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, require_day
from complaints.cases.tables import Complaint
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import Entry, EntryKind
from complaints.compensations import service as compensations
from complaints.goals import service as goals
from complaints.handling import rules as handling
from complaints.interruptions import rules
from complaints.interruptions.schemas import NewFacts, Resumption, Suspension
from complaints.signals import service as signals
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.complaints import ComplaintRestarted, ComplaintResumed, ComplaintSuspended
from shared.http.callers import Actor
from shared.policy import PolicyRow


async def suspend(
    session: AsyncSession, complaint_id: UUID, wanted: Suspension, *, actor: Actor, now: datetime
) -> Complaint:
    """Stop the legal clock of a case for an appraisal by others.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not with a handler.
        ApproverIsHandler: the caller handles the case.
        SuspensionTooLate, DayOutOfRange: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.SUSPEND, actor=actor)
    clock_rules.require_not_handler(actor.id, complaint.handler_id)
    past = await clocks.history(session, complaint.id)
    rules.require_suspendable(
        clock_rules.fold(past),
        began_on=wanted.began_on,
        told_on=wanted.complainant_told_on,
        first=max(entry.on for entry in past if entry.kind in clock_rules.RUNS_FROM),
        today=business_date(now),
    )
    cases.move(complaint, Command.SUSPEND)
    event = ComplaintSuspended(**cases.about(complaint, at=now), suspended_on=wanted.began_on)
    facts = {"began_on": wanted.began_on, "complainant_told_on": wanted.complainant_told_on}
    pause = Entry(EntryKind.SUSPENDED, wanted.began_on)
    reason, told_on = f"{wanted.appraiser}：{wanted.reason}", wanted.complainant_told_on
    await _keep(session, complaint, pause, event, now=now, facts=facts, reason=reason, complainant_told_on=told_on)
    return complaint


async def resume(
    session: AsyncSession, complaint_id: UUID, wanted: Resumption, *, actor: Actor, now: datetime
) -> Complaint:
    """Let the legal clock of a case go on after an appraisal.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no appraisal is under way.
        NotTheHandler: the caller neither handles the case nor supervises.
        DayOutOfRange: ended before it began or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.RESUME, actor=actor)
    handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    clock = clock_rules.fold(await clocks.history(session, complaint.id))
    first = clock.paused_on or clock.counted_from
    require_day(wanted.ended_on, first=first, today=business_date(now), pointer="/ended_on")
    cases.move(complaint, Command.RESUME)
    end = Entry(EntryKind.RESUMED, wanted.ended_on)
    clock = clock_rules.after(clock, end)
    complaint.due_on = clock.due_on
    event = ComplaintResumed(
        **cases.about(complaint, at=now), excluded_days=clock.excluded_days, due_on=complaint.due_on
    )
    facts = {"ended_on": wanted.ended_on, "due_on": complaint.due_on}
    await _keep(session, complaint, end, event, now=now, facts=facts, reason=wanted.result)
    return complaint


async def add_facts(
    session: AsyncSession, complaint_id: UUID, wanted: NewFacts, *, actor: Actor, now: datetime
) -> Complaint:
    """Add new facts to a case and start its legal clock anew on the day they arrived.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was informed, the case is over, or an appraisal is under way.
        ApproverIsHandler: the caller handles the case.
        DayOutOfRange: before the clock was last set going or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.NEW_FACTS, actor=actor)
    clock_rules.require_not_handler(actor.id, complaint.handler_id)
    past, today = await clocks.history(session, complaint.id), business_date(now)
    first = max(entry.on for entry in past if entry.kind in clock_rules.RUNS_FROM)
    require_day(wanted.arrived_on, first=first, today=today, pointer="/arrived_on")
    rule = await clocks.limit_at_receipt(session, wanted.arrived_on, complaint.regime)
    clock = clock_rules.fold(past)
    complaint.late_spans = [*complaint.late_spans, *rules.late_span(clock, wanted.arrived_on, recorded_on=today)]
    restart = Entry(EntryKind.RESTARTED, wanted.arrived_on, int(rule.value), today)
    complaint.restarted_on, complaint.due_on = wanted.arrived_on, clock_rules.after(clock, restart).due_on
    complaint.facts = f"{complaint.facts or ''}\n（{wanted.arrived_on}补充）{wanted.facts}".strip()
    cases.move(complaint, Command.NEW_FACTS)
    void = {
        "proposed_by": complaint.proposed_by,
        "approved_by": complaint.approved_by,
        "compensation": await compensations.void(session, complaint),
    }
    complaint.decision = complaint.basis = complaint.remedies = complaint.proposed_compensation = None
    complaint.is_upheld = complaint.proposed_by = complaint.approved_by = complaint.decided_on = None
    event = ComplaintRestarted(
        **cases.about(complaint, at=now), restarted_on=wanted.arrived_on, due_on=complaint.due_on
    )
    facts = {"arrived_on": wanted.arrived_on, "due_on": complaint.due_on, **void}
    await _keep(session, complaint, restart, event, now=now, facts=facts, rule=rule)
    return complaint


async def _keep(
    session: AsyncSession,
    complaint: Complaint,
    entry: Entry,
    event: Event,
    *,
    now: datetime,
    facts: dict[str, Any],
    rule: PolicyRow | None = None,
    reason: str | None = None,
    complainant_told_on: date | None = None,
) -> None:
    """Tell of what happened, write it into the clock and the audit trail, and have the client's risk assessed."""
    await outbox.record(session, complaint, event)
    row = clocks.entry_of(
        complaint,
        entry.kind,
        entry.on,
        event,
        version=complaint.version,
        now=now,
        rule=rule,
        reason=reason,
        complainant_told_on=complainant_told_on,
    )
    await clocks.keep(session, [row])
    await goals.refresh(session, complaint, now=now)
    action = f"complaint.{entry.kind}"
    await trail.record(session, action, kind="complaint", id=complaint.id, reason=reason, facts=facts)
    await signals.mark_changed(session, [complaint.client_id])
