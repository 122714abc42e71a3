from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.assignment.tables import Assignment

_CHOOSE = text("SELECT pg_advisory_xact_lock(hashtextextended('choice of a complaint handler', 0))")


async def lock_choice(session: AsyncSession) -> None:
    """Let one choice at a time pass, so that each sees what the one before gave to whom."""
    await session.execute(_CHOOSE)


def select_assignments(complaint_id: UUID) -> Select[Assignment]:
    return select(Assignment).where(col(Assignment.complaint_id) == complaint_id)
