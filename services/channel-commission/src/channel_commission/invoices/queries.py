from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.invoices.tables import Invoice
from channel_commission.taxes.rules import Split
from shared.errors import NotFound

# A branch may settle under its head office's code: the agreement is between head offices.
_CODES = text(
    "SELECT uscc FROM channel WHERE uscc IS NOT NULL"
    " AND id IN (SELECT unnest(ARRAY[id, parent_id]) FROM channel WHERE id = :id)"
)


async def credit_codes(session: AsyncSession, channel_id: UUID) -> set[str]:
    """Return the credit codes of a channel and of its head office, as far as they are known."""
    return set((await session.execute(_CODES, {"id": channel_id})).scalars())


async def invoiced(session: AsyncSession, statement_id: UUID) -> Split:
    """Return what a statement's invoices are over, less what red-letter ones took back."""
    return await _sum(session, col(Invoice.statement_id) == statement_id)


async def left_of(session: AsyncSession, invoice_id: UUID) -> Split:
    """Return what red-letter invoices left of an invoice."""
    return await _sum(session, (col(Invoice.id) == invoice_id) | (col(Invoice.red_letter_of) == invoice_id))


async def _sum(session: AsyncSession, condition: ColumnElement[bool]) -> Split:
    net, vat = (func.coalesce(func.sum(column), 0) for column in (col(Invoice.net_fen), col(Invoice.vat_fen)))
    sums = (await session.execute(select(net, vat).where(condition))).one()
    return Split(int(sums[0]), int(sums[1]))


async def add(session: AsyncSession, invoice: Invoice) -> bool:
    """Write an invoice; return whether it is new: of two at once with one number, the second one is not."""
    statement = (
        insert(Invoice).values(**invoice.model_dump()).on_conflict_do_nothing(constraint="invoice_code_number_key")
    )
    return (await session.execute(statement.returning(col(Invoice.id)))).first() is not None


async def get_invoice(session: AsyncSession, invoice_id: UUID) -> Invoice:
    found = await session.get(Invoice, invoice_id)
    if found is None:
        raise NotFound("No invoice has this id.")
    return found


def select_invoices(statement_id: UUID) -> Select[Invoice]:
    return select(Invoice).where(col(Invoice.statement_id) == statement_id)
