"""Handling a complaint: proposed decision, approval by a second person, what the channel says."""

from uuid import UUID

from fastapi import Response

from complaints.approvals.rules import ApprovalAboveLimit
from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed
from complaints.cases.schemas import ComplaintRead
from complaints.handling import rules, service
from complaints.handling.schemas import CooperationCreate, CooperationRead, Proposal, SendingBack
from complaints.handling.tables import Cooperation
from complaints.recusal.rules import HandlerExcluded
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint handling")


@routes.post(
    "/complaints/{complaint_id}/propose",
    responses=problems.docs(
        NotFound, CommandNotAllowed, rules.NotTheHandler, HandlerExcluded, rules.ClassificationMissing
    ),
)
async def propose_decision(
    complaint_id: UUID, wanted: Proposal, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Propose the decision, as the handler: findings, whether upheld (有责), basis, remedies that stay open.

    The case is classified in all three dimensions before. What is to be paid is approved with the decision.
    """
    complaint = await service.propose(session, complaint_id, wanted, actor=actor)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/send-back",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.ApproverNotIndependent),
)
async def send_back_decision(
    complaint_id: UUID, wanted: SendingBack, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Send the proposed decision back to the handler."""
    complaint = await service.send_back(session, complaint_id, reason=wanted.reason, actor=actor)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/approve",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        Stale,
        rules.ApproverNotIndependent,
        rules.ClassificationMissing,
        ApprovalAboveLimit,
    ),
)
async def approve_decision(
    complaint_id: UUID,
    version: IfMatchDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> ComplaintRead:
    """Approve the proposed decision you read (If-Match), as somebody who neither wrote it nor handles the case.

    Above the limits of amount and level a senior executive approves. The complaint is decided then; the legal clock
    runs on until the complainant is informed.
    """
    complaint = await service.approve(session, complaint_id, read_version=version, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/cooperation", status_code=201, responses=problems.docs(NotFound, CommandNotAllowed)
)
async def cooperate(
    complaint_id: UUID, wanted: CooperationCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> CooperationRead:
    """Say, as the channel that sold, what you know of the matter and where your evidence is kept."""
    given = await service.cooperate(session, complaint_id, wanted, actor=actor, now=now)
    return CooperationRead.model_validate(given)


@routes.get("/complaints/{complaint_id}/cooperation", responses=problems.docs(NotFound))
async def list_cooperation(
    complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[CooperationRead]:
    """List what the channel said to a complaint, oldest first."""
    statement = await service.cooperation(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Cooperation.given_at, Cooperation.id))
    return Page(items=[CooperationRead.model_validate(given) for given in found], next_cursor=cursor)
