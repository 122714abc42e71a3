"""Assignment (分派): who may have a case, who has the least to do, who got it and why."""

from uuid import UUID

from fastapi import Response

from complaints.assignment import service
from complaints.assignment.rules import NoHandlerFree
from complaints.assignment.schemas import AssignmentCreate, AssignmentRead, Candidates
from complaints.assignment.tables import Assignment
from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.recusal.rules import HandlerExcluded
from shared.errors import NotFound, NotYetKnown
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint handling")


@routes.get("/complaints/{complaint_id}/handlers", responses=problems.docs(NotFound))
async def list_handlers(complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> Candidates:
    """List everybody at work as a complaint handler, the best for this case first, and why.

    `route` says where routing sends the case, `load` what each has to do, `exclusions` what speaks against them here.
    """
    return await service.candidates(session, complaint_id, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/assign",
    responses=problems.docs(NotFound, CommandNotAllowed, NotYetKnown, HandlerExcluded, NoHandlerFree),
)
async def assign_complaint(
    complaint_id: UUID, wanted: AssignmentCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Give a complaint to a handler without an interest in it: not named, not the client's manager, not in the sale.

    Without `handler_id` it goes to the one with the least to do of those to whom routing sends it.
    """
    complaint = await service.assign(session, complaint_id, wanted.handler_id, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/assignments", responses=problems.docs(NotFound))
async def list_assignments(
    complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[AssignmentRead]:
    """List who got a complaint, oldest first: by which rule, and what everybody had to do then."""
    statement = await service.assignments(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Assignment.assigned_at, Assignment.id))
    return Page(items=[AssignmentRead.model_validate(one) for one in found], next_cursor=cursor)
