from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.bank_references import service as bank_references
from channel_commission.bank_references.rules import require_paid_on
from channel_commission.draws import service as draws
from channel_commission.payouts import queries
from channel_commission.settlements import rules
from channel_commission.settlements import service as settlements
from channel_commission.settlements.schemas import Payment
from channel_commission.settlements.tables import Statement
from channel_commission.taxes.rules import Terms, invoiced_as, withheld_fen
from channel_commission.vouchers import service as vouchers
from channel_commission.vouchers.rules import AccountRole, Leg, PostingKind
from channel_commission.vouchers.rules import settlement as settlement_legs
from shared.clock import business_date
from shared.events import channel_commission as told
from shared.http.callers import Actor


async def approve_payment(
    session: AsyncSession, statement_id: UUID, digest: str, *, actor: Actor, now: datetime
) -> Statement:
    """Approve the payment of an invoiced statement, by somebody who did not bring it this far.

    What is left of advances to the channel in the same books is kept back of it.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not invoiced, or approved already.
        DigestDiffers: the caller read something else.
        InvoicesIncomplete: its invoices are not over exactly what is payable.
        SecondPersonNeeded: the caller checked it, confirmed it for the channel or recorded an invoice.
    """
    statement = await settlements.move(session, statement_id, "approve-payment", actor)
    rules.require_digest(digest, statement.digest)
    invoices = await queries.invoiced(session, statement_id)
    makers = {f"staff:{id}" for id in (statement.checked_by, statement.invoiced_by, *invoices.recorders)}
    rules.require_second_person({*makers, f"{statement.confirmed_by}"}, actor.name)
    payable = rules.payable_fen(statement.closing_fen, statement.held_fen)
    terms = Terms(statement.vat_rate, statement.is_vat_withheld)
    rules.require_invoiced(invoices.net_fen, invoices.vat_fen, invoiced_as(payable, terms))
    withheld = withheld_fen(payable, terms)
    books, today = settlements.books_of(statement), business_date(now)
    recovered = await draws.recover(session, statement_id, books, payable - withheld, now=now)
    statement.payment_approved_by, statement.recovered_fen = actor.id, recovered
    statement.payment_fen = payable - withheld - recovered
    await settlements.record(session, told.SettlementPaymentApproved, statement, now)
    can_deduct = AccountRole.INPUT_TAX in await vouchers.accounts_of(session, books, on=today)
    deductible = (withheld or invoices.special_vat_fen) if can_deduct else 0
    legs = settlement_legs(payable, deductible_fen=deductible, withheld_fen=withheld, recovered_fen=recovered)
    key = f"settlement:{statement_id}"
    await vouchers.post(session, key, PostingKind.SETTLEMENT, books, legs, on=today, now=now)
    return statement


async def record_payment(
    session: AsyncSession,
    statement_id: UUID,
    wanted: Payment,
    *,
    actor: Actor,
    now: datetime,
    command: str = "record-payment",
) -> Statement:
    """Record the bank's payment of an approved statement; with `settle-attempt` of one that is on its way.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not approved, or paid already.
        PaidOnOutOfRange: the day has not come, or lies before the statement.
        PaymentUsedBefore: the bank's reference belongs to another payment.
    """
    statement = await settlements.move(session, statement_id, command, actor)
    require_paid_on(wanted.paid_on, earliest=business_date(statement.calculated_at), today=business_date(now))
    await bank_references.take(session, wanted.reference, f"statement:{statement_id}")
    statement.paid_on, statement.payment_reference, statement.paid_by = wanted.paid_on, wanted.reference, actor.id
    await settlements.record(session, told.SettlementPaid, statement, now)
    assert statement.payment_fen  # noqa: S101  # the table's check: approved payments have it, and this is one
    legs = [Leg(AccountRole.PAYABLE, AccountRole.BANK, statement.payment_fen)]
    books, key = settlements.books_of(statement), f"payment:{statement_id}"
    await vouchers.post(session, key, PostingKind.PAYMENT, books, legs, on=wanted.paid_on, now=now)
    return statement


async def move_payment(
    session: AsyncSession, statement_id: UUID, command: str, *, actor: Actor, now: datetime, reason: str | None = None
) -> Statement:
    """Note that an approved payment goes to the bank (`request-payment`), or did not take place (`return-attempt`).

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: its payment is not approved, or not on its way.
    """
    statement = await settlements.move(session, statement_id, command, actor)
    is_request = command == "request-payment"
    event = told.SettlementPaymentRequested if is_request else told.SettlementPaymentReturned
    await settlements.record(session, event, statement, now, reason=reason)
    return statement
