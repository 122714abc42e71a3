"""What a head office gets, against an independent reading in Fraction."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from channel_commission.accruals.rules import calculate
from channel_commission.overrides.rules import drafts

SHARES = st.integers(1, 10**8).map(lambda parts: Decimal(parts).scaleb(-8))
FEES = st.integers(0, 10**9)


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def take(share: Decimal, fees: list[int], booked: dict[UUID, int]) -> dict[UUID, int]:
    """Book drafts, as the service does, and return what is booked by now."""
    named = [(UUID(int=n), fen) for n, fen in enumerate(fees)]
    now = dict(booked)
    for draft in drafts(share, named, booked, sale_id=UUID(int=0)):
        now[draft.dealing_id] = now.get(draft.dealing_id, 0) + calculate(draft.inputs).amount_fen
    return now


def fees_of(fee: int, parts: list[int]) -> list[int]:
    """Return a fee and what redemptions take of it: never more than there is."""
    left, found = fee, [fee]
    for part in parts:
        found.append(-min(part, left))
        left -= min(part, left)
    return found


@given(share=SHARES, fee=FEES, parts=st.lists(FEES, max_size=5))
def test_an_override_is_the_share_of_what_the_branch_keeps(share: Decimal, fee: int, parts: list[int]) -> None:
    fees = fees_of(fee, parts)

    assert sum(take(share, fees, {}).values()) == half_up(Fraction(share) * sum(fees))


@given(share=SHARES, fee=FEES, parts=st.lists(FEES, min_size=1, max_size=5), later=FEES)
def test_in_whatever_steps_it_becomes_known_it_comes_to_the_same(
    share: Decimal, fee: int, parts: list[int], later: int
) -> None:
    """The fee was another one before, and redemptions became known one by one."""
    booked = take(share, [later], {})
    for upto in range(len(parts) + 1):
        booked = take(share, fees_of(fee, parts[:upto]), booked)

    assert {id: fen for id, fen in booked.items() if fen} == {
        id: fen for id, fen in take(share, fees_of(fee, parts), {}).items() if fen
    }
    assert {id: fen for id, fen in take(share, [0] * (len(parts) + 1), booked).items() if fen} == {}
