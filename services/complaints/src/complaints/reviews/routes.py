"""Reviews (核查) of results by the superior office."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.cases import service as cases
from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.cases.schemas import ComplaintRead
from complaints.outcomes.rules import DayMissing
from complaints.outcomes.schemas import Informing
from complaints.reviews import rules, service
from complaints.reviews.schemas import ReviewDecision, ReviewDeclined, ReviewRead, ReviewRequest
from complaints.reviews.tables import Review
from shared.clock import business_date
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Complaint reviews")


@routes.post(
    "/complaints/{complaint_id}/request-review",
    responses=problems.docs(NotFound, CommandNotAllowed, DayMissing, DayOutOfRange, rules.ReviewRequestTooLate),
)
async def request_review(
    complaint_id: UUID, wanted: ReviewRequest, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Ask for a review (核查) within 30 days of having been informed of the result. Clients ask for their own."""
    complaint = await service.request(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/decide-review",
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        rules.ChangeUnclear,
        rules.NoSuperiorOffice,
        rules.ReviewerNotIndependent,
        rules.ReviewerNotOfSuperior,
    ),
)
async def decide_review(
    complaint_id: UUID,
    wanted: ReviewDecision,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
    response: Response,
) -> ComplaintRead:
    """Decide on a review, as the office above the branch that handled: uphold, change or send back.

    What is sent back is handled again as a case with a legal clock of its own, from today on; the review names it.
    """
    complaint = await service.decide(session, complaint_id, wanted, actor=actor, now=now, data_key=data_key)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/decline-review",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.SuperiorOfficeExists, DayOutOfRange),
)
async def decline_review(
    complaint_id: UUID, wanted: ReviewDeclined, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Record the notice that no office stands above head office, and which ways are open, with its proof."""
    complaint = await service.decline(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/inform-review", responses=problems.docs(NotFound, CommandNotAllowed, DayOutOfRange)
)
async def inform_of_review(
    complaint_id: UUID, wanted: Informing, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintRead:
    """Record that the complainant was informed of the review's result, with the proof. Its clock stops on that day."""
    complaint = await service.inform(session, complaint_id, wanted, actor=actor, now=now)
    set_etag(response, complaint.version)
    return cases.shown(complaint, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/review", responses=problems.docs(NotFound))
async def read_review(complaint_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> ReviewRead:
    """Read the review of a complaint: its clock, the offices, the answer and the proof of informing."""
    return await service.read(session, complaint_id, actor=actor, now=now)


@routes.get("/reviews")
async def list_reviews(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    page: PageDep,
    overdue: Annotated[bool, Query(description="Only those past their due date.")] = False,
) -> Page[ReviewRead]:
    """List the reviews of whose result the complainant waits to be informed, the next due first."""
    today = business_date(now)
    statement = service.select_waiting(actor, is_overdue=overdue, today=today)
    found, cursor = await pages.fetch(session, statement, page, by=(Review.due_on, Review.complaint_id))
    return Page(items=[service.shown(review, today=today) for review in found], next_cursor=cursor)
