from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, FollowUp, require_day
from complaints.cases.tables import Complaint
from complaints.goals import service as goals
from complaints.outcomes import rules as outcome_rules
from complaints.outcomes import service as outcomes
from complaints.outcomes.schemas import Informing
from complaints.parties import service as parties
from complaints.parties.rules import BRANCHES, Offices, offices
from complaints.recusal import service as recusal
from complaints.reopening import service as reopening
from complaints.reviews import queries, rules
from complaints.reviews.rules import Outcome
from complaints.reviews.schemas import ReviewDecision, ReviewDeclined, ReviewRead, ReviewRequest
from complaints.reviews.tables import Review
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.complaints import ComplaintReviewDecided
from shared.http.callers import Actor


async def request(
    session: AsyncSession, complaint_id: UUID, wanted: ReviewRequest, *, actor: Actor, now: datetime
) -> Complaint:
    """Record that the complainant asked for a review (核查) of the result, and start its clock.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the complainant was not informed of a decision yet, or asked before.
        DayMissing, DayOutOfRange, ReviewRequestTooLate: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.REQUEST_REVIEW, actor=actor)
    informed_on = complaint.informed_on or complaint.received_on
    requested_on = outcome_rules.day_received(
        wanted.requested_on, kind=actor.kind, first=informed_on, today=business_date(now), pointer="/requested_on"
    )
    limit = await policy.row(session, rules.REQUEST_DAYS, on=informed_on)
    rules.require_request_in_time(requested_on, informed_on=informed_on, days=int(limit.value))
    numbers = await policy.rows(session, [rules.DECISION_DAYS, BRANCHES], on=requested_on)
    time, branches = numbers[rules.DECISION_DAYS], numbers[BRANCHES]
    between = offices(await parties.units_of(session, complaint.handler_id), branches.value)
    review = Review(
        complaint_id=complaint.id,
        requested_on=requested_on,
        due_on=rules.due_date(requested_on, int(time.value)),
        rule_version=time.version,
        branch_id=between.branch_id,
        superior_id=between.superior_id,
    )
    session.add(review)
    complaint.review_requested, complaint.review_requested_on = True, requested_on
    complaint.review_grounds = wanted.grounds
    cases.move(complaint, Command.REQUEST_REVIEW)
    await outbox.record(session, complaint, outcomes.review_event(complaint, at=now))
    await _follow(session, complaint, review, now=now)
    return complaint


async def decide(
    session: AsyncSession, complaint_id: UUID, wanted: ReviewDecision, *, actor: Actor, now: datetime, data_key: bytes
) -> Complaint:
    """Decide on a review, as the superior office; what is sent back is handled again as a case of its own.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no review waits for a decision.
        ChangeUnclear, NoSuperiorOffice, ReviewerNotIndependent, ReviewerNotOfSuperior: see the rules.
    """
    rules.require_clear(Outcome(wanted.outcome), wanted.is_upheld)
    complaint = await cases.take(session, complaint_id, Command.DECIDE_REVIEW, actor=actor)
    review = await _review(session, complaint)
    rules.require_superior(review.superior_id is not None)
    rules.require_reviewer(
        actor.id,
        await parties.units_of(session, actor.id),
        between=Offices(review.branch_id, review.superior_id),
        involved=(complaint.handler_id, complaint.proposed_by, complaint.approved_by),
        has_interest=bool(await recusal.kinds(session, complaint, actor.id)),
    )
    review.outcome, review.is_upheld = Outcome(wanted.outcome), wanted.is_upheld
    review.findings, review.basis, review.remedies = wanted.findings, wanted.basis, wanted.remedies
    review.decided_on, review.decided_by = business_date(now), actor.id
    if review.outcome is Outcome.SENT_BACK:
        again = await reopening.follow(
            session, complaint, FollowUp.SENT_BACK, facts=wanted.findings, actor=actor, now=now, data_key=data_key
        )
        review.follow_up_id = again.id
    cases.move(complaint, Command.DECIDE_REVIEW)
    await _tell(session, complaint, review, now=now)
    return complaint


async def decline(
    session: AsyncSession, complaint_id: UUID, wanted: ReviewDeclined, *, actor: Actor, now: datetime
) -> Complaint:
    """Record that the complainant was told that no superior office exists, and which ways are open.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no review waits for a decision.
        SuperiorOfficeExists: a branch handled the case.
        DayOutOfRange: told before the request or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.DECLINE_REVIEW, actor=actor)
    review = await _review(session, complaint)
    rules.require_no_superior(review.superior_id is not None)
    first, today = review.requested_on or complaint.informed_on or complaint.received_on, business_date(now)
    require_day(wanted.informed_on, first=first, today=today, pointer="/informed_on")
    review.outcome, review.remedies = Outcome.NO_SUPERIOR, wanted.remedies
    review.decided_on, review.decided_by = wanted.informed_on, actor.id
    _inform(review, wanted)
    cases.move(complaint, Command.DECLINE_REVIEW)
    await _tell(session, complaint, review, now=now)
    await _follow(session, complaint, review, now=now)
    return complaint


async def inform(
    session: AsyncSession, complaint_id: UUID, wanted: Informing, *, actor: Actor, now: datetime
) -> Complaint:
    """Record that the complainant was informed of the review's result; its clock stops on that day.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: no review is decided and untold.
        DayOutOfRange: before the decision or in the future.
    """
    complaint = await cases.take(session, complaint_id, Command.INFORM_REVIEW, actor=actor)
    review = await _review(session, complaint)
    first = review.decided_on or complaint.received_on
    require_day(wanted.informed_on, first=first, today=business_date(now), pointer="/informed_on")
    _inform(review, wanted)
    cases.move(complaint, Command.INFORM_REVIEW)
    await cases.raise_version(session, complaint)
    facts = {"informed_on": wanted.informed_on, "is_in_time": review.is_in_time}
    await trail.record(session, "complaint.review_informed", kind="complaint", id=complaint.id, facts=facts)
    await _follow(session, complaint, review, now=now)
    return complaint


async def read(session: AsyncSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> ReviewRead:
    """Return the review of a case.

    Raises:
        NotFound: there is no such case in reach, or no review of it.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return shown(await queries.get_review(session, complaint.id), today=business_date(now))


def shown(review: Review, *, today: date) -> ReviewRead:
    """Return a review as staff are shown it."""
    is_overdue = review.informed_on is None and review.due_on is not None and today > review.due_on
    return ReviewRead.model_validate(review.model_dump() | {"is_overdue": is_overdue})


def select_waiting(actor: Actor, *, is_overdue: bool, today: date) -> Select[Review]:
    """Return the select of the reviews of whose result the complainant waits to be informed, or of the late ones."""
    return queries.select_waiting(cases.select_ids(actor), due_before=today if is_overdue else None)


async def _review(session: AsyncSession, complaint: Complaint) -> Review:
    review = await queries.find_review(session, complaint.id)
    if review is None:  # An imported case: its origin tells that a review was asked for, and nothing else.
        review = Review(complaint_id=complaint.id)
        session.add(review)
    return review


def _inform(review: Review, told: Informing) -> None:
    review.informed_on, review.inform_method, review.inform_proof = told.informed_on, told.method, told.proof
    review.is_in_time = rules.is_in_time(told.informed_on, review.due_on)


async def _follow(session: AsyncSession, complaint: Complaint, review: Review, *, now: datetime) -> None:
    """Let the review's clock run beside those of the case; an imported request without a day has none."""
    if review.requested_on is None or review.due_on is None:
        return
    await goals.follow_review(
        session,
        complaint,
        requested_on=review.requested_on,
        due_on=review.due_on,
        informed_on=review.informed_on,
        is_in_time=review.is_in_time,
        now=now,
    )


async def _tell(session: AsyncSession, complaint: Complaint, review: Review, *, now: datetime) -> None:
    event = ComplaintReviewDecided(
        **cases.about(complaint, at=now),
        outcome=str(review.outcome),
        is_upheld=review.is_upheld,
        follow_up_id=review.follow_up_id,
    )
    await outbox.record(session, complaint, event)
    facts = {"outcome": review.outcome, "due_on": review.due_on}
    await trail.record(session, "complaint.review_decided", kind="complaint", id=complaint.id, facts=facts)
