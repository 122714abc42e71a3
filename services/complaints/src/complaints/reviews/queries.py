from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.reviews.tables import Review
from shared.errors import NotFound


async def find_review(session: AsyncSession, complaint_id: UUID) -> Review | None:
    return await session.get(Review, complaint_id)


async def get_review(session: AsyncSession, complaint_id: UUID) -> Review:
    review = await find_review(session, complaint_id)
    if review is None:
        raise NotFound("No review of this complaint was asked for here.")
    return review


def select_waiting(complaint_ids: Select[UUID], *, due_before: date | None) -> Select[Review]:
    """Return the select of the reviews of whose result the complainant was not informed yet."""
    statement = select(Review).where(
        col(Review.informed_on).is_(None), col(Review.due_on).is_not(None), col(Review.complaint_id).in_(complaint_ids)
    )
    return statement if due_before is None else statement.where(col(Review.due_on) < due_before)
