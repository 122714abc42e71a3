"""So many complaints per so many clients or yuan."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.density.rules import CLIENTS, SOLD_FEN, density


@pytest.mark.parametrize(
    ("cases", "unit", "whole", "expected"),
    [
        (3, CLIENTS, 0, None),
        (0, CLIENTS, 7, "0.00"),
        (1, CLIENTS, 3, "333.33"),
        (1, CLIENTS, 8, "125.00"),
        (1, 1, 200, "0.01"),
        (2, SOLD_FEN, 5 * SOLD_FEN, "0.40"),
    ],
)
def test_two_places_halves_up(cases: int, unit: int, whole: int, expected: str | None) -> None:
    assert density(cases, unit, whole) == (None if expected is None else Decimal(expected))


@given(st.integers(0, 10**6), st.integers(1, 10**15))
def test_it_is_never_further_off_than_half_of_the_last_place(cases: int, whole: int) -> None:
    found = density(cases, SOLD_FEN, whole)
    assert found is not None
    assert abs(Fraction(found) - Fraction(cases * SOLD_FEN, whole)) <= Fraction(1, 200)
