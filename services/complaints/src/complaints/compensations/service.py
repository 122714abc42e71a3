from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, require_day
from complaints.compensations import queries, rules
from complaints.compensations.schemas import CompensationAgreed, CompensationPayment, CompensationRead
from complaints.compensations.tables import Compensation
from complaints.handling import rules as handling
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.money import Money


async def agree(
    session: AsyncSession, complaint_id: UUID, wanted: CompensationAgreed, *, actor: Actor, now: datetime
) -> CompensationRead:
    """Record what was agreed to be paid; an earlier agreement that was not paid is replaced.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NotTheHandler: the caller neither handles the case nor supervises.
        DayOutOfRange: before the receipt or in the future.
        CompensationPaid: one has been paid.
    """
    complaint = await cases.take(session, complaint_id, Command.COMPENSATE, actor=actor)
    handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    require_day(wanted.agreed_on, first=complaint.received_on, today=business_date(now), pointer="/agreed_on")
    found = await queries.find_compensation(session, complaint.id)
    rules.require_unpaid(found.paid_on if found else None)
    agreed = found or Compensation(
        complaint_id=complaint.id, amount=wanted.amount.fen, agreed_on=wanted.agreed_on, agreed_by=actor.id
    )
    agreed.amount, agreed.agreed_on = wanted.amount.fen, wanted.agreed_on
    agreed.agreement, agreed.agreed_by = wanted.agreement, actor.id
    session.add(agreed)
    cases.move(complaint, Command.COMPENSATE)
    await cases.raise_version(session, complaint)
    facts = {"amount_fen": agreed.amount, "agreed_on": agreed.agreed_on}
    await trail.record(session, "complaint.compensation_agreed", kind="complaint", id=complaint.id, facts=facts)
    return _shown(agreed)


async def pay(
    session: AsyncSession, complaint_id: UUID, wanted: CompensationPayment, *, actor: Actor, now: datetime
) -> CompensationRead:
    """Record that what was agreed has been paid.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case is not decided.
        NothingAgreed: no compensation was agreed.
        CompensationPaid: it has been paid.
        PayerAgreed: the caller agreed on it or handles the case.
        DayOutOfRange: before the agreement or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.PAY, actor=actor)
    agreed = await queries.find_compensation(session, complaint.id)
    if agreed is None:
        raise rules.NothingAgreed("Nothing was agreed to be paid.")
    rules.require_unpaid(agreed.paid_on)
    rules.require_other(actor.id, agreed_by=agreed.agreed_by, handler_id=complaint.handler_id)
    require_day(wanted.paid_on, first=agreed.agreed_on, today=business_date(now), pointer="/paid_on")
    agreed.paid_on, agreed.payment_proof, agreed.paid_by = wanted.paid_on, wanted.proof, actor.id
    complaint.compensation = agreed.amount
    cases.move(complaint, Command.PAY)
    await cases.raise_version(session, complaint)
    facts = {"amount_fen": agreed.amount, "paid_on": agreed.paid_on}
    await trail.record(session, "complaint.compensation_paid", kind="complaint", id=complaint.id, facts=facts)
    return _shown(agreed)


async def read(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> CompensationRead:
    """Return what was agreed and paid in a case.

    Raises:
        NotFound: there is no such case in reach, or nothing was agreed.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return _shown(await queries.get_compensation(session, complaint.id))


async def require_settled(session: AsyncSession, complaint_id: UUID, *, said_fen: int | None) -> None:
    """Refuse a closing before what was agreed is paid, or with another amount (fen).

    Raises:
        CompensationUnpaid, CompensationNotProven: see the rules.
    """
    found = await queries.find_compensation(session, complaint_id)
    rules.require_settled(
        found.amount if found else None, is_paid=found is not None and found.paid_on is not None, said_fen=said_fen
    )


def _shown(found: Compensation) -> CompensationRead:
    return CompensationRead.model_validate(found.model_dump() | {"amount": Money.from_fen(found.amount)})
