"""Draws: what of a payment covers which of them."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.channels.rules import ChannelStatus
from channel_commission.draws.rules import (
    ChannelNotActive,
    DrawStatus,
    DrawStatusForbids,
    Open,
    next_status,
    recoveries,
    require_active,
    require_second_person,
)
from shared.errors import SecondPersonNeeded

FEN = st.integers(0, 10**12)


@given(FEN, st.lists(FEN, max_size=8))
def test_the_oldest_are_covered_first_and_no_more_than_is_paid_or_left(payment: int, left: list[int]) -> None:
    draws = [Open(uuid4(), fen) for fen in left]
    taken = {one.draw_id: one.fen for one in recoveries(payment, draws)}

    assert sum(taken.values()) == min(payment, sum(left))
    assert all(0 < taken.get(draw.draw_id, 1) <= max(draw.fen, 1) for draw in draws)
    uncovered = [place for place, draw in enumerate(draws) if taken.get(draw.draw_id, 0) < draw.fen]
    # Once one is not covered wholly, none after it gets anything.
    assert not uncovered or all(draw.draw_id not in taken for draw in draws[uncovered[0] + 1 :])


def test_a_draw_is_decided_and_paid_once() -> None:
    assert next_status(DrawStatus.PROPOSED, "approve") is DrawStatus.APPROVED
    assert next_status(DrawStatus.APPROVED, "record-payment") is DrawStatus.PAID
    for status, command in [
        (DrawStatus.PROPOSED, "record-payment"), (DrawStatus.APPROVED, "approve"),
        (DrawStatus.PAID, "record-payment"), (DrawStatus.PAID, "refuse"), (DrawStatus.REFUSED, "approve"),
    ]:  # fmt: skip
        with pytest.raises(DrawStatusForbids):
            next_status(status, command)


def test_two_people_and_an_active_channel_are_needed() -> None:
    one, other = uuid4(), uuid4()
    require_second_person(one, other)
    with pytest.raises(SecondPersonNeeded):
        require_second_person(one, one)
    require_active(ChannelStatus.ACTIVE)
    with pytest.raises(ChannelNotActive):
        require_active(ChannelStatus.SUSPENDED)
