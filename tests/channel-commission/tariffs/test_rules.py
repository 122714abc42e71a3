"""Tariffs against an independent oracle in Fraction."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.tariffs.rules import (
    BoundsCross,
    RatesMustRise,
    Tariff,
    TariffKind,
    Tier,
    TiersNotInOrder,
    bounded,
    flat,
    marginal,
    percent,
    price,
    slices,
    tariff,
    whole,
)
from shared.money import round_fen

HOUSE = [(100_000_000, "0.0030"), (500_000_000, "0.0045"), (None, "0.0060")]


def tiers(rows: list[tuple[int | None, str]]) -> list[Tier]:
    return [Tier(up_to, Decimal(rate)) for up_to, rate in rows]


def oracle(rows: list[tuple[int | None, str]], volume_fen: int) -> Fraction:
    """Return the exact fee in fen, counted from the rates of the layers above each bound."""
    fee, below, before = Fraction(0), 0, Fraction(0)
    for up_to, rate in rows:
        fee += max(volume_fen - below, 0) * (Fraction(rate) - before)
        below, before = up_to or 0, Fraction(rate)
    return fee


rates = st.integers(0, 10**8).map(lambda parts: str(Decimal(parts).scaleb(-8)))


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[int | None, str]]:
    bounds = sorted(draw(st.sets(st.integers(1, 10**14), max_size=6)))
    return [(bound, draw(rates)) for bound in bounds] + [(None, draw(rates))]


@pytest.mark.parametrize(
    ("volume_fen", "fee_fen"),
    [
        (0, "0"),
        (1, "0.003"),
        (99_999_999, "299999.997"),
        (100_000_000, "300000"),
        (100_000_001, "300000.0045"),
        (499_999_999, "2099999.9955"),
        (500_000_000, "2100000"),
        (500_000_001, "2100000.006"),
    ],
)
def test_an_amount_at_a_bound_belongs_to_the_lower_tier_one_fen_more_does_not(volume_fen: int, fee_fen: str) -> None:
    assert price(marginal(tiers(HOUSE), pointer=""), volume_fen) == Decimal(fee_fen).scaleb(-2)


@given(tables(), st.integers(0, 2 * 10**14))
def test_the_price_is_what_an_independent_count_gives(rows: list[tuple[int | None, str]], volume_fen: int) -> None:
    found = price(marginal(tiers(rows), pointer=""), volume_fen)

    assert Fraction(found) * 100 == oracle(rows, volume_fen)


@given(tables(), st.data())
def test_the_price_is_exact_one_fen_under_at_and_over_each_bound(
    rows: list[tuple[int | None, str]], data: st.DataObject
) -> None:
    bound = data.draw(st.sampled_from([up_to or 1 for up_to, _ in rows]))
    for volume_fen in (bound - 1, bound, bound + 1):
        assert Fraction(price(marginal(tiers(rows), pointer=""), volume_fen)) * 100 == oracle(rows, volume_fen)


@given(tables(), st.integers(0, 10**14), st.integers(0, 10**14))
def test_more_volume_never_earns_less(rows: list[tuple[int | None, str]], one: int, more: int) -> None:
    found = marginal(tiers(rows), pointer="")

    assert price(found, one) <= price(found, one + more)


@given(tables(), st.integers(1, 10**14))
def test_the_slices_add_up_to_the_volume_and_to_the_price(rows: list[tuple[int | None, str]], volume_fen: int) -> None:
    found = slices(marginal(tiers(rows), pointer=""), volume_fen)

    assert sum(slice.fen for slice in found) == volume_fen
    assert sum(slice.fee for slice in found) == price(marginal(tiers(rows), pointer=""), volume_fen)


@given(rates, st.integers(0, 10**14))
def test_one_open_tier_is_a_percentage(rate: str, volume_fen: int) -> None:
    one_tier = marginal([Tier(None, Decimal(rate))], pointer="")

    assert price(one_tier, volume_fen) == price(percent(Decimal(rate)), volume_fen)


@given(tables(), st.integers(0, 10**14), st.lists(st.integers(1, 10**13), max_size=8))
def test_the_entries_of_a_month_add_up_to_the_rounded_price_however_it_is_cut(
    rows: list[tuple[int | None, str]], first: int, more: list[int]
) -> None:
    found, volume, booked = marginal(tiers(rows), pointer=""), 0, 0
    for amount in [first, *more]:
        volume += amount
        booked += round_fen(price(found, volume)) - booked

    exact = oracle(rows, volume)
    assert booked == (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


@given(tables())
def test_a_tariff_survives_its_json(rows: list[tuple[int | None, str]]) -> None:
    found = marginal(tiers(rows), pointer="")

    assert tariff(TariffKind.MARGINAL, found.as_json()) == found == Tariff(TariffKind.MARGINAL, tuple(tiers(rows)))


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([], "/tiers"),
        ([(100, "0.1")], "/tiers/0/up_to"),
        ([(None, "0.1"), (None, "0.1")], "/tiers/0/up_to"),
        ([(100, "0.1"), (100, "0.2"), (None, "0.3")], "/tiers/1/up_to"),
        ([(200, "0.1"), (100, "0.2"), (None, "0.3")], "/tiers/1/up_to"),
        ([(0, "0.1"), (None, "0.3")], "/tiers/0/up_to"),
        ([(n, "0.1") for n in range(1, 51)] + [(None, "0.1")], "/tiers"),
    ],
)
def test_tiers_that_leave_a_gap_or_overlap_are_refused(rows: list[tuple[int | None, str]], pointer: str) -> None:
    with pytest.raises(TiersNotInOrder) as refused:
        marginal(tiers(rows), pointer="/tiers")

    assert refused.value.pointer == pointer


@st.composite
def rising(draw: st.DrawFn) -> list[tuple[int | None, str]]:
    rows = draw(tables())
    return [(bound, str(rate)) for (bound, _), rate in zip(rows, sorted(Decimal(r) for _, r in rows), strict=True)]


@given(rising(), st.data())
def test_with_whole_volume_tiers_one_fen_over_a_bound_prices_all_of_it(
    rows: list[tuple[int | None, str]], data: st.DataObject
) -> None:
    found, place = whole(tiers(rows), pointer=""), data.draw(st.integers(0, len(rows) - 1))
    bound = rows[place][0] or 2 * 10**14
    above = rows[min(place + 1, len(rows) - 1)][1] if rows[place][0] else rows[place][1]

    assert price(found, bound) * 100 == bound * Decimal(rows[place][1])
    assert price(found, bound + 1) * 100 == (bound + 1) * Decimal(above)


def test_marginal_and_whole_volume_are_told_apart_and_there_is_no_default() -> None:
    """A case seen elsewhere: the higher rate applied to everything where each slice was meant."""
    volume = 500_000_000 + 1
    assert price(marginal(tiers(HOUSE), pointer=""), volume) == Decimal("21000.00006")
    assert price(whole(tiers(HOUSE), pointer=""), volume) == Decimal("30000.00006")
    with pytest.raises(TypeError):
        Tariff(tiers=tuple(tiers(HOUSE)))  # type: ignore[call-arg]  # the kind is what is left out


def test_whole_volume_tiers_never_pay_less_for_more() -> None:
    with pytest.raises(RatesMustRise) as refused:
        whole(tiers([(100, "0.5"), (None, "0.4")]), pointer="/tiers")
    assert refused.value.pointer == "/tiers/1/rate"


@given(st.integers(1, 10**12), st.integers(0, 10**14))
def test_a_flat_fee_is_the_same_for_every_amount_but_none(fen: int, volume_fen: int) -> None:
    assert price(flat(fen), volume_fen) == (Decimal(fen).scaleb(-2) if volume_fen else 0)


bounds = st.integers(1, 10**9)


@given(rates, st.integers(1, 10**12), st.lists(bounds, min_size=3, max_size=3).map(sorted), rates)
def test_raising_a_rate_a_floor_or_a_cap_never_lowers_a_fee(
    rate: str, volume_fen: int, fen: list[int], other: str
) -> None:
    low, middle, high = fen
    lower, higher = sorted((Decimal(rate), Decimal(other)))

    def fee(of: Decimal, floor: int, cap: int) -> Decimal:
        return price(bounded(percent(of), floor_fen=floor, cap_fen=cap, pointer=""), volume_fen)

    base = fee(lower, low, middle)
    assert Decimal(low).scaleb(-2) <= base <= Decimal(middle).scaleb(-2)
    assert fee(higher, low, middle) >= base
    assert fee(lower, middle, middle) >= base
    assert fee(lower, low, high) >= base


def test_the_least_fee_is_not_above_the_highest() -> None:
    with pytest.raises(BoundsCross):
        bounded(percent(Decimal("0.1")), floor_fen=2, cap_fen=1, pointer="")
