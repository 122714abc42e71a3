"""Visits, trainings and inspections."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.channels import service as channels
from channel_commission.visits import queries, rules, service
from channel_commission.visits.rules import VisitKind
from channel_commission.visits.schemas import VisitCreate, VisitRead
from channel_commission.visits.tables import ChannelVisit
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Visits")


@routes.post("/channels/{channel_id}/visits", status_code=201, responses=problems.docs(NotFound, rules.HeldInFuture))
async def record_visit(
    channel_id: UUID, wanted: VisitCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> VisitRead:
    """Record a visit (走访), training (培训) or inspection (现场检查) that was held."""
    return VisitRead.model_validate(await service.record(session, channel_id, wanted, actor=actor, now=now))


@routes.get("/channels/{channel_id}/visits", responses=problems.docs(NotFound))
async def list_visits(
    channel_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    kind: Annotated[VisitKind | None, Query()] = None,
) -> Page[VisitRead]:
    """List visits, trainings and inspections, the latest first."""
    await channels.get(session, channel_id, actor=actor)
    statement, by = queries.select_visits(channel_id, kind=kind), (ChannelVisit.held_on, ChannelVisit.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[VisitRead.model_validate(one) for one in found], next_cursor=cursor)
