from datetime import date
from uuid import UUID

from complaints.approvals.rules import Authority
from complaints.compensations.rules import Step
from shared.http.bodies import Body, Day, Read, ShortText, Text
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


class CompensationRefusal(Body):
    reason: Text


class CompensationRead(Read):
    complaint_id: UUID
    amount: Money
    agreed_on: date
    agreement: str | None
    agreed_by: UUID
    #: Whose word it needs, by which limits; null for what was agreed before there were limits.
    needs: Authority | None
    rule_version: str | None
    approved_on: date | None
    approved_by: UUID | None
    paid_on: date | None
    payment_proof: str | None
    paid_by: UUID | None
    waits_for: Step | None
