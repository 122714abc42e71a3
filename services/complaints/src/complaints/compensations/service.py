from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.approvals import rules as approval_rules
from complaints.approvals import service as approvals
from complaints.approvals.rules import Authority
from complaints.cases import service as cases
from complaints.cases.rules import Command, require_day
from complaints.cases.tables import Complaint
from complaints.compensations import queries, rules
from complaints.compensations.rules import Step
from complaints.compensations.schemas import CompensationAgreed, CompensationPayment, CompensationRead
from complaints.compensations.tables import Compensation
from complaints.handling import rules as handling_rules
from complaints.handling import service as handling
from complaints.recusal import service as recusal
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.http.preconditions import require_version
from shared.money import Money


async def agree(
    session: AsyncSession, complaint_id: UUID, wanted: CompensationAgreed, *, actor: Actor, now: datetime
) -> CompensationRead:
    """Record what was agreed to be paid; an earlier agreement that was not paid is replaced.

    What the approved decision pays is approved with it; more needs a further word above the limits in force today.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NotTheHandler: the caller neither handles the case nor supervises.
        HandlerExcluded: the caller has an interest in the case.
        DayOutOfRange: before the receipt or in the future.
        CompensationPaid: one has been paid.
    """
    complaint = await cases.take(session, complaint_id, Command.COMPENSATE, actor=actor)
    handling_rules.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    await recusal.require_none(session, complaint, actor)
    today = business_date(now)
    require_day(wanted.agreed_on, first=complaint.received_on, today=today, pointer="/agreed_on")
    found = await queries.find_compensation(session, complaint.id)
    rules.require_unpaid(found.paid_on if found else None)
    limits = await approvals.limits(session, on=today)
    amount = wanted.amount.fen
    agreed = found or Compensation(
        complaint_id=complaint.id, amount=amount, agreed_on=wanted.agreed_on, agreed_by=actor.id
    )
    agreed.amount, agreed.agreed_on = amount, wanted.agreed_on
    agreed.agreement, agreed.agreed_by = wanted.agreement, actor.id
    agreed.needs, agreed.rule_version = limits.needed(complaint.level, amount), limits.version
    is_decided = amount <= (complaint.proposed_compensation or 0)
    agreed.approved_by = complaint.approved_by if is_decided else None
    agreed.approved_on = complaint.decided_on if is_decided else None
    session.add(agreed)
    facts = limits.facts(complaint.level, amount) | {"agreed_on": agreed.agreed_on, "is_decided": is_decided}
    await _tell(session, complaint, Command.COMPENSATE, "agreed", facts)
    return shown(agreed)


async def approve(
    session: AsyncSession, complaint_id: UUID, *, read_version: int, actor: Actor, now: datetime
) -> CompensationRead:
    """Approve what was agreed to be paid in a case that was read.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        Stale: the case changed since it was read.
        NothingAgreed, CompensationPaid, NothingToApprove: see the rules.
        ApproverNotIndependent: the caller agreed on it, handles the case or has an interest.
        ApprovalAboveLimit: it is for a senior executive.
    """
    complaint = await cases.take(session, complaint_id, Command.APPROVE_COMPENSATION, actor=actor)
    require_version(read_version, complaint.version)
    agreed = await _unpaid(session, complaint)
    rules.require_unapproved(_waits_for(agreed))
    await handling.require_independent(session, complaint, actor, author_id=agreed.agreed_by)
    approval_rules.require_authority(actor.roles, agreed.needs or Authority.SENIOR, version=agreed.rule_version)
    agreed.approved_by, agreed.approved_on = actor.id, business_date(now)
    facts = {"amount_fen": agreed.amount, "agreed_by": agreed.agreed_by, "needs": agreed.needs}
    await _tell(session, complaint, Command.APPROVE_COMPENSATION, "approved", facts)
    return shown(agreed)


async def refuse(session: AsyncSession, complaint_id: UUID, *, reason: str, actor: Actor) -> None:
    """Refuse what was agreed and not paid; the agreement is gone, the audit trail keeps it.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NothingAgreed, CompensationPaid: see the rules.
        ApproverNotIndependent: the caller agreed on it, handles the case or has an interest.
    """
    complaint = await cases.take(session, complaint_id, Command.REFUSE_COMPENSATION, actor=actor)
    agreed = await _unpaid(session, complaint)
    await handling.require_independent(session, complaint, actor, author_id=agreed.agreed_by)
    await session.delete(agreed)
    await _tell(session, complaint, Command.REFUSE_COMPENSATION, "refused", _kept(agreed), reason=reason)


async def void(session: AsyncSession, complaint: Complaint) -> dict[str, Any] | None:
    """Drop what was agreed on a decision that is void now, unless it was paid; return what it was."""
    agreed = await queries.find_compensation(session, complaint.id)
    if agreed is None or agreed.paid_on is not None:
        return None
    await session.delete(agreed)
    return _kept(agreed)


async def pay(
    session: AsyncSession, complaint_id: UUID, wanted: CompensationPayment, *, actor: Actor, now: datetime
) -> CompensationRead:
    """Record that what was agreed has been paid.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NothingAgreed: no compensation was agreed.
        CompensationPaid: it has been paid.
        CompensationNotApproved: it lies above the limits and was not approved.
        PayerAgreed: the caller agreed on it or handles the case.
        DayOutOfRange: before the agreement or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.PAY, actor=actor)
    agreed = await _unpaid(session, complaint)
    rules.require_approved(_waits_for(agreed), agreed.needs)
    rules.require_other(actor.id, agreed_by=agreed.agreed_by, handler_id=complaint.handler_id)
    require_day(wanted.paid_on, first=agreed.agreed_on, today=business_date(now), pointer="/paid_on")
    agreed.paid_on, agreed.payment_proof, agreed.paid_by = wanted.paid_on, wanted.proof, actor.id
    complaint.compensation = agreed.amount
    await _tell(session, complaint, Command.PAY, "paid", {"amount_fen": agreed.amount, "paid_on": agreed.paid_on})
    return shown(agreed)


async def read(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> CompensationRead:
    """Return what was agreed and paid in a case.

    Raises:
        NotFound: there is no such case in reach, or nothing was agreed.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return shown(await queries.get_compensation(session, complaint.id))


def select_unpaid(actor: Actor, step: Step | None) -> Select[Compensation]:
    """Return the select of what was agreed and not paid in the cases that a caller reaches, or of what needs a step."""
    return queries.select_unpaid(cases.select_ids(actor), step)


async def require_settled(session: AsyncSession, complaint_id: UUID, *, said_fen: int | None) -> None:
    """Refuse a closing before what was agreed is paid, or with another amount (fen).

    Raises:
        CompensationUnpaid, CompensationNotProven: see the rules.
    """
    found = await queries.find_compensation(session, complaint_id)
    rules.require_settled(
        found.amount if found else None, is_paid=found is not None and found.paid_on is not None, said_fen=said_fen
    )


def shown(found: Compensation) -> CompensationRead:
    """Return an agreement as staff are shown it."""
    values = found.model_dump() | {"amount": Money.from_fen(found.amount), "waits_for": _waits_for(found)}
    return CompensationRead.model_validate(values)


def _waits_for(agreed: Compensation) -> Step | None:
    is_approved, is_paid = agreed.approved_by is not None, agreed.paid_on is not None
    return rules.waits_for(agreed.needs, is_approved=is_approved, is_paid=is_paid)


async def _unpaid(session: AsyncSession, complaint: Complaint) -> Compensation:
    agreed = await queries.find_compensation(session, complaint.id)
    if agreed is None:
        raise rules.NothingAgreed("Nothing was agreed to be paid.")
    rules.require_unpaid(agreed.paid_on)
    return agreed


def _kept(agreed: Compensation) -> dict[str, Any]:
    return {"amount_fen": agreed.amount, "agreed_on": agreed.agreed_on, "agreed_by": agreed.agreed_by}


async def _tell(
    session: AsyncSession,
    complaint: Complaint,
    command: Command,
    what: str,
    facts: dict[str, Any],
    *,
    reason: str | None = None,
) -> None:
    cases.move(complaint, command)
    await cases.raise_version(session, complaint)
    action = f"complaint.compensation_{what}"
    await trail.record(session, action, kind="complaint", id=complaint.id, reason=reason, facts=facts)
