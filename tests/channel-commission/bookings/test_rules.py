"""What is due for a subscription, its redemptions and a tiered month, against an independent oracle in Fraction."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import Booked, Draft, EntryKind, calculate, tariff_inputs
from channel_commission.bookings.rules import clawbacks, slide
from channel_commission.clawbacks.rules import Clawback, ClawbackForm, Redemption, whole_months
from channel_commission.tariffs.rules import Tariff, Tier, marginal, price
from shared.money import round_fen

SOLD_ON = date(2021, 3, 15)
TIERED = marginal(
    [Tier(1_000_000, Decimal("0.0030")), Tier(5_000_000, Decimal("0.0045")), Tier(None, Decimal("0.0060"))],
    pointer="",
)
FALLING = marginal([Tier(1_000_000, Decimal("0.0060")), Tier(None, Decimal("0.0030"))], pointer="")


def half_up(exact: Fraction) -> int:
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def redemption(n: int, fen: int, *, on: date = date(2022, 1, 20), full: bool = False, back: bool = False) -> Redemption:
    return Redemption(UUID(int=n), on, f"L-{n:04d}", fen, full, back)


class Book:
    """Books drafts, as the service does."""

    def __init__(self, fee_fen: int, subscribed_fen: int, months: int = 60) -> None:
        self.fee_fen, self.subscribed_fen, self.months = fee_fen, subscribed_fen, months
        self.booked: dict[UUID, Booked] = {}
        self.kinds: list[EntryKind] = []

    def take(self, redemptions: Sequence[Redemption], *, is_reversed: bool = False) -> list[Draft]:
        drafts = clawbacks(
            fee_fen=0 if is_reversed else self.fee_fen,
            subscribed_fen=self.subscribed_fen,
            subscribed_on=SOLD_ON,
            schedule=Clawback(ClawbackForm.LINEAR_WHOLE_MONTHS, self.months),
            redemptions=redemptions,
            booked=self.booked,
        )
        for draft in drafts:
            before = self.booked.get(draft.dealing_id, Booked(0, 0))
            self.booked[draft.dealing_id] = before.plus(draft.kind, calculate(draft.inputs).amount_fen, draft.base_fen)
            self.kinds.append(draft.kind)
        return drafts

    @property
    def total(self) -> int:
        return sum(booked.fen for booked in self.booked.values())


days = st.dates(SOLD_ON, date(2028, 12, 31))
redemption_lists = st.lists(st.tuples(st.integers(1, 500_000), days, st.booleans()), min_size=1, max_size=6).map(
    lambda rows: [redemption(n, fen, on=on, full=full) for n, (fen, on, full) in enumerate(rows, 1)]
)


def owed(fee_fen: int, subscribed_fen: int, redemptions: Sequence[Redemption]) -> Fraction:
    left, exact = subscribed_fen, Fraction(0)
    for one in sorted(redemptions, key=lambda it: (it.on, it.number)):
        part = left if one.is_full else min(one.fen, left)
        left -= part
        held = next(m for m in range(200) if add_months(SOLD_ON, m + 1) > one.on)
        exact += Fraction(fee_fen) * Fraction(part, subscribed_fen) * Fraction(max(60 - held, 0), 60)
    return exact


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 4000))
def test_whole_months_are_the_largest_number_that_fits(start: date, later: int) -> None:
    end = start + timedelta(days=later)
    months = whole_months(start, end)

    assert add_months(start, months) <= end < add_months(start, months + 1)


def test_no_month_is_held_before_the_subscription() -> None:
    assert whole_months(date(2026, 5, 1), date(2026, 4, 1)) == 0


@given(st.integers(0, 10**12), st.integers(0, 59))
def test_a_full_redemption_takes_back_the_months_left(fee_fen: int, held: int) -> None:
    book = Book(fee_fen, subscribed_fen=max(fee_fen, 1))
    book.take([redemption(1, 1, on=add_months(SOLD_ON, held), full=True)])

    assert book.total == -half_up(Fraction(fee_fen * (60 - held), 60))


@pytest.mark.parametrize(("held", "fen"), [(0, -60000), (1, -59000), (59, -1000), (60, 0), (61, 0)])
def test_nothing_goes_back_after_the_term(held: int, fen: int) -> None:
    book = Book(60000, 100_000_00)
    book.take([redemption(1, 1, on=add_months(SOLD_ON, held), full=True)])

    assert book.total == fen


@given(st.integers(0, 10**9), st.integers(1, 10**6), redemption_lists)
def test_partial_redemptions_give_back_what_the_exact_sum_rounds_to_and_never_more_than_the_fee(
    fee_fen: int, subscribed_fen: int, redemptions: list[Redemption]
) -> None:
    book = Book(fee_fen, subscribed_fen)
    for n in range(len(redemptions)):
        book.take(redemptions[: n + 1])

    assert book.total == -half_up(owed(fee_fen, subscribed_fen, redemptions))
    assert 0 <= -book.total <= fee_fen


@given(st.integers(1, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=8), days)
def test_the_parts_of_a_redemption_give_back_exactly_what_the_whole_does(
    fee_fen: int, parts: list[int], on: date
) -> None:
    in_parts, whole = Book(fee_fen, sum(parts)), Book(fee_fen, sum(parts))
    in_parts.take([redemption(n, fen, on=on) for n, fen in enumerate(parts, 1)])
    whole.take([redemption(1, 1, on=on, full=True)])

    assert in_parts.total == whole.total


@given(st.integers(0, 10**9), st.integers(1, 10**6), redemption_lists, st.randoms(use_true_random=False))
def test_the_order_in_which_redemptions_become_known_does_not_matter(
    fee_fen: int, subscribed_fen: int, redemptions: list[Redemption], random: Random
) -> None:
    in_order, shuffled = Book(fee_fen, subscribed_fen), Book(fee_fen, subscribed_fen)
    in_order.take(redemptions)
    arriving = random.sample(redemptions, len(redemptions))
    for n in range(len(arriving)):
        shuffled.take(arriving[: n + 1])

    def per_dealing(book: Book) -> dict[UUID, int]:
        return {id: booked.fen for id, booked in book.booked.items() if booked.fen}

    assert per_dealing(in_order) == per_dealing(shuffled)


@given(st.integers(0, 10**9), st.integers(1, 10**6), redemption_lists)
def test_hearing_of_redemptions_again_books_nothing(
    fee_fen: int, subscribed_fen: int, redemptions: list[Redemption]
) -> None:
    book = Book(fee_fen, subscribed_fen)
    book.take(redemptions)

    assert book.take(redemptions) == []


@given(st.integers(1, 10**9), st.integers(1, 10**6), redemption_lists)
def test_a_reversed_subscription_gives_its_clawbacks_back(
    fee_fen: int, subscribed_fen: int, redemptions: list[Redemption]
) -> None:
    book = Book(fee_fen, subscribed_fen)
    book.take(redemptions)
    book.take(redemptions, is_reversed=True)

    assert all(booked.fen == 0 for booked in book.booked.values())


@given(st.integers(0, 10**9), st.integers(1, 10**6), redemption_lists, st.integers(0, 5))
def test_a_reversed_redemption_leaves_what_the_others_owe(
    fee_fen: int, subscribed_fen: int, redemptions: list[Redemption], place: int
) -> None:
    book = Book(fee_fen, subscribed_fen)
    book.take(redemptions)
    gone = redemptions[place % len(redemptions)]
    book.take(
        [redemption(one.dealing_id.int, one.fen, on=one.on, full=one.is_full, back=one is gone) for one in redemptions]
    )

    others = [one for one in redemptions if one is not gone]
    assert book.total == -half_up(owed(fee_fen, subscribed_fen, others))
    assert book.booked.get(gone.dealing_id, Booked(0, 0)).fen == 0


def test_the_first_entry_of_a_redemption_is_a_clawback_and_later_ones_are_differences() -> None:
    book = Book(101, 3)
    late, early = redemption(2, 1, on=date(2023, 1, 1)), redemption(1, 1, on=date(2021, 4, 1))
    book.take([late])
    book.take([late, early])

    assert set(book.kinds) <= {EntryKind.CLAWBACK, EntryKind.RERATE_DELTA}
    assert book.kinds[0] is EntryKind.CLAWBACK


@given(
    st.sampled_from([TIERED, FALLING]),
    st.lists(st.integers(1, 3_000_000), min_size=1, max_size=8),
    st.integers(0, 7),
)
def test_after_a_reversal_a_tiered_month_is_priced_as_if_the_dealing_had_never_been(
    rate: Tariff, amounts: list[int], place: int
) -> None:
    gone, volume, booked, fees = place % len(amounts), 0, 0, []
    for amount in amounts:
        volume += amount
        found = calculate(tariff_inputs(rate, volume, booked_before_fen=booked))
        booked += found.amount_fen
        fees.append(found.amount_fen)
    stack = [(UUID(int=n), fee) for n, fee in enumerate(fees) if n != gone][::-1]
    drafts = slide(rate, volume - amounts[gone], booked_fen=booked - fees[gone], stack=stack)

    left = dict(stack)
    for draft in drafts:
        left[draft.dealing_id] += calculate(draft.inputs).amount_fen
    assert sum(left.values()) == round_fen(price(rate, volume - amounts[gone]))
    assert all(fee >= 0 for fee in left.values())
