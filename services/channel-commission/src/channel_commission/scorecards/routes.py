"""Scorecards of channels: computed from what was counted, and explained line by line."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.scorecards import queries, rules, service
from channel_commission.scorecards.schemas import Computed, ScorecardPeriod, ScorecardRead, ScorecardWhy
from channel_commission.scorecards.tables import ChannelScorecard
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Scorecards")


@routes.post("/channel-scorecards/compute", responses=problems.docs(rules.PeriodEmpty, rules.PeriodNotOver))
async def compute_scorecards(wanted: ScorecardPeriod, session: SessionDep, now: NowDep) -> Computed:
    """Compute the scorecards (评分卡) of a period. Again it changes nothing, unless facts came late: a new revision."""
    return await service.compute(session, wanted, now=now)


@routes.get("/channel-scorecards")
async def list_scorecards(
    session: SessionDep, actor: ActorDep, page: PageDep, channel_id: Annotated[UUID | None, Query()] = None
) -> Page[ScorecardRead]:
    """List scorecards with all revisions, the oldest first; a channel sees its own."""
    statement = queries.select_scorecards(actor, channel_id=channel_id)
    found, cursor = await pages.fetch(session, statement, page, by=(ChannelScorecard.id,))
    return Page(items=[service.read(one) for one in found], next_cursor=cursor)


@routes.get("/channel-scorecards/{scorecard_id}/why", responses=problems.docs(NotFound))
async def explain_scorecard(scorecard_id: UUID, session: SessionDep, actor: ActorDep) -> ScorecardWhy:
    """Show a scorecard's facts, policy and arithmetic line by line, computed again from them."""
    return await service.why(session, scorecard_id, actor=actor)
