from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.visits import rules
from channel_commission.visits.schemas import VisitCreate
from channel_commission.visits.tables import ChannelVisit
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def record(
    session: AsyncSession, channel_id: UUID, wanted: VisitCreate, *, actor: Actor, now: datetime
) -> ChannelVisit:
    """Keep a visit, training or inspection that was held.

    Raises:
        NotFound: no channel has this id.
        HeldInFuture: it has not been held yet.
    """
    await channels.get(session, channel_id)
    rules.require_held(wanted.held_on, today=business_date(now))
    visit = ChannelVisit(channel_id=channel_id, recorded_by=actor.id, recorded_at=now, **wanted.model_dump())
    session.add(visit)
    await session.flush()
    facts = {"visit_id": visit.id, "kind": visit.kind.value, "held_on": visit.held_on}
    await trail.record(session, "channel.visited", kind="channel", id=channel_id, facts=facts)
    return visit
