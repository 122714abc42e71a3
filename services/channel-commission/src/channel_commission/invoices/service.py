from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.invoices import queries, rules
from channel_commission.invoices.rules import Document, Wanted
from channel_commission.invoices.schemas import InvoiceCreate, RedLetterCreate
from channel_commission.invoices.tables import Invoice
from channel_commission.settlements import service as settlements
from channel_commission.settlements.rules import payable_fen
from channel_commission.settlements.tables import Statement
from channel_commission.taxes.rules import Split, Terms, invoiced_as
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def record(
    session: AsyncSession, statement_id: UUID, wanted: InvoiceCreate, *, actor: Actor, now: datetime
) -> Statement:
    """Record an invoice over a confirmed statement; the one that makes it whole makes the statement invoiced.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed, NothingPayable: it is not confirmed, its payment is approved, or nothing of it is payable.
        InvoicesComplete: its invoices are over all of it.
        InvoiceNumberMalformed, InvoiceDiffers: the invoice does not say what it must; tells the fields.
        ChannelCodeMissing: there is no credit code to compare it with.
        InvoiceUsedBefore: it was recorded before.
    """
    said = _document(wanted)
    rules.require_number(said.kind, said.code, said.number)
    statement = await settlements.lock_for_invoice(session, statement_id, actor=actor)
    whole, so_far = _whole(statement), await queries.invoiced(session, statement_id)
    left = Split(whole.net - so_far.net, whole.vat - so_far.vat)
    rules.require_room(left)
    rules.require_fits(said, await _wanted(session, statement, now), left)
    facts = wanted.model_dump(exclude={"net", "vat"})
    invoice = Invoice(**facts, **_of(statement), **_fen(said.amount), recorded_by=actor.id, recorded_at=now)
    await _add(session, invoice, "invoice.recorded")
    if said.amount == left:
        await settlements.record_invoiced(session, statement, said.number, actor=actor, now=now)
    return statement


async def record_red_letter(
    session: AsyncSession, invoice_id: UUID, wanted: RedLetterCreate, *, actor: Actor, now: datetime
) -> Invoice:
    """Record a red-letter invoice that takes back another one, whole or in part.

    Raises:
        NotFound: no invoice has this id.
        RedLetterNotPossible: it is a red-letter one, is taken back, or the statement's payment is approved.
        InvoiceNumberMalformed, InvoiceDiffers: it does not say what it must; tells the fields.
        InvoiceUsedBefore: it was recorded before.
    """
    original = await queries.get_invoice(session, invoice_id)
    rules.require_number(original.kind, wanted.code, wanted.number)
    if original.red_letter_of is not None:
        raise rules.RedLetterNotPossible("A red-letter invoice is not taken back by another one.")
    await settlements.lock(session, [original.statement_id])
    statement = await settlements.get(session, original.statement_id, actor=actor)
    rules.require_reversible(statement.status)
    amount = Split(wanted.net.fen, wanted.vat.fen)
    rules.require_takes_back(amount, await queries.left_of(session, invoice_id), _rate(statement))
    same = original.model_dump(include={"kind", "buyer_name", "buyer_uscc", "seller_uscc"})
    facts = wanted.model_dump(exclude={"net", "vat"})
    invoice = Invoice(
        **same, **facts, **_of(statement), **_fen(amount),
        red_letter_of=invoice_id, recorded_by=actor.id, recorded_at=now,
    )  # fmt: skip
    await _add(session, invoice, "invoice.taken_back", reason=wanted.reason)
    return invoice


async def _add(session: AsyncSession, invoice: Invoice, action: str, *, reason: str | None = None) -> None:
    if not await queries.add(session, invoice):
        raise rules.InvoiceUsedBefore("An invoice of this code and number was recorded before.", pointer="/number")
    facts = {
        "invoice_id": invoice.id, "code": invoice.code, "number": invoice.number,
        "net_fen": invoice.net_fen, "vat_fen": invoice.vat_fen,
    }  # fmt: skip
    await trail.record(session, action, kind="settlement", id=invoice.statement_id, reason=reason, facts=facts)


async def _wanted(session: AsyncSession, statement: Statement, now: datetime) -> Wanted:
    house = await policy.rows(session, ["house.name", "house.uscc"], on=business_date(now))
    codes = await queries.credit_codes(session, statement.channel_id)
    rules.require_codes(codes, is_foreign=statement.is_vat_withheld)
    return Wanted(
        buyer_name=house["house.name"].value,
        buyer_uscc=house["house.uscc"].value,
        seller_usccs=codes,
        is_foreign=statement.is_vat_withheld,
        rate=_rate(statement),
        earliest=business_date(statement.calculated_at),
        latest=business_date(now),
    )


def _document(wanted: InvoiceCreate) -> Document:
    amount = Split(wanted.net.fen, wanted.vat.fen)
    return Document(amount=amount, **wanted.model_dump(exclude={"net", "vat"}))


def _whole(statement: Statement) -> Split:
    payable = payable_fen(statement.closing_fen, statement.held_fen)
    return invoiced_as(payable, Terms(statement.vat_rate, statement.is_vat_withheld))


def _rate(statement: Statement) -> Decimal:
    return Decimal(0) if statement.is_vat_withheld else statement.vat_rate


def _of(statement: Statement) -> dict[str, Any]:
    return {"statement_id": statement.id, "channel_id": statement.channel_id}


def _fen(amount: Split) -> dict[str, Any]:
    return {"net_fen": amount.net, "vat_fen": amount.vat}
