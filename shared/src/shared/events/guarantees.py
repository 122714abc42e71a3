"""Events of channel-commission about guarantees (保底)."""

from uuid import UUID

from shared.events.base import Event
from shared.money import Money


class AccrualTruedUp(Event):
    """What the sales of a product earned a channel was brought to what is guaranteed, or later fees took that back.

    Attributes:
        accrual_id: The entry.
        channel_id: The channel it is owed to.
        product_id: The product.
        bearer: `company` or `trust_plan` (then the plan is `product_id`).
        amount: Signed: negative where later fees take back what was booked.
        earned_period: Last month of the period guaranteed.
        booked_period: Month into which it is booked.
    """

    type = "channel-commission.accrual.trued_up.v1"
    consumers = ()

    accrual_id: UUID
    channel_id: UUID
    product_id: UUID
    bearer: str
    amount: Money
    earned_period: str
    booked_period: str
