"""Improvement (溯源整改): what is done about a cause of complaints, by whom and until when."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases.rules import RootCause
from complaints.improvement import rules, service
from complaints.improvement.rules import ActionStatus, Origin
from complaints.improvement.schemas import ActionCancel, ActionCreate, ActionPostpone, ActionRead, ActionReassign
from complaints.improvement.tables import ImprovementAction
from shared.clock import business_date
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, NotYetKnown, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Improvement")

#: What may stand against opening an action.
OPENING = (NotFound, NotYetKnown, rules.ActionOwnerUnfit, rules.DueDateInvalid)


@routes.post(
    "/complaints/{complaint_id}/improvement-actions",
    status_code=201,
    responses=problems.docs(*OPENING, rules.CauseUnknown, ClientIsErased),
)
async def open_improvement_action(
    complaint_id: UUID, wanted: ActionCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Open an action against the root cause of a closed complaint; its owner's department answers for it."""
    action = await service.open_for_case(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, action.version)
    return service.shown(action, now=now)


@routes.get("/improvement-actions")
async def list_improvement_actions(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    status: Annotated[ActionStatus | None, Query()] = None,
    origin: Annotated[Origin | None, Query()] = None,
    origin_id: Annotated[UUID | None, Query()] = None,
    root_cause: Annotated[RootCause | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
    unit_id: Annotated[UUID | None, Query()] = None,
    overdue: Annotated[bool | None, Query(description="Not done past the due date.")] = None,
    checkable: Annotated[bool | None, Query(description="Done, and its effect can be judged by now.")] = None,
    recurred: Annotated[bool | None, Query(description="The same complaint came again after it was done.")] = None,
) -> Page[ActionRead]:
    """List the actions that you reach, the next due first: the desk all, owners their own, leads their unit's."""
    statement = service.select_listed(
        actor,
        is_overdue=overdue,
        is_checkable=checkable,
        has_recurred=recurred,
        today=business_date(now),
        status=status,
        origin=origin,
        origin_id=origin_id,
        root_cause=root_cause,
        owner_id=owner_id,
        unit_id=unit_id,
    )
    found, cursor = await pages.fetch(session, statement, page, by=(ImprovementAction.due_on, ImprovementAction.id))
    return Page(items=[service.shown(one, now=now) for one in found], next_cursor=cursor)


@routes.get("/improvement-actions/{action_id}", responses=problems.docs(NotFound))
async def read_improvement_action(
    action_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Read an action. `allowed` names the commands that its state takes now."""
    action = await service.get(session, action_id, actor=actor)
    set_etag(response, action.version)
    return service.shown(action, now=now)


@routes.post(
    "/improvement-actions/{action_id}/reassign",
    responses=problems.docs(NotFound, rules.ActionCommandNotAllowed, NotYetKnown, rules.ActionOwnerUnfit),
)
async def reassign_improvement_action(
    action_id: UUID, wanted: ActionReassign, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Give an action to another owner, and so to the owner's department."""
    action = await service.reassign(session, action_id, wanted.owner_id, reason=wanted.reason, actor=actor)
    set_etag(response, action.version)
    return service.shown(action, now=now)


@routes.post(
    "/improvement-actions/{action_id}/postpone",
    responses=problems.docs(NotFound, rules.ActionCommandNotAllowed, SecondPersonNeeded, rules.DueDateInvalid),
)
async def postpone_improvement_action(
    action_id: UUID, wanted: ActionPostpone, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Give an action more time, with the reason, as somebody who does not own it."""
    action = await service.postpone(session, action_id, wanted.due_on, reason=wanted.reason, actor=actor, now=now)
    set_etag(response, action.version)
    return service.shown(action, now=now)


@routes.post(
    "/improvement-actions/{action_id}/cancel",
    responses=problems.docs(NotFound, rules.ActionCommandNotAllowed, SecondPersonNeeded),
)
async def cancel_improvement_action(
    action_id: UUID, wanted: ActionCancel, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """End an action that is not needed any more, with the reason, as somebody who does not own it."""
    action = await service.cancel(session, action_id, reason=wanted.reason, actor=actor)
    set_etag(response, action.version)
    return service.shown(action, now=now)
