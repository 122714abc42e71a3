"""Months of a holding: nothing drifts away, late redemptions change their months and no other."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import Draft, calculate
from channel_commission.balances.rules import Basis, DayCount, Trailing
from channel_commission.trailing.rules import balance_steps, fees

LOT, SOLD = UUID(int=1), date(2025, 1, 11)
TERMS = Trailing(Decimal("0.0050"), Basis.HELD_AMOUNT, DayCount.ACTUAL_365)
ALWAYS = [(SOLD, None)]
redemptions = st.lists(st.tuples(st.dates(SOLD, date(2026, 6, 30)), st.integers(1, 10**9)), max_size=4).map(sorted)


def book(booked: dict[str, int], drafts: list[Draft]) -> dict[str, int]:
    found = dict(booked)
    for draft in drafts:
        assert draft.day is not None
        month = f"{draft.day:%Y-%m}"
        found[month] = found.get(month, 0) + calculate(draft.inputs).amount_fen
    return found


def due(fen: int, redeemed: list[tuple[date, int]], through: str, booked: dict[str, int]) -> dict[str, int]:
    steps = balance_steps(SOLD, fen, redeemed)
    return book(booked, fees(LOT, TERMS, steps, counted=ALWAYS, through=through, booked=booked))


def exact(fen: int, redeemed: list[tuple[date, int]], until: date) -> int:
    total, day = Fraction(0), SOLD
    while day < until:
        total += fen - sum(part for on, part in redeemed if on <= day)
        day += timedelta(days=1)
    total *= Fraction("0.0050") / 365
    return int(total + Fraction(1, 2))


@given(st.integers(4 * 10**9, 10**12), redemptions)
def test_the_months_add_up_to_the_rounded_total(fen: int, redeemed: list[tuple[date, int]]) -> None:
    booked: dict[str, int] = {}
    for through in ("2025-01", "2025-02", "2025-07", "2026-06"):
        booked = due(fen, redeemed, through, booked)

    assert sum(booked.values()) == exact(fen, redeemed, date(2026, 7, 1))
    assert sum(amount for month, amount in booked.items() if month <= "2025-12") == exact(
        fen, redeemed, date(2026, 1, 1)
    )


@given(st.integers(4 * 10**9, 10**12), redemptions)
def test_a_redemption_heard_of_late_gives_the_months_it_would_have_given_in_time(
    fen: int, redeemed: list[tuple[date, int]]
) -> None:
    late = due(fen, redeemed, "2026-06", due(fen, [], "2026-06", {}))

    assert {month: amount for month, amount in late.items() if amount} == due(fen, redeemed, "2026-06", {})
    assert fees(LOT, TERMS, balance_steps(SOLD, fen, redeemed), counted=ALWAYS, through="2026-06", booked=late) == []


@given(st.integers(4 * 10**9, 10**12), redemptions)
def test_redemptions_that_are_taken_back_leave_every_month_as_it_was(
    fen: int, redeemed: list[tuple[date, int]]
) -> None:
    before = due(fen, [], "2026-06", {})

    assert due(fen, [], "2026-06", due(fen, redeemed, "2026-06", before)) == before


@given(st.integers(1, 10**12), redemptions)
def test_a_reversed_subscription_gives_back_every_month(fen: int, redeemed: list[tuple[date, int]]) -> None:
    booked = due(fen + 4 * 10**9, redeemed, "2026-06", {})
    back = book(booked, fees(LOT, TERMS, [], counted=ALWAYS, through="2026-06", booked=booked))

    assert set(back.values()) <= {0}
