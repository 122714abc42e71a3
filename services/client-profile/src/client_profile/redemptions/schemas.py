from datetime import date
from uuid import UUID

from pydantic import Field

from client_profile.dealings.schemas import ConfirmationNumber
from shared.http.bodies import Body
from shared.money import PositiveMoney


class RedemptionCreate(Body):
    original_dealing_id: UUID
    amount: PositiveMoney = Field(description="How much of the subscription is redeemed, at its cost.")
    applied_on: date
    confirmed_on: date
    confirmation_number: ConfirmationNumber


class DistributionCreate(Body):
    original_dealing_id: UUID
    amount: PositiveMoney
    paid_on: date
    confirmation_number: ConfirmationNumber
