"""Exit proposals: a rule or a person proposes, a second person decides."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.exits import queries, rules, service
from channel_commission.exits.rules import ExitStatus
from channel_commission.exits.schemas import ExitCreate, ExitDecision, ExitRead
from channel_commission.exits.tables import ExitProposal
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Exits")


@routes.post(
    "/channels/{channel_id}/exit-proposals",
    status_code=201,
    responses=problems.docs(NotFound, rules.ChannelIsGone, rules.ExitIsProposed),
)
async def propose_exit(
    channel_id: UUID, wanted: ExitCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> ExitRead:
    """Propose that a channel leaves (退出建议). A red line, or grade D twice, proposes it by itself."""
    return ExitRead.model_validate(await service.propose(session, channel_id, wanted.note, actor=actor, now=now))


@routes.get("/exit-proposals")
async def list_exit_proposals(
    session: SessionDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[ExitStatus | None, Query()] = None,
) -> Page[ExitRead]:
    """List exit proposals, the oldest first."""
    statement = queries.select_proposals(channel_id=channel_id, status=status)
    found, cursor = await pages.fetch(session, statement, page, by=(ExitProposal.id,))
    return Page(items=[ExitRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/exit-proposals/{proposal_id}/decide",
    responses=problems.docs(NotFound, rules.ExitDecided, SecondPersonNeeded),
)
async def decide_exit(
    proposal_id: UUID, wanted: ExitDecision, session: SessionDep, actor: ActorDep, now: NowDep
) -> ExitRead:
    """Decide on a proposal as a second person; an accepted one ends the cooperation."""
    return ExitRead.model_validate(await service.decide(session, proposal_id, wanted, actor=actor, now=now))
