from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.dealings.rules import DealingStatus
from client_profile.dealings.tables import Dealing
from client_profile.lifecycle.tables import Screening

_OPEN = (DealingStatus.SIGNED, DealingStatus.PAID)


def select_screenings(client_id: UUID) -> Select[Screening]:
    return select(Screening).where(col(Screening.client_id) == client_id)


async def has_open_dealings(session: AsyncSession, client_id: UUID) -> bool:
    statement = select(col(Dealing.id)).where(col(Dealing.client_id) == client_id, col(Dealing.status).in_(_OPEN))
    return (await session.execute(statement.limit(1))).first() is not None
