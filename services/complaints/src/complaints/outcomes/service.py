from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, Status, require_day
from complaints.cases.tables import Complaint
from complaints.channels import service as channels
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import Entry, EntryKind
from complaints.compensations import service as compensations
from complaints.goals import service as goals
from complaints.handling import rules as handling
from complaints.notices import service as notices
from complaints.outcomes import rules
from complaints.outcomes.schemas import Closing, Declining, Informing, Withdrawal
from complaints.representatives import service as representatives
from complaints.signals import service as signals
from complaints.tasks import rules as task_rules
from complaints.tasks import service as tasks
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import (
    ComplaintClosed,
    ComplaintInformed,
    ComplaintRejected,
    ComplaintReviewRequested,
    ComplaintWithdrawn,
)
from shared.http.callers import Actor
from shared.money import Money


async def inform(
    session: AsyncSession, complaint_id: UUID, wanted: Informing, *, actor: Actor, now: datetime
) -> Complaint:
    """Record that the complainant was informed of the decision; the legal clock stops on that day, the notice is kept.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NotTheHandler: the caller neither handles the case nor supervises.
        DayOutOfRange: before the decision or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.INFORM, actor=actor)
    handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    decided_on = complaint.decided_on or complaint.received_on
    require_day(wanted.informed_on, first=decided_on, today=business_date(now), pointer="/informed_on")
    cases.move(complaint, Command.INFORM)
    complaint.informed_on, complaint.inform_method = wanted.informed_on, wanted.method
    clock = clock_rules.fold(await clocks.history(session, complaint.id))
    complaint.inform_proof = wanted.proof
    complaint.is_in_time = clock_rules.after(clock, Entry(EntryKind.INFORMED, wanted.informed_on)).is_in_time
    event = informed_event(complaint, at=now)
    await outbox.record(session, complaint, event)
    stop = clocks.stopped(complaint, EntryKind.INFORMED, wanted.informed_on, event, version=complaint.version, now=now)
    await clocks.keep(session, [stop])
    await notices.keep(session, complaint, actor=actor, now=now)
    await goals.refresh(session, complaint, now=now)
    await channels.record_outcomes(session, [complaint], now=now)
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


async def close(
    session: AsyncSession, complaint_id: UUID, wanted: Closing, *, actor: Actor, now: datetime
) -> Complaint:
    """Close a case of whose decision the complainant was informed, with its root cause.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was not informed, or the case is closed.
        NotTheHandler: the caller neither handles the case nor supervises.
        TaskOpen: something is still to be done for it.
        CompensationUnpaid, CompensationNotProven: what was agreed is not paid, or another amount is said.
    """
    complaint = await cases.take(session, complaint_id, Command.CLOSE, actor=actor)
    handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    task_rules.require_none_open(complaint.next_task_due_on)
    said = wanted.compensation.fen if wanted.compensation else None
    await compensations.require_settled(session, complaint.id, said_fen=said)
    cases.move(complaint, Command.CLOSE)
    complaint.closed_on, complaint.root_cause = business_date(now), wanted.root_cause
    complaint.measures = wanted.measures
    await outbox.record(session, complaint, closed_event(complaint, at=now))
    facts = {"root_cause": wanted.root_cause, "compensation_fen": complaint.compensation}
    await trail.record(session, "complaint.closed", kind="complaint", id=complaint.id, facts=facts)
    await channels.record_outcomes(session, [complaint], now=now)
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


async def withdraw(
    session: AsyncSession, complaint_id: UUID, wanted: Withdrawal, *, actor: Actor, now: datetime
) -> Complaint:
    """End a case because the complainant withdrew it, on the day the withdrawal was received.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was informed already, or the case was withdrawn.
        DayMissing, DayOutOfRange, ProofMissing: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.WITHDRAW, actor=actor)
    complaint.withdrawn_on = rules.day_received(
        wanted.withdrawn_on,
        kind=actor.kind,
        first=complaint.restarted_on or complaint.received_on,
        today=business_date(now),
        pointer="/withdrawn_on",
    )
    rules.require_proof(wanted.proof, kind=actor.kind)
    complaint.withdraw_reason, complaint.withdraw_proof = wanted.reason, wanted.proof
    cases.move(complaint, Command.WITHDRAW)
    await tasks.drop(session, complaint, Status.WITHDRAWN.zh, actor=actor, now=now)
    clock = clock_rules.fold(await clocks.history(session, complaint.id))
    complaint.due_on = clock_rules.after(clock, Entry(EntryKind.WITHDRAWN, complaint.withdrawn_on)).due_on
    event = withdrawn_event(complaint, at=now)
    await outbox.record(session, complaint, event)
    stop = clocks.stopped(
        complaint, EntryKind.WITHDRAWN, complaint.withdrawn_on, event, version=complaint.version, now=now
    )
    await clocks.keep(session, [stop])
    await goals.refresh(session, complaint, now=now)
    await trail.record(session, "complaint.withdrawn", kind="complaint", id=complaint.id, reason=wanted.reason)
    await channels.record_outcomes(session, [complaint], now=now)
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


async def decline(
    session: AsyncSession, complaint_id: UUID, wanted: Declining, *, actor: Actor, now: datetime
) -> Complaint:
    """End a case whose filer turned out to have no authority and was told so; its clock stops on that day.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: a decision is proposed or made, an appraisal is under way, or the case is over.
        ApproverIsHandler: the caller handles the case.
        SpeaksForThemselves, DayOutOfRange: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.DECLINE, actor=actor)
    clock_rules.require_not_handler(actor.id, complaint.handler_id)
    has_speakers = await representatives.has_any(session, complaint.id)
    rules.require_another(is_client=complaint.client_id is not None, has_speakers=has_speakers)
    first = complaint.restarted_on or complaint.received_on
    require_day(wanted.told_on, first=first, today=business_date(now), pointer="/told_on")
    complaint.rejected_on, complaint.reject_reason = wanted.told_on, wanted.reason
    complaint.inform_method, complaint.inform_proof = wanted.method, wanted.proof
    cases.move(complaint, Command.DECLINE)
    await tasks.drop(session, complaint, Status.REJECTED.zh, actor=actor, now=now)
    event = ComplaintRejected(**cases.about(complaint, at=now))
    await outbox.record(session, complaint, event)
    stop = clocks.stopped(complaint, EntryKind.REJECTED, wanted.told_on, event, version=complaint.version, now=now)
    await clocks.keep(session, [stop])
    await goals.refresh(session, complaint, now=now)
    await trail.record(session, "complaint.declined", kind="complaint", id=complaint.id, reason=wanted.reason)
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


def informed_event(complaint: Complaint, *, at: datetime) -> ComplaintInformed:
    """Return the event that tells of informing the complainant; only for a case that has been informed."""
    assert complaint.informed_on is not None  # noqa: S101  # what the event tells of
    return ComplaintInformed(
        **cases.about(complaint, at=at), informed_on=complaint.informed_on, is_in_time=bool(complaint.is_in_time)
    )


def closed_event(complaint: Complaint, *, at: datetime) -> ComplaintClosed:
    """Return the event that tells of the closing; only for a case with a root cause."""
    assert complaint.root_cause is not None  # noqa: S101  # what the event tells of
    paid = None if complaint.compensation is None else Money.from_fen(complaint.compensation)
    return ComplaintClosed(**cases.about(complaint, at=at), root_cause=complaint.root_cause, compensation=paid)


def withdrawn_event(complaint: Complaint, *, at: datetime) -> ComplaintWithdrawn:
    """Return the event that tells of the withdrawal."""
    return ComplaintWithdrawn(**cases.about(complaint, at=at))


def review_event(complaint: Complaint, *, at: datetime) -> ComplaintReviewRequested:
    """Return the event that tells of the request for a review."""
    return ComplaintReviewRequested(**cases.about(complaint, at=at))
