"""The bank's payments: each has a day that has come, and a reference that belongs to it alone, whatever it paid."""

from datetime import date

from shared.errors import Conflict, Invalid


class PaidOnOutOfRange(Invalid):
    """The day of payment has not come, or lies before what it pays."""

    code = "paid_on_out_of_range"


class PaymentUsedBefore(Conflict):
    """The bank's reference belongs to another payment."""

    code = "payment_used_before"


def require_paid_on(paid_on: date, *, earliest: date, today: date) -> None:
    """Refuse a day of payment (Asia/Shanghai) that has not come or lies before what it pays.

    Raises:
        PaidOnOutOfRange: as said.
    """
    if not earliest <= paid_on <= today:
        raise PaidOnOutOfRange(
            f"The payment must lie between {earliest} and {today}.",
            pointer="/paid_on",
            earliest=earliest.isoformat(),
            latest=today.isoformat(),
        )
