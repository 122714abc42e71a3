"""Events of client-profile about plans that keep their holders waiting."""

from datetime import date
from uuid import UUID

from shared.events.base import Event


class ProductExtended(Event):
    """A plan's term was extended: its holders wait longer for their money (展期).

    Attributes:
        product_id: The plan.
        ends_on: The last day of the term now (Asia/Shanghai).
    """

    type = "client-profile.product.extended.v1"
    consumers = ("complaints",)

    product_id: UUID
    ends_on: date


class ProductPaymentDelayed(Event):
    """A plan does not pay on the day that its contract names (延期兑付).

    Attributes:
        product_id: The plan.
        payable_on: The day on which it should have paid (Asia/Shanghai).
    """

    type = "client-profile.product.payment_delayed.v1"
    consumers = ("complaints",)

    product_id: UUID
    payable_on: date
