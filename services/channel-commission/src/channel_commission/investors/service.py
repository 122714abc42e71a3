from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.investors import queries
from channel_commission.rates.rules import InvestorKind


async def keep(session: AsyncSession, client_id: UUID, kind: InvestorKind, *, at: datetime) -> None:
    """Remember what a client is; sales that waited for it are looked at again."""
    if not await queries.keep(session, client_id, kind):
        return
    waiting = await queries.channels_waiting(session, client_id)
    await channels.lock_for_booking(session, waiting)
    for channel_id in waiting:
        await channels.ask_reassessment(session, channel_id, now=at)


async def kinds(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, InvestorKind]:
    """Return what each client is, as far as client-profile has told."""
    return await queries.kinds(session, client_ids)
