from uuid import UUID

from pydantic import Field

from client_profile.dealings.schemas import ConfirmationNumber
from shared.http.bodies import Body, Day
from shared.money import PositiveMoney


class RedemptionCreate(Body):
    original_dealing_id: UUID
    amount: PositiveMoney = Field(description="How much of the subscription is redeemed, at its cost.")
    applied_on: Day
    confirmed_on: Day
    confirmation_number: ConfirmationNumber


class DistributionCreate(Body):
    original_dealing_id: UUID
    amount: PositiveMoney
    paid_on: Day
    confirmation_number: ConfirmationNumber
