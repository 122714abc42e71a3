"""A channel on one page."""

from uuid import UUID

from channel_commission.overview import service
from channel_commission.overview.schemas import Overview
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Channels")


@routes.get("/channels/{channel_id}/overview", responses=problems.docs(NotFound))
async def read_channel_overview(channel_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> Overview:
    """Read a channel on one page (渠道全景): where it stands, what stands against it, and the newest of each kind."""
    return await service.read(session, channel_id, actor=actor, now=now)
