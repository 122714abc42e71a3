from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import Entry
from complaints.extensions import rules
from complaints.extensions.schemas import Extension
from complaints.goals import service as goals
from complaints.signals import service as signals
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import ComplaintExtended
from shared.http.callers import Actor


async def extend(
    session: AsyncSession, complaint_id: UUID, wanted: Extension, *, actor: Actor, now: datetime
) -> Complaint:
    """Extend the legal time of a case, before it has run out.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the clock has stopped or stands still.
        ExtensionOutOfOrder, ExtensionTooLate, ExtensionNotYours, ApproverIsHandler, ComplainantNotTold: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.EXTEND, actor=actor)
    today, clock = business_date(now), clock_rules.fold(await clocks.history(session, complaint.id))
    stage = rules.require_extendable(clock, wanted.stage, today=today, regime=complaint.regime)
    rules.require_approver(stage, approver_id=actor.id, roles=actor.roles, handler_id=complaint.handler_id)
    rules.require_told(
        stage, wanted.complainant_told_on, counted_from=clock.counted_from, today=today, regime=complaint.regime
    )
    rule = await policy.row(session, rules.EXTENSION_DAYS[complaint.regime, stage], on=clock.counted_from)
    kind, limit_days = clock_rules.KIND_OF[stage], int(rule.value)
    complaint.due_on = clock_rules.after(clock, Entry(kind, today, limit_days)).due_on
    event = ComplaintExtended(**cases.about(complaint, at=now), due_on=complaint.due_on, limit_days=limit_days)
    await outbox.record(session, complaint, event)
    told_on = wanted.complainant_told_on
    entry = clocks.entry_of(
        complaint,
        kind,
        today,
        event,
        version=complaint.version,
        now=now,
        rule=rule,
        reason=wanted.reason,
        complainant_told_on=told_on,
    )
    await clocks.keep(session, [entry])
    await goals.refresh(session, complaint, now=now)
    facts = {"stage": stage, "due_on": complaint.due_on, "complainant_told_on": told_on}
    await trail.record(
        session, "complaint.extended", kind="complaint", id=complaint.id, reason=wanted.reason, facts=facts
    )
    await signals.mark_changed(session, [complaint.client_id])
    return complaint
