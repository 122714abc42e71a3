"""Guarantees against an independent reading in Fraction, day by day."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import calculate, guarantee_inputs
from channel_commission.balances.rules import Days
from channel_commission.cycles.rules import Cycle
from channel_commission.guarantees.rules import Floor, counted_days, ends, span_of, true_ups
from channel_commission.rates.rules import Window

ALWAYS: Days = (date(2000, 1, 1), None)


def floor(fen: int, days: Days = ALWAYS, *, per: Window = Window.MONTH, is_taken_back: bool = True) -> Floor:
    return Floor(UUID(int=1), UUID(int=2), UUID(int=3), Cycle.MONTHLY, fen, per, is_taken_back, days)


@pytest.mark.parametrize(
    ("days", "active", "counted"),
    [
        (ALWAYS, [ALWAYS], 31),
        # From the 11th to the end of the month, the 11th included.
        ((date(2026, 1, 11), None), [ALWAYS], 21),
        ((date(2000, 1, 1), date(2026, 1, 11)), [ALWAYS], 10),
        (ALWAYS, [(date(2026, 1, 11), date(2026, 1, 12)), (date(2026, 1, 31), None)], 2),
        ((date(2026, 2, 1), None), [ALWAYS], 0),
        (ALWAYS, [], 0),
    ],
)
def test_only_days_of_rule_and_channel_count(days: Days, active: list[Days], counted: int) -> None:
    assert counted_days(span_of("2026-01", Window.MONTH), days, active) == counted


DAY = st.dates(date(2025, 11, 1), date(2026, 4, 30))


@given(start=DAY, end=st.none() | DAY, since=DAY, until=st.none() | DAY)
def test_the_days_of_all_months_are_those_of_the_year(
    start: date, end: date | None, since: date, until: date | None
) -> None:
    days, active = (start, end), [(since, until)]
    year = span_of("2026-12", Window.YEAR)
    counted = [counted_days(span_of(month, Window.MONTH), days, active) for month in year.months]

    wanted = 0
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        in_rule = start <= day and (end is None or day < end)
        wanted += in_rule and since <= day and (until is None or day < until)
    assert counted_days(year, days, active) == sum(counted) == wanted


@pytest.mark.parametrize(
    ("per", "wanted"), [(Window.MONTH, ["2025-11", "2025-12", "2026-01"]), (Window.YEAR, ["2025-12"])]
)
def test_a_period_ends_with_every_month_or_with_december(per: Window, wanted: list[str]) -> None:
    assert list(ends({"2026-01", "2025-11", "2025-12"}, per)) == wanted


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


@given(
    fen=st.integers(1, 10**9),
    days=st.integers(0, 31),
    fees=st.integers(0, 10**9),
    booked=st.integers(0, 10**9),
)
def test_fees_and_guarantee_come_to_the_part_guaranteed_or_to_the_fees(
    fen: int, days: int, fees: int, booked: int
) -> None:
    inputs = guarantee_inputs(floor_fen=fen, days=days, of_days=31, fees_fen=fees, booked_before_fen=booked)

    assert fees + booked + calculate(inputs).amount_fen == max(half_up(Fraction(fen * days, 31)), fees)


@pytest.mark.parametrize(
    ("is_taken_back", "wanted"),
    [
        (True, [(date(2026, 1, 31), -100_00), (date(2026, 2, 28), 100_00)]),
        (False, [(date(2026, 2, 28), 100_00)]),
    ],
)
def test_later_fees_take_back_what_was_booked_only_if_the_card_says_so(
    is_taken_back: bool, wanted: list[tuple[date, int]]
) -> None:
    found = true_ups(
        floor(1000_00, is_taken_back=is_taken_back),
        closing="2026-02",
        closed=["2026-01"],
        active=[ALWAYS],
        fees={"2026-01": 300_00, "2026-02": 900_00},
        booked={"2026-01": 800_00},
    )

    assert [(one.day, one.fen) for one in found] == wanted
