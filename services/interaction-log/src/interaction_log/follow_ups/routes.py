"""Follow-ups (客户跟进): what is due, why, and what people do with it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from interaction_log.follow_ups import queries, rules, service
from interaction_log.follow_ups.schemas import (
    FollowUpCompletion,
    FollowUpRead,
    FollowUpRequest,
    FollowUpReschedule,
    FollowUpWhy,
)
from interaction_log.planning.rules import FollowUpNotOpen, FollowUpStatus
from interaction_log.planning.tables import FollowUp
from shared.clock import business_date
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Follow-ups")


@routes.post(
    "/follow-ups",
    status_code=201,
    responses=problems.docs(rules.DayOutOfRange, rules.AssigneeHasLeft, rules.ClientOutOfReach, ClientIsErased),
)
async def request_follow_up(
    wanted: FollowUpRequest, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> FollowUpRead:
    """Plan a follow-up: call back, bring papers, ask again. The client's manager gets it unless somebody is named."""
    follow_up = await service.request(session, wanted, actor=actor, now=now)
    set_etag(response, follow_up.version)
    return FollowUpRead.model_validate(follow_up)


@routes.get("/follow-ups", responses=problems.docs(ClientIsErased))
async def list_follow_ups(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    assignee_id: Annotated[UUID | None, Query()] = None,
    client_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[FollowUpStatus | None, Query()] = None,
    due_before: Annotated[date | None, Query(description="Due on an earlier day than this.")] = None,
    overdue: Annotated[bool, Query(description="Only those whose day passed without being done.")] = False,
) -> Page[FollowUpRead]:
    """List follow-ups, the earliest due first: the caller's own and those with the caller's clients."""
    await require_present(session, client_id)
    statement = queries.select_matching(
        within=service.reach(actor), assignee_id=assignee_id, client_id=client_id, status=status, due_before=due_before
    )
    if overdue:
        statement = statement.where(queries.is_overdue(business_date(now)))
    found, cursor = await pages.fetch(session, statement, page, by=(FollowUp.due_on, FollowUp.id))
    return Page(items=[FollowUpRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/follow-ups/{follow_up_id}", responses=problems.docs(NotFound))
async def read_follow_up(follow_up_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> FollowUpRead:
    """Read one follow-up."""
    follow_up = await queries.get(session, follow_up_id, within=service.reach(actor))
    set_etag(response, follow_up.version)
    return FollowUpRead.model_validate(follow_up)


@routes.get("/follow-ups/{follow_up_id}/why", responses=problems.docs(NotFound))
async def explain_follow_up(follow_up_id: UUID, session: SessionDep, actor: ActorDep) -> FollowUpWhy:
    """Say why a follow-up is due on its day: last contact, service class, days by policy, the rule's answer again."""
    return await service.why(session, await queries.get(session, follow_up_id, within=service.reach(actor)))


@routes.post(
    "/follow-ups/{follow_up_id}/complete",
    responses=problems.docs(
        NotFound, rules.NotTheAssignee, FollowUpNotOpen, rules.CompletedByContact, rules.InteractionUnknown
    ),
)
async def complete_follow_up(
    follow_up_id: UUID,
    wanted: FollowUpCompletion,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> FollowUpRead:
    """Complete a follow-up by naming the contact it led to, or by a note on what came of it.

    One of the rhythm is completed by itself when a contact that reached the client is recorded.
    """
    follow_up = await service.complete(session, follow_up_id, wanted, actor=actor, now=now)
    set_etag(response, follow_up.version)
    return FollowUpRead.model_validate(follow_up)


@routes.post(
    "/follow-ups/{follow_up_id}/reschedule",
    responses=problems.docs(NotFound, rules.NotTheAssignee, FollowUpNotOpen, rules.DayOutOfRange),
)
async def reschedule_follow_up(
    follow_up_id: UUID,
    wanted: FollowUpReschedule,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> FollowUpRead:
    """Move an open follow-up to another day, with the reason. The rule plans anew when contact or class change."""
    follow_up = await service.reschedule(session, follow_up_id, wanted, actor=actor, now=now)
    set_etag(response, follow_up.version)
    return FollowUpRead.model_validate(follow_up)
