"""Value added tax: rounded once per line on the running total, so that everything adds up."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.taxes.rules import (
    TaxMonthClosed,
    TaxStatus,
    Terms,
    along,
    between,
    require_month_open,
    terms,
    withheld_fen,
)

RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.01", "0.03", "0.06", "0.13")])
FEN = st.integers(-(10**13), 10**13)


def net_of(gross: int, rate: Decimal) -> int:
    """Return the net amount by another way: in fractions, half away from zero."""
    exact = abs(Fraction(gross)) / (1 + Fraction(rate))
    return (1 if gross >= 0 else -1) * int(exact + Fraction(1, 2))


@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        (600_00, "0.06", 566_04, 33_96),
        (-600_00, "0.06", -566_04, -33_96),
        (600_00, "0.01", 594_06, 5_94),
        (600_00, "0.03", 582_52, 17_48),
        (53, "0.06", 50, 3),
        (1, "0.06", 1, 0),
        (0, "0.06", 0, 0),
        (10, "0.25", 8, 2),
    ],
)
def test_an_amount_is_split_to_the_fen(gross: int, rate: str, net: int, vat: int) -> None:
    split = between(0, gross, Decimal(rate))
    assert (split.net, split.vat) == (net, vat)


@given(FEN, RATES)
def test_the_split_is_that_of_exact_arithmetic_and_mirrors(gross: int, rate: Decimal) -> None:
    split, mirrored = between(0, gross, rate), between(0, -gross, rate)
    assert split.net == net_of(gross, rate)
    assert split.net + split.vat == gross
    assert (mirrored.net, mirrored.vat) == (-split.net, -split.vat)


@given(FEN, st.lists(FEN, max_size=30), RATES)
def test_lines_add_up_and_each_is_within_a_fen_of_its_own_tax(opening: int, amounts: list[int], rate: Decimal) -> None:
    splits = list(along(opening, amounts, rate))
    whole = between(opening, opening + sum(amounts), rate)
    assert (sum(one.net for one in splits), sum(one.vat for one in splits)) == (whole.net, whole.vat)
    for amount, split in zip(amounts, splits, strict=True):
        assert split.net + split.vat == amount
        assert abs(split.net - Fraction(amount) / (1 + Fraction(rate))) <= 1


@given(st.lists(FEN, max_size=10), RATES)
def test_what_is_taken_back_takes_its_tax_back(amounts: list[int], rate: Decimal) -> None:
    splits = list(along(0, [*amounts, *(-amount for amount in amounts)], rate))
    assert (sum(one.net for one in splits), sum(one.vat for one in splits)) == (0, 0)


def test_a_policy_row_names_every_status() -> None:
    value = {status.value: {"rate": "0.06", "withheld": status is TaxStatus.NON_RESIDENT} for status in TaxStatus}
    assert terms(value)[TaxStatus.NON_RESIDENT].is_withheld
    with pytest.raises(KeyError):
        terms({"general": {"rate": "0.06", "withheld": False}})


def test_only_of_who_has_it_withheld_something_goes_to_the_tax_office() -> None:
    assert withheld_fen(600_00, Terms(Decimal("0.06"), True)) == 33_96
    assert withheld_fen(600_00, Terms(Decimal("0.06"), False)) == 0


@pytest.mark.parametrize(("closed", "is_refused"), [(None, False), ("2026-01", False), ("2026-02", True)])
def test_a_status_holds_in_open_months_only(closed: str | None, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(TaxMonthClosed):
            require_month_open(date(2026, 2, 28), closed)
    else:
        require_month_open(date(2026, 2, 1), closed)
