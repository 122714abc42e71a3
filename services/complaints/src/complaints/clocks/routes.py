"""The legal clock of a complaint: its extensions and its proof."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.clocks import rules, service
from complaints.clocks.schemas import ClockProof, Extension
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
        rules.ApproverIsHandler,
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


@routes.get("/complaints/{complaint_id}/clock", responses=problems.docs(NotFound))
async def prove_clock(complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> ClockProof:
    """Prove the due date: every interval with its rule, its source, the event that made it and the arithmetic."""
    return await service.proof(session, complaint_id, actor=actor, now=now)
