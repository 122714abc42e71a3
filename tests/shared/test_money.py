from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.money import Money, PositiveMoney, allocate, round_fen

FEN = st.integers(min_value=-(10**13), max_value=10**13)


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [("0.005", 1), ("-0.005", -1), ("0.015", 2), ("-0.015", -2), ("2.004999", 200), ("0.025", 3), ("1", 100)],
)
def test_halves_are_rounded_away_from_zero(yuan: str, fen: int) -> None:
    assert round_fen(Decimal(yuan)) == fen


@given(FEN)
def test_fen_survive_the_wire(fen: int) -> None:
    assert Money.model_validate_json(Money.from_fen(fen).model_dump_json()).fen == fen


@pytest.mark.parametrize(
    "amount",
    [
        1.5,
        1,
        True,
        None,
        "1.005",
        "1,000",
        "abc",
        "",
        "NaN",
        "Infinity",
        "1e3",
        "1_000",
        "１２.００",
        "+1.00",
        " 1.00",
        ".5",
        "1.",
        "1" * 13,
    ],
)
def test_what_is_no_exact_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "CNY"})


@pytest.mark.parametrize("amount", ["0.00", "-0.01"])
def test_a_positive_amount_is_above_zero(amount: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PositiveMoney).validate_python({"amount": amount})


@given(FEN, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_a_split_adds_up_and_stays_within_a_fen_of_the_exact_share(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(FEN, st.lists(st.integers(0, 1000), min_size=1, max_size=10, unique=True).filter(any), st.randoms())
def test_a_split_does_not_depend_on_the_order_of_different_weights(
    total: int, weights: list[int], random: object
) -> None:
    shuffled = sorted(weights, key=lambda weight: (weight * 7919) % 101)

    by_weight = dict(zip(weights, allocate(total, weights), strict=True))
    assert dict(zip(shuffled, allocate(total, shuffled), strict=True)) == by_weight


@given(FEN, st.lists(st.integers(0, 1000), min_size=1, max_size=10).filter(any))
def test_a_negative_split_mirrors_the_positive(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


def test_the_odd_fen_goes_to_the_largest_remainder() -> None:
    assert allocate(9999, [75, 25]) == [7499, 2500]


@pytest.mark.parametrize("weights", [[0, 0], [1, -1]])
def test_weights_that_cannot_be_split_by_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)
