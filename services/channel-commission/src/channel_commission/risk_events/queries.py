from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.risk_events.rules import RiskStatus
from channel_commission.risk_events.tables import RiskEvent
from shared.errors import NotFound


async def get_event(session: AsyncSession, event_id: UUID, *, for_update: bool = False) -> RiskEvent:
    statement = select(RiskEvent).where(col(RiskEvent.id) == event_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No risk event has this id.")
    return found


def select_events(
    *, channel_id: UUID | None, status: Sequence[RiskStatus] | None, owner_id: UUID | None
) -> Select[RiskEvent]:
    statement = select(RiskEvent)
    if channel_id is not None:
        statement = statement.where(col(RiskEvent.channel_id) == channel_id)
    if owner_id is not None:
        statement = statement.where(col(RiskEvent.owner_id) == owner_id)
    return statement if not status else statement.where(col(RiskEvent.status).in_(status))
