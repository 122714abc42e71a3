from typing import Literal
from uuid import UUID

from pydantic import Field

from client_profile.dealings.rules import DealingKind
from client_profile.dealings.schemas import NetValue, Units
from client_profile.subscriptions.schemas import ShareClassName
from shared.http.bodies import Body, Day, ExternalId
from shared.money import PositiveMoney


class DealingItem(Body):
    """A confirmed dealing; `external_id` is its confirmation number."""

    external_id: ExternalId
    kind: Literal[DealingKind.SUBSCRIPTION, DealingKind.REDEMPTION]
    amount: PositiveMoney = Field(description="Of a redemption: how much of the subscription it takes, at its cost.")
    applied_on: Day | None = Field(default=None, description="Day of application; left out: the day of confirmation.")
    confirmed_on: Day
    client_id: UUID | None = Field(default=None, description="Subscriptions.")
    product_id: UUID | None = Field(default=None, description="Subscriptions.")
    share_class: ShareClassName = Field(default="", description="Subscriptions.")
    channel_id: UUID | None = Field(default=None, description="Subscriptions: the channel that sold.")
    units: Units | None = Field(default=None, description="Subscriptions.")
    net_value: NetValue | None = Field(default=None, description="Subscriptions.")
    original_external_id: ExternalId | None = Field(
        default=None,
        description="Redemptions: confirmation number of the subscription, of this call or an earlier one.",
    )
