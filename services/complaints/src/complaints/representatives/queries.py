from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.representatives.tables import CaseParty
from shared.errors import NotFound


async def list_parties(session: AsyncSession, complaint_id: UUID) -> Sequence[CaseParty]:
    statement = select(CaseParty).where(col(CaseParty.complaint_id) == complaint_id)
    return (await session.execute(statement.order_by(col(CaseParty.added_at), col(CaseParty.id)))).scalars().all()


async def get_party(session: AsyncSession, complaint_id: UUID, party_id: UUID) -> CaseParty:
    party = await session.get(CaseParty, party_id)
    if party is None or party.complaint_id != complaint_id:
        raise NotFound("Nobody with this id speaks in this case.")
    return party
