"""What goes back after which time."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.clawbacks.rules import (
    Clawback,
    ClawbackForm,
    Step,
    StepsNotInOrder,
    by_steps,
    clawback,
    held,
    share_back,
)

STEPS = by_steps([Step(6, Decimal(1)), Step(12, Decimal("0.5")), Step(24, Decimal("0.25"))], pointer="")


@pytest.mark.parametrize(
    ("months", "share"),
    [(0, "1"), (5, "1"), (6, "1/2"), (11, "1/2"), (12, "1/4"), (23, "1/4"), (24, "0"), (600, "0")],
)
def test_a_step_holds_below_its_months_and_nothing_goes_back_after_the_last(months: int, share: str) -> None:
    assert share_back(STEPS, months) == Fraction(share)


@given(st.integers(1, 4000), st.integers(0, 5000))
def test_by_days_the_days_left_go_back(days: int, time_held: int) -> None:
    assert share_back(Clawback(ClawbackForm.LINEAR_DAYS, days), time_held) == Fraction(max(days - time_held, 0), days)


@given(st.sampled_from([STEPS, Clawback(ClawbackForm.LINEAR_WHOLE_MONTHS, 60)]), st.integers(0, 100))
def test_longer_held_never_gives_back_more_and_a_schedule_survives_its_json(schedule: Clawback, months: int) -> None:
    assert 0 <= share_back(schedule, months + 1) <= share_back(schedule, months) <= 1
    assert clawback(schedule.as_json()) == schedule


@pytest.mark.parametrize(
    "steps", [[Step(6, Decimal(1)), Step(6, Decimal("0.5"))], [Step(6, Decimal("0.5")), Step(12, Decimal(1))]]
)
def test_steps_rise_in_months_and_fall_in_shares(steps: list[Step]) -> None:
    with pytest.raises(StepsNotInOrder) as refused:
        by_steps(steps, pointer="/steps")
    assert refused.value.pointer == "/steps/1"


def test_days_are_counted_by_the_calendar_and_never_below_zero() -> None:
    assert held(ClawbackForm.LINEAR_DAYS, date(2024, 2, 28), date(2024, 3, 1)) == 2
    assert held(ClawbackForm.LINEAR_DAYS, date(2024, 3, 1), date(2024, 2, 1)) == 0
    assert held(ClawbackForm.STEPS, date(2024, 1, 31), date(2024, 2, 29)) == 1
