"""Appraisals by others, which do not count for the legal clock, and new facts, which start it anew."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.cases.schemas import ComplaintRead
from complaints.clocks.rules import ApproverIsHandler
from complaints.handling.rules import NotTheHandler
from complaints.interruptions import rules, service
from complaints.interruptions.schemas import NewFacts, Resumption, Suspension
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Legal clock")


@routes.post(
    "/complaints/{complaint_id}/suspend",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.SuspensionTooLate, ApproverIsHandler, DayOutOfRange),
)
async def suspend_clock(
    complaint_id: UUID, wanted: Suspension, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Stop the legal clock for an appraisal by others (外部鉴定、检测、评估), of which the complainant was told.

    Recorded before the due date is over, by a supervisor who does not handle the case.
    """
    complaint = await service.suspend(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/resume",
    responses=problems.docs(NotFound, CommandNotAllowed, NotTheHandler, DayOutOfRange),
)
async def resume_clock(
    complaint_id: UUID, wanted: Resumption, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Let the legal clock go on, since the result of the appraisal arrived; the days of the appraisal do not count."""
    complaint = await service.resume(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/new-facts",
    responses=problems.docs(NotFound, CommandNotAllowed, ApproverIsHandler, DayOutOfRange),
)
async def add_new_facts(
    complaint_id: UUID, wanted: NewFacts, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Record new facts and reasons: the legal clock starts anew on the day they arrived.

    A proposed or approved decision does not know them: the case goes back to its handler. A due date that had passed
    stays in the record.
    """
    complaint = await service.add_facts(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)
