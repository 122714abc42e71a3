from datetime import datetime
from uuid import UUID

from shared.http.bodies import Body, LongText, Read, ShortText, Text
from shared.money import PositiveMoney


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
