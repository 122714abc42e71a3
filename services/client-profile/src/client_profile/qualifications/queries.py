from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.qualifications.rules import QualificationStatus
from client_profile.qualifications.tables import Qualification
from shared.errors import NotFound


def select_qualifications(client_id: UUID) -> Select[Qualification]:
    return select(Qualification).where(col(Qualification.client_id) == client_id)


async def find_longest(session: AsyncSession, client_id: UUID) -> Qualification | None:
    """Return the client's confirmed proof that counts longest, also if it has lapsed."""
    statement = select_qualifications(client_id).where(col(Qualification.status) == QualificationStatus.CONFIRMED)
    ordered = statement.order_by(col(Qualification.valid_until).desc(), col(Qualification.id).desc())
    return (await session.execute(ordered.limit(1))).scalar_one_or_none()


async def get_qualification(session: AsyncSession, client_id: UUID, qualification_id: UUID) -> Qualification:
    found = await session.get(Qualification, qualification_id, with_for_update=True)
    if found is None or found.client_id != client_id:
        raise NotFound("This client has no proof with this id.")
    return found


async def take_lapsed(session: AsyncSession, today: date, limit: int) -> Sequence[Qualification]:
    """Lock proofs whose last day has passed and was not told yet, skipping those another worker holds."""
    statement = (
        select(Qualification)
        .where(
            col(Qualification.status) == QualificationStatus.CONFIRMED,
            col(Qualification.is_lapsed).is_(False),
            col(Qualification.valid_until) < today,
        )
        .order_by(col(Qualification.client_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(statement)).scalars().all()
