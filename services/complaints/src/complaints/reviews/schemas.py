from datetime import date
from typing import Literal
from uuid import UUID

from complaints.cases.rules import InformMethod
from complaints.outcomes.schemas import Informing
from complaints.reviews.rules import Outcome
from shared.http.bodies import Body, Day, LongText, Read, Text


class ReviewRequest(Body):
    #: Day on which the request was received; clients leave it out.
    requested_on: Day | None = None
    grounds: LongText


class ReviewDecision(Body):
    outcome: Literal[Outcome.UPHELD, Outcome.CHANGED, Outcome.SENT_BACK]
    #: What the review of process, time limits and result found.
    findings: LongText
    basis: LongText
    #: Ways that stay open: mediation, arbitration, court.
    remedies: Text
    #: With `changed` only: whether the complaint is justified (有责).
    is_upheld: bool | None = None


class ReviewDeclined(Informing):
    """The notice that no office stands above the one that handled the case, with its proof."""

    #: Ways that are open: mediation, arbitration, court, the regulator.
    remedies: Text


class ReviewRead(Read):
    """A request for a review, its clock and its answer."""

    complaint_id: UUID
    requested_on: date | None
    due_on: date | None
    rule_version: str | None
    branch_id: UUID | None
    superior_id: UUID | None
    outcome: Outcome | None
    is_upheld: bool | None
    findings: str | None
    basis: str | None
    remedies: str | None
    decided_on: date | None
    decided_by: UUID | None
    follow_up_id: UUID | None
    informed_on: date | None
    inform_method: InformMethod | None
    inform_proof: str | None
    is_in_time: bool | None
    is_overdue: bool
