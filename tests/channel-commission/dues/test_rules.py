from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.cycles.rules import Run
from channel_commission.dues.rules import Facts, Reason, Why, reasons

EMPTY: dict[str, Any] = {
    "is_closed": True, "sales": 0, "taken_back": 0, "refused": {}, "booked": {}, "waiting": {},
    "later_fen": 0, "withheld_fen": 0, "disputed_fen": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, [Reason(Why.NO_SALES)]),
        ({"is_closed": False}, [Reason(Why.NO_SALES), Reason(Why.MONTH_OPEN, fen=0)]),
        (
            {"sales": 3, "refused": {"no_rate": 1, "channel_inactive": 2}},
            [
                Reason(Why.SALES_REFUSED, detail="channel_inactive", sales=2),
                Reason(Why.SALES_REFUSED, detail="no_rate", sales=1),
            ],
        ),
        ({"taken_back": 1}, [Reason(Why.SALES_TAKEN_BACK, sales=1)]),
        (
            {"sales": 1, "booked": {Run.QUARTERLY: 5}, "waiting": {Run.QUARTERLY: 5}, "quarter_end": "2026-03"},
            [Reason(Why.QUARTER_OPEN, detail="2026-03", fen=5)],
        ),
        (
            {"sales": 1, "booked": {Run.AT_ESTABLISHMENT: 5}, "waiting": {Run.AT_ESTABLISHMENT: 5}},
            [Reason(Why.ESTABLISHMENT_OPEN, fen=5)],
        ),
        ({"sales": 1, "later_fen": 7}, [Reason(Why.BOOKED_LATER, fen=7)]),
        (
            {"sales": 1, "booked": {Run.MONTHLY: -9}, "withheld_fen": -2, "disputed_fen": -3, "closing": [-4]},
            [Reason(Why.WITHHELD, fen=-2), Reason(Why.DISPUTED, fen=-3), Reason(Why.DEBT, fen=-4)],
        ),
        ({"sales": 2, "booked": {Run.MONTHLY: 0}, "closing": [0]}, [Reason(Why.NOTHING_EARNED, sales=2)]),
        ({"sales": 2, "booked": {Run.MONTHLY: 9}, "closing": [9]}, []),
    ],
)
def test_a_month_says_why_it_pays_less(facts: dict[str, Any], wanted: list[Reason]) -> None:
    assert reasons(Facts(**{**EMPTY, **facts})) == wanted


FEN = st.integers(-100, 100)
RUNS = st.dictionaries(st.sampled_from(Run), FEN)


@given(
    facts=st.builds(
        Facts,
        is_closed=st.booleans(),
        sales=st.integers(0, 3),
        taken_back=st.integers(0, 3),
        refused=st.dictionaries(st.sampled_from(["no_rate", "unlicensed"]), st.integers(1, 3)),
        booked=RUNS,
        waiting=RUNS,
        later_fen=FEN,
        withheld_fen=FEN,
        disputed_fen=FEN,
        closing=st.lists(st.integers(-100, 0), max_size=3),
    )
)
def test_a_month_that_pays_nothing_always_says_why(facts: Facts) -> None:
    assert reasons(facts)
