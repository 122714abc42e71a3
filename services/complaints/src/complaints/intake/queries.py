from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NEXT = text(
    "INSERT INTO case_sequence AS known (year, last) VALUES (:year, :count)"
    " ON CONFLICT (year) DO UPDATE SET last = known.last + excluded.last RETURNING last"
)


async def raise_sequence(session: AsyncSession, year: int, count: int) -> int:
    """Return the last of `count` further sequence numbers of a year."""
    return int((await session.execute(_NEXT, {"year": year, "count": count})).scalar_one())
