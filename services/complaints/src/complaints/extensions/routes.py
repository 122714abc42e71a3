"""Extending the legal time of a complaint."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.clocks.rules import ApproverIsHandler
from complaints.extensions import rules, service
from complaints.extensions.schemas import Extension
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Legal clock")


@routes.post(
    "/complaints/{complaint_id}/extend",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        rules.ExtensionOutOfOrder,
        rules.ExtensionTooLate,
        rules.ExtensionNotYours,
        ApproverIsHandler,
        rules.ComplainantNotTold,
    ),
)
async def extend_complaint(
    complaint_id: UUID, wanted: Extension, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Extend the legal time, before the due date: to 30 days by a complaint supervisor, then to 60 by an executive.

    You approve by this call, so you may not be the handler. The second extension needs the day on which the complainant
    was told of it.
    """
    complaint = await service.extend(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)
