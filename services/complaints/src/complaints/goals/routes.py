"""What is exchanged with the complainant, and the house's own clocks (内部时限)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.cases.rules import CommandNotAllowed
from complaints.correspondence import service as correspondence
from complaints.correspondence.rules import InstantOutOfRange
from complaints.correspondence.schemas import ExchangeCreate, ExchangeRead
from complaints.correspondence.tables import Exchange
from complaints.goals import service
from complaints.goals.schemas import EscalationRead, InternalClocks
from complaints.goals.tables import Escalation
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Internal clocks")


@routes.post(
    "/complaints/{complaint_id}/correspondence",
    status_code=201,
    responses=problems.docs(NotFound, CommandNotAllowed, InstantOutOfRange),
)
async def record_exchange(
    complaint_id: UUID, wanted: ExchangeCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> ExchangeRead:
    """Record what was exchanged with the complainant.

    An acknowledgement or a response stops the clock of acknowledging, a response those of responding; a message of the
    complainant starts the clock of the next response.
    """
    return ExchangeRead.model_validate(await service.exchange(session, complaint_id, wanted, actor=actor, now=now))


@routes.get("/complaints/{complaint_id}/correspondence", responses=problems.docs(NotFound))
async def list_exchanges(complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[ExchangeRead]:
    """List what was exchanged with the complainant, oldest first."""
    statement = await correspondence.exchanges(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Exchange.at, Exchange.id))
    return Page(items=[ExchangeRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/complaints/{complaint_id}/internal-clocks", responses=problems.docs(NotFound))
async def read_internal_clocks(complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> InternalClocks:
    """Read the clocks of a case: goal, working time used, due instant, levels, and what was told of them."""
    return await service.internal_clocks(session, complaint_id, actor=actor, now=now)


@routes.get("/escalations")
async def list_escalations(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    office: Annotated[str | None, Query(description="The role that was to be told.", max_length=40)] = None,
) -> Page[EscalationRead]:
    """List the levels of clocks that were told of, newest first."""
    statement = service.select_escalations(actor, office)
    by = (Escalation.told_at, Escalation.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[EscalationRead.model_validate(one) for one in found], next_cursor=cursor)
