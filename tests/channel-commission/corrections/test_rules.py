"""What goes back of a correction, against an independent oracle in Fraction."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import calculate
from channel_commission.clawbacks.rules import Clawback, ClawbackForm, Redemption
from channel_commission.corrections.rules import clawbacks

SOLD_ON = date(2021, 3, 15)
DAYS = 365


def half_up(exact: Fraction) -> int:
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


class Book:
    """Books drafts, as the service does."""

    def __init__(self, change_fen: int, subscribed_fen: int) -> None:
        self.change_fen, self.subscribed_fen = change_fen, subscribed_fen
        self.booked: dict[UUID, int] = {}

    def take(self, redemptions: Sequence[Redemption]) -> None:
        drafts = clawbacks(
            self.change_fen,
            subscribed_fen=self.subscribed_fen,
            subscribed_on=SOLD_ON,
            schedule=Clawback(ClawbackForm.LINEAR_DAYS, DAYS),
            redemptions=redemptions,
            booked=self.booked,
        )
        for draft in drafts:
            fen = calculate(draft.inputs).amount_fen
            self.booked[draft.dealing_id] = self.booked.get(draft.dealing_id, 0) + fen

    def total(self) -> int:
        return sum(self.booked.values())


def redeemed(subscribed_fen: int, redemptions: Sequence[Redemption]) -> Fraction:
    """Return the part of a fee that goes back."""
    part, left = Fraction(0), subscribed_fen
    for one in sorted(redemptions, key=lambda it: (it.on, it.number)):
        fen = min(one.fen, left)
        left -= fen
        part += Fraction(fen * max(DAYS - (one.on - SOLD_ON).days, 0), subscribed_fen * DAYS)
    return part


FENS = st.integers(1, 10**10)
CHANGES = st.integers(-(10**9), 10**9)
REDEMPTIONS = st.lists(st.tuples(FENS, st.integers(0, 400)), max_size=6).map(
    lambda rows: [
        Redemption(UUID(int=n), SOLD_ON + timedelta(days=days), f"L-{n:04d}", fen, False, False)
        for n, (fen, days) in enumerate(rows)
    ]
)


@given(change=CHANGES, subscribed=FENS, redemptions=REDEMPTIONS, seed=st.integers(0, 99))
def test_a_correction_goes_back_by_the_part_redeemed_in_whatever_order_that_is_told(
    change: int, subscribed: int, redemptions: list[Redemption], seed: int
) -> None:
    told = list(redemptions)
    Random(seed).shuffle(told)
    book = Book(change, subscribed)
    for upto in range(1, len(told) + 1):
        book.take(told[:upto])

    assert book.total() == -half_up(change * redeemed(subscribed, redemptions))


@given(change=CHANGES, subscribed=FENS)
def test_a_full_redemption_on_the_first_day_gives_back_exactly_the_correction(change: int, subscribed: int) -> None:
    book = Book(change, subscribed)
    book.take([Redemption(UUID(int=1), SOLD_ON, "L-0001", subscribed, True, False)])

    assert book.total() == -change


@given(fee=st.integers(0, 10**9), corrected=st.integers(0, 10**9), subscribed=FENS, redemptions=REDEMPTIONS)
def test_no_channel_gives_back_more_than_the_corrected_fee(
    fee: int, corrected: int, subscribed: int, redemptions: list[Redemption]
) -> None:
    of_fee, of_change = Book(fee, subscribed), Book(corrected - fee, subscribed)
    of_fee.take(redemptions)
    of_change.take(redemptions)

    assert 0 <= corrected + of_fee.total() + of_change.total() <= corrected


@given(change=CHANGES, subscribed=FENS, redemptions=REDEMPTIONS)
def test_taking_redemptions_twice_books_nothing_more(
    change: int, subscribed: int, redemptions: list[Redemption]
) -> None:
    book = Book(change, subscribed)
    book.take(redemptions)
    before = dict(book.booked)
    book.take(redemptions)

    assert book.booked == before
