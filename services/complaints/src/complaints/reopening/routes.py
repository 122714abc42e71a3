"""Taking up an ended complaint again."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.cases.schemas import ComplaintRead
from complaints.clocks.rules import ApproverIsHandler
from complaints.intake.rules import ComplainantUnclear, SourceInvalid
from complaints.reopening import rules, service
from complaints.reopening.schemas import Reopening
from complaints.repeats.rules import AlreadyRegistered
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.post(
    "/complaints/{complaint_id}/reopen",
    status_code=201,
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        ApproverIsHandler,
        DayOutOfRange,
        rules.FactsNotNew,
        AlreadyRegistered,
        SourceInvalid,
        ComplainantUnclear,
    ),
)
async def reopen_complaint(
    complaint_id: UUID,
    wanted: Reopening,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> ComplaintRead:
    """Take up an ended complaint on new facts: a new case that follows it, whose legal clock starts as they arrived.

    The ended case stays as it is. Without new facts the answer given stands (409 `facts_not_new`).
    """
    complaint = await service.reopen(session, complaint_id, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)
