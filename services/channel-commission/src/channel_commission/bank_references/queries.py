from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.bank_references.tables import BankReference


async def add(session: AsyncSession, reference: str, paid: str) -> bool:
    """Return whether the reference was new; of two payments at once with it, the second one is told it is not."""
    statement = insert(BankReference).values(reference=reference, paid=paid).on_conflict_do_nothing()
    return (await session.execute(statement.returning(col(BankReference.reference)))).first() is not None
