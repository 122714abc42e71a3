"""Payments of the bank: on days that have come."""

from datetime import date

import pytest

from channel_commission.bank_references.rules import PaidOnOutOfRange, require_paid_on


@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2026, 3, 11)])
def test_a_payment_before_what_it_pays_or_in_the_future_is_refused(day: date) -> None:
    for right in (date(2026, 3, 1), date(2026, 3, 10)):
        require_paid_on(right, earliest=date(2026, 3, 1), today=date(2026, 3, 10))
    with pytest.raises(PaidOnOutOfRange):
        require_paid_on(day, earliest=date(2026, 3, 1), today=date(2026, 3, 10))
