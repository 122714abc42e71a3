from datetime import date
from uuid import UUID

from shared.http.bodies import Body, Day, Read, ShortText
from shared.money import Money, PositiveMoney


class CompensationAgreed(Body):
    amount: PositiveMoney
    agreed_on: Day
    #: Where the agreement is kept: number of the signed paper, of the recording.
    agreement: ShortText


class CompensationPayment(Body):
    paid_on: Day
    #: Where the proof is kept: the bank's number of the transfer.
    proof: ShortText


class CompensationRead(Read):
    complaint_id: UUID
    amount: Money
    agreed_on: date
    agreement: str | None
    agreed_by: UUID
    paid_on: date | None
    payment_proof: str | None
    paid_by: UUID | None
