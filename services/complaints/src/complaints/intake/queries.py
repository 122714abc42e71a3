from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.intake.tables import Complainant
from shared.errors import NotFound

_NEXT = text(
    "INSERT INTO case_sequence AS known (year, last) VALUES (:year, :count)"
    " ON CONFLICT (year) DO UPDATE SET last = known.last + excluded.last RETURNING last"
)


async def raise_sequence(session: AsyncSession, year: int, count: int) -> int:
    """Return the last of `count` further sequence numbers of a year."""
    return int((await session.execute(_NEXT, {"year": year, "count": count})).scalar_one())


async def get_complainant(session: AsyncSession, complaint_id: UUID) -> Complainant:
    complainant = await session.get(Complainant, complaint_id)
    if complainant is None:
        raise NotFound("No contact data of a complainant is kept with this case; ask client-profile for the client's.")
    return complainant
