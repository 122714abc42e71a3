from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

#: Invoices build on statements too, so their table is read here by its name.
_INVOICED = text(
    "SELECT coalesce(sum(net_fen), 0)::bigint AS net_fen, coalesce(sum(vat_fen), 0)::bigint AS vat_fen,"
    " coalesce(sum(vat_fen) FILTER (WHERE kind = 'special'), 0)::bigint AS special_vat_fen,"
    " coalesce(array_agg(DISTINCT recorded_by), ARRAY[]::uuid[]) AS recorders FROM invoice WHERE statement_id = :id"
)


async def invoiced(session: AsyncSession, statement_id: UUID) -> Row[Any]:
    """Return `net_fen`, `vat_fen` and `special_vat_fen` of a statement's invoices, and who recorded them."""
    return (await session.execute(_INVOICED, {"id": statement_id})).one()
