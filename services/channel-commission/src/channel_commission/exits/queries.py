from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.exits.rules import ExitStatus
from channel_commission.exits.tables import ExitProposal
from shared.errors import NotFound


async def is_proposed(session: AsyncSession, channel_id: UUID) -> bool:
    statement = select(col(ExitProposal.id)).where(
        col(ExitProposal.channel_id) == channel_id, col(ExitProposal.status) == ExitStatus.PROPOSED
    )
    return (await session.execute(statement)).first() is not None


async def get_proposal(session: AsyncSession, proposal_id: UUID, *, for_update: bool = False) -> ExitProposal:
    statement = select(ExitProposal).where(col(ExitProposal.id) == proposal_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No exit proposal has this id.")
    return found


def select_proposals(*, channel_id: UUID | None, status: ExitStatus | None) -> Select[ExitProposal]:
    statement = select(ExitProposal)
    if channel_id is not None:
        statement = statement.where(col(ExitProposal.channel_id) == channel_id)
    return statement if status is None else statement.where(col(ExitProposal.status) == status)
