from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.cycles.rules import Run
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period
from channel_commission.settlements import queries, rules
from channel_commission.settlements.schemas import Confirmation, Invoice, Payment
from channel_commission.settlements.tables import Statement
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.channel_commission import (
    SettlementArchived,
    SettlementCalculated,
    SettlementChecked,
    SettlementConfirmed,
    SettlementDisputed,
    SettlementInvoiced,
    SettlementPaid,
    SettlementPaymentApproved,
    SettlementPaymentRequested,
    SettlementPaymentReturned,
    SettlementSent,
    SettlementVoided,
)
from shared.http.callers import Actor
from shared.money import Money


async def freeze(
    session: AsyncSession, period: str, *, now: datetime, plan: UUID | None = None, channel_id: UUID | None = None
) -> list[Row[Any]]:
    """Freeze the statements due at the close of a month: one per channel, run and bearer with entries or a balance.

    With `plan` those of its establishment instead, of one channel or of all. The caller keeps bookings out.
    """
    if plan is None:
        statements = await queries.freeze(session, period, now=now)
    else:
        statements = await queries.freeze_establishment(session, plan, period, now=now, channel_id=channel_id)
    events = [(row.id, row.channel_id, _event(SettlementCalculated, row._asdict(), now)) for row in statements]
    await outbox.record_inserted(session, events)
    return statements


async def of_entry(session: AsyncSession, actor: Actor, **of_entry: Any) -> UUID | None:
    """Return the statement an entry stands in, by its `channel_id`, `run`, `period`, `bearer` and `product_id`."""
    return await queries.of_entry(session, actor, **of_entry)


async def check(session: AsyncSession, statement_id: UUID, digest: str, *, actor: Actor, now: datetime) -> Statement:
    """Record that a person checked a statement; its entries are counted again.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it was checked before.
        DigestDiffers: the caller read something else.
        EntriesDiffer: the entries do not give the frozen digest.
    """
    statement = await _moved(session, statement_id, "check", actor)
    rules.require_digest(digest, statement.digest)
    mine = [
        row
        for row in await queries.frozen(session, statement)
        if (row.run, row.bearer, row.product_id) == (statement.run, statement.bearer, statement.product_id)
    ]
    if [row.digest for row in mine] != [statement.digest]:
        raise rules.EntriesDiffer("The entries do not give the frozen digest any more.")
    statement.checked_by = actor.id
    await _record(session, SettlementChecked, statement, now)
    return statement


async def send(session: AsyncSession, statement_id: UUID, *, actor: Actor, now: datetime) -> Statement:
    """Show a checked statement to its channel.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not checked, or was sent.
    """
    statement = await _moved(session, statement_id, "send", actor)
    statement.sent_by = actor.id
    await _record(session, SettlementSent, statement, now)
    return statement


async def confirm(
    session: AsyncSession, statement_id: UUID, wanted: Confirmation, *, actor: Actor, now: datetime
) -> Statement:
    """Record the channel's confirmation, given by itself or entered by staff on evidence.

    Raises:
        NotFound: the caller reaches no such statement.
        CommandNotAllowed: it was not sent, or is confirmed.
        DigestDiffers: the caller read something else.
        EvidenceMissing: staff named no evidence.
    """
    statement = await _moved(session, statement_id, "confirm", actor)
    _word_of_channel(statement, wanted, actor, now)
    await _record(session, SettlementConfirmed, statement, now, reason=wanted.evidence)
    return statement


async def dispute(
    session: AsyncSession,
    statement_id: UUID,
    wanted: Confirmation,
    *,
    disputed_fen: int,
    into: str,
    actor: Actor,
    now: datetime,
) -> Statement:
    """Record that the channel confirms a statement but for lines of `disputed_fen`, which are not paid with it.

    What is not paid so is brought forward `into` the month in which entries take the lines out.

    Raises:
        NotFound, CommandNotAllowed, DigestDiffers, EvidenceMissing: as for `confirm`.
    """
    statement = await _moved(session, statement_id, "dispute", actor)
    _word_of_channel(statement, wanted, actor, now)
    statement.held_fen, statement.held_into = rules.held_fen(statement.closing_fen, disputed_fen), into
    await _record(session, SettlementDisputed, statement, now, reason=wanted.evidence)
    return statement


async def get(session: AsyncSession, statement_id: UUID, *, actor: Actor) -> Statement:
    """Return a statement.

    Raises:
        NotFound: the caller reaches none with this id.
    """
    return await queries.get_statement(session, statement_id, actor)


def _word_of_channel(statement: Statement, wanted: Confirmation, actor: Actor, now: datetime) -> None:
    rules.require_digest(wanted.digest, statement.digest)
    if actor.kind == "staff" and wanted.evidence is None:
        raise rules.EvidenceMissing("Say where the channel's own confirmation is kept.", pointer="/evidence")
    statement.confirmed_by, statement.confirmed_at = actor.name, now
    statement.evidence = wanted.evidence


async def record_invoice(
    session: AsyncSession, statement_id: UUID, wanted: Invoice, *, actor: Actor, now: datetime
) -> Statement:
    """Record the channel's invoice over a confirmed statement.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not confirmed, or invoiced already.
        NothingPayable: its balance is not above zero.
        InvoiceAmountDiffers: the invoice is over another amount.
        InvoiceUsedBefore: the channel used this number before.
    """
    statement = await _moved(session, statement_id, "record-invoice", actor)
    rules.require_invoice(wanted.amount.fen, statement.closing_fen, statement.held_fen)
    if await queries.invoice_is_used(session, statement.channel_id, wanted.number):
        raise rules.InvoiceUsedBefore("The channel used this invoice number before.", pointer="/number")
    statement.invoice_number, statement.invoiced_by = wanted.number, actor.id
    await _record(session, SettlementInvoiced, statement, now)
    return statement


async def approve_payment(
    session: AsyncSession, statement_id: UUID, digest: str, *, actor: Actor, now: datetime
) -> Statement:
    """Approve the payment of an invoiced statement, by somebody who did not bring it this far.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not invoiced, or approved already.
        DigestDiffers: the caller read something else.
        SecondPersonNeeded: the caller checked it, confirmed it for the channel or recorded the invoice.
    """
    statement = await _moved(session, statement_id, "approve-payment", actor)
    rules.require_digest(digest, statement.digest)
    makers = {f"staff:{statement.checked_by}", f"staff:{statement.invoiced_by}", f"{statement.confirmed_by}"}
    rules.require_second_person(makers, actor.name)
    statement.payment_approved_by = actor.id
    await _record(session, SettlementPaymentApproved, statement, now)
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
        PaymentUsedBefore: the bank's reference belongs to another statement.
    """
    statement = await _moved(session, statement_id, command, actor)
    rules.require_paid_on(
        wanted.paid_on, calculated_on=business_date(statement.calculated_at), today=business_date(now)
    )
    if await queries.payment_is_used(session, wanted.reference):
        raise rules.PaymentUsedBefore("This payment belongs to another statement.", pointer="/reference")
    statement.paid_on, statement.payment_reference, statement.paid_by = wanted.paid_on, wanted.reference, actor.id
    await _record(session, SettlementPaid, statement, now)
    return statement


async def move_payment(
    session: AsyncSession, statement_id: UUID, command: str, *, actor: Actor, now: datetime, reason: str | None = None
) -> Statement:
    """Note that an approved payment goes to the bank (`request-payment`), or did not take place (`return-attempt`).

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: its payment is not approved, or not on its way.
    """
    statement = await _moved(session, statement_id, command, actor)
    is_request = command == "request-payment"
    event = SettlementPaymentRequested if is_request else SettlementPaymentReturned
    await _record(session, event, statement, now, reason=reason)
    return statement


async def void(session: AsyncSession, statement_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Statement:
    """Declare a statement void before it is paid: the first open month takes its entries, and approvals begin anew.

    That of an establishment is made anew at once.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is paid, void, or its payment is on its way.
        NothingPayable: the next statement carries its balance already.
    """
    closed_through = await periods.hold(session)
    statement = await _moved(session, statement_id, "void", actor)
    statement.void_into = booked_period(statement.period, closed_through)
    statement.voided_by, statement.void_reason = actor.id, reason
    await periods.open_all(session, {statement.void_into}, now=now)
    await _record(session, SettlementVoided, statement, now, reason=reason)
    if statement.run is Run.AT_ESTABLISHMENT:
        plan, mine = statement.product_id, statement.channel_id
        await freeze(session, statement.void_into, now=now, plan=plan, channel_id=mine)
    return statement


async def archive(session: AsyncSession, statement_id: UUID, *, actor: Actor, now: datetime) -> Statement:
    """Put away a statement that is paid, or confirmed with nothing to pay.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is on its way.
        PaymentOutstanding: something of it is to be paid.
    """
    statement = await _moved(session, statement_id, "archive", actor)
    await _record(session, SettlementArchived, statement, now)
    return statement


async def _moved(session: AsyncSession, statement_id: UUID, command: str, actor: Actor) -> Statement:
    statement = await queries.get_statement(session, statement_id, actor, for_update=True)
    balance = {"closing_fen": statement.closing_fen, "held_fen": statement.held_fen}
    statement.status = rules.next_status(statement.status, command, **balance)
    return statement


async def _record(
    session: AsyncSession, event: type[Event], statement: Statement, now: datetime, *, reason: str | None = None
) -> None:
    await outbox.record(session, statement, _event(event, statement.model_dump(), now))
    facts = {"digest": statement.digest, "closing_fen": statement.closing_fen}
    action = f"settlement.{statement.status.value}"
    await trail.record(session, action, kind="settlement", id=statement.id, reason=reason, facts=facts)


def _event(event: type[Event], statement: Mapping[str, Any], now: datetime) -> Event:
    facts = ("channel_id", "period", "bearer", "product_id", "digest")
    return event.model_validate(
        {
            "occurred_at": now,
            "statement_id": statement["id"],
            "amount": Money.from_fen(statement["entries_fen"]),
            "payable": Money.from_fen(rules.payable_fen(statement["closing_fen"], statement["held_fen"])),
            **{name: statement[name] for name in facts},
        }
    )
