"""Systemic issues (共性问题): the same cause over one product and channel, too often to be a matter of single cases."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases.rules import RootCause
from complaints.cases.tables import Complaint
from complaints.improvement import service as improvement
from complaints.improvement.rules import ActionOwnerUnfit, DueDateInvalid
from complaints.improvement.schemas import ActionCreate, ActionRead
from complaints.systemic import rules, service
from complaints.systemic.rules import IssueStatus
from complaints.systemic.schemas import IssueCaseRead, IssueDecision, IssueRead, IssueResolution
from complaints.systemic.tables import SystemicIssue
from shared.errors import NotFound, NotYetKnown
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Systemic issues")


@routes.get("/systemic-issues")
async def list_systemic_issues(
    session: SessionDep,
    page: PageDep,
    status: Annotated[IssueStatus | None, Query()] = None,
    root_cause: Annotated[RootCause | None, Query()] = None,
    product_id: Annotated[UUID | None, Query()] = None,
    channel_id: Annotated[UUID | None, Query()] = None,
) -> Page[IssueRead]:
    """List where the same cause came too often, newest first, each with the numbers and the policy that say so."""
    statement = service.select_issues(
        status=status, root_cause=root_cause, product_id=product_id, channel_id=channel_id
    )
    by = (SystemicIssue.detected_at, SystemicIssue.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[service.shown(one) for one in found], next_cursor=cursor)


@routes.get("/systemic-issues/{issue_id}", responses=problems.docs(NotFound))
async def read_systemic_issue(issue_id: UUID, session: SessionDep, response: Response) -> IssueRead:
    """Read an issue: what was counted in which days, with what it was compared, and by which numbers of policy."""
    issue = await service.get(session, issue_id)
    set_etag(response, issue.version)
    return service.shown(issue)


@routes.get("/systemic-issues/{issue_id}/cases", responses=problems.docs(NotFound))
async def list_cases_of_systemic_issue(
    issue_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    counted: Annotated[bool | None, Query(description="Counted when it was detected, or joined since.")] = None,
) -> Page[IssueCaseRead]:
    """List the cases of an issue in the order of receipt. Nobody is shown a complaint about themselves."""
    statement = await service.select_cases(session, issue_id, is_counted=counted, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Complaint.received_on, Complaint.id))
    return Page(items=[service.shown_case(one) for one in found], next_cursor=cursor)


@routes.post("/systemic-issues/{issue_id}/confirm", responses=problems.docs(NotFound, rules.IssueCommandNotAllowed))
async def confirm_systemic_issue(
    issue_id: UUID, wanted: IssueDecision, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> IssueRead:
    """Confirm that it is a systemic issue; actions are opened against it from now on."""
    issue = await service.confirm(session, issue_id, reason=wanted.reason, actor=actor, now=now)
    set_etag(response, issue.version)
    return service.shown(issue)


@routes.post("/systemic-issues/{issue_id}/dismiss", responses=problems.docs(NotFound, rules.IssueCommandNotAllowed))
async def dismiss_systemic_issue(
    issue_id: UUID, wanted: IssueDecision, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> IssueRead:
    """Dismiss what is no systemic issue, with the reason; the same cases raise no other."""
    issue = await service.dismiss(session, issue_id, reason=wanted.reason, actor=actor, now=now)
    set_etag(response, issue.version)
    return service.shown(issue)


@routes.post(
    "/systemic-issues/{issue_id}/improvement-actions",
    status_code=201,
    responses=problems.docs(NotFound, rules.IssueCommandNotAllowed, NotYetKnown, ActionOwnerUnfit, DueDateInvalid),
)
async def open_action_on_systemic_issue(
    issue_id: UUID, wanted: ActionCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Open an action against the cause of a confirmed issue; its owner's department answers for it."""
    action = await service.open_action(session, issue_id, wanted, actor=actor, now=now)
    set_etag(response, action.version)
    return improvement.shown(action, now=now)


@routes.post(
    "/systemic-issues/{issue_id}/resolve",
    responses=problems.docs(NotFound, rules.IssueCommandNotAllowed, rules.IssueNotPutRight),
)
async def resolve_systemic_issue(
    issue_id: UUID, wanted: IssueResolution, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> IssueRead:
    """End an issue: an action had an effect and none is left to be done or judged. Later cases may raise another."""
    issue = await service.resolve(session, issue_id, resolution=wanted.resolution, actor=actor, now=now)
    set_etag(response, issue.version)
    return service.shown(issue)
