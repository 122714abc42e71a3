"""How a complaint ends: informing, closing, withdrawal, or that whoever filed had no authority."""

from uuid import UUID

from fastapi import Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.cases.schemas import ComplaintRead
from complaints.clocks.rules import ApproverIsHandler
from complaints.compensations.rules import CompensationNotProven, CompensationUnpaid
from complaints.handling.rules import NotTheHandler
from complaints.outcomes import rules, service
from complaints.outcomes.schemas import Closing, Declining, Informing, Withdrawal
from complaints.tasks.rules import TaskOpen
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.post(
    "/complaints/{complaint_id}/inform",
    responses=problems.docs(NotFound, CommandNotAllowed, NotTheHandler, DayOutOfRange),
)
async def inform_complainant(
    complaint_id: UUID, wanted: Informing, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Record that the complainant was informed of the decision, with the proof. The legal clock stops on that day.

    The decision notice is kept among the evidence as it is told.
    """
    complaint = await service.inform(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/close",
    responses=problems.docs(
        NotFound, CommandNotAllowed, NotTheHandler, TaskOpen, CompensationUnpaid, CompensationNotProven
    ),
)
async def close_complaint(
    complaint_id: UUID, wanted: Closing, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Close a complaint after informing, with its root cause (which cannot be the customer) and the measures taken.

    What was agreed to be paid is paid, with proof, before, and no task is open.
    """
    complaint = await service.close(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/withdraw",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.DayMissing, DayOutOfRange, rules.ProofMissing),
)
async def withdraw_complaint(
    complaint_id: UUID, wanted: Withdrawal, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Withdraw a complaint: the procedure ends on the day the withdrawal was received.

    Staff say where the complainant's word is kept; clients withdraw their own.
    """
    complaint = await service.withdraw(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/decline",
    responses=problems.docs(NotFound, CommandNotAllowed, ApproverIsHandler, rules.SpeaksForThemselves, DayOutOfRange),
)
async def decline_complaint(
    complaint_id: UUID, wanted: Declining, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Decline what somebody filed who turned out to have no authority (不予受理), with the notice and its proof.

    The case ends and counts as no complaint; the handler does not do this, and only before a decision is proposed.
    """
    complaint = await service.decline(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)
