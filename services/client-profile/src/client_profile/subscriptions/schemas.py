from typing import Annotated

from pydantic import Field, StringConstraints

from client_profile.dealings.schemas import ConfirmationNumber, NetValue
from client_profile.qualifications.schemas import Reference
from client_profile.sales.schemas import SaleQuestion
from shared.http.bodies import Body, Day

ShareClassName = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,10}$")]


class SubscriptionCreate(SaleQuestion):
    """A sale that is being signed, with the evidence of it."""

    share_class: ShareClassName = Field(default="", description="One of the product's; empty if it has none.")
    proof_reference: Reference | None = Field(
        default=None, description="Where the seller keeps the signed contract and risk disclosure."
    )


class Payment(Body):
    paid_on: Day
    payer_account_name_matches: bool = Field(
        description="Whether the paying account is in the client's own name (本人账户), as the bank's slip says."
    )


class Confirmation(Body):
    confirmed_on: Day
    net_value: NetValue = Field(description="Net value of a unit on the day of confirmation.")
    confirmation_number: ConfirmationNumber
