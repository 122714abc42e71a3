from datetime import date, datetime
from uuid import UUID

from complaints.parties.rules import Exclusion
from shared.http.bodies import Body, LongText, Read, ShortText, Text
from shared.money import PositiveMoney


class Assignment(Body):
    handler_id: UUID


class Proposal(Body):
    #: What was verified and what follows from it (处理决定).
    decision: LongText
    #: Whether the complaint is justified (有责).
    is_upheld: bool
    #: Basis and reasons.
    basis: LongText
    #: Ways that stay open: review, mediation, arbitration, court.
    remedies: Text
    #: What the complainant is to be paid, if anything; approved with the decision.
    compensation: PositiveMoney | None = None


class SendingBack(Body):
    reason: Text


class InterestRead(Read):
    """What somebody has to do with a case: with a day, a sale or a conversation where there is one."""

    why: Exclusion
    on: date | None
    dealing_id: UUID | None
    interaction_id: UUID | None


class Candidate(Read):
    """Somebody at work as a complaint handler, with what speaks against it here."""

    staff_id: UUID
    unit_id: UUID | None
    open_cases: int
    exclusions: list[Exclusion]
    interests: list[InterestRead]
    may_handle: bool


class Candidates(Read):
    items: list[Candidate]


class CooperationCreate(Body):
    statement: LongText
    #: Where you keep your evidence, e.g. the number of the recording of the sale.
    evidence: ShortText | None = None


class CooperationRead(Read):
    id: UUID
    channel_id: UUID
    statement: str
    evidence: str | None
    given_at: datetime
