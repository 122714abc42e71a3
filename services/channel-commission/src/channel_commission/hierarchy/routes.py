"""Head offices and branches, day by day."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.channels import rules as channel_rules
from channel_commission.channels import service as channels
from channel_commission.channels.schemas import BusinessDate, ChannelRead
from channel_commission.hierarchy import rules, service
from channel_commission.hierarchy.schemas import HierarchyRead, Move
from shared.errors import NotFound
from shared.http import problems
from shared.http.bodies import Instant
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Hierarchy")


@routes.post(
    "/channels/{channel_id}/move",
    responses=problems.docs(
        NotFound,
        channel_rules.ChannelUnknown,
        channel_rules.HeadOfficeBlacklisted,
        rules.HierarchyCycle,
        rules.HeadOfficeIsBranch,
        rules.HasBranches,
        rules.NothingMoves,
    ),
)
async def move_channel(
    channel_id: UUID, wanted: Move, session: SessionDep, now: NowDep, response: Response
) -> ChannelRead:
    """Put a channel under another head office from a day on, or under none. What was known before stays readable."""
    channel = await service.move(session, channel_id, wanted, now=now)
    set_etag(response, channel.version)
    return (await channels.read_all(session, [channel]))[0]


@routes.get("/channels/{channel_id}/hierarchy", responses=problems.docs(NotFound))
async def read_hierarchy(
    channel_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    on: Annotated[BusinessDate | None, Query(description="Day asked for; today if left out.")] = None,
    known_at: Annotated[Instant | None, Query(description="As known then; now if left out.")] = None,
) -> HierarchyRead:
    """Read under whom a channel stood on a day and what stood under it, as it was known at an instant."""
    return await service.read(session, channel_id, on=on, known_at=known_at, actor=actor, now=now)
