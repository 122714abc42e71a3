"""The rule played over the past: the same flags as day by day, and what they were worth."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.backtest.rules import Flag, Score, count, flags, redemptions
from complaints.cases.rules import Level, Reason
from complaints.reasons.rules import RiskLevel, RiskPolicy, RiskReason
from complaints.risk.rules import assess
from complaints.signals.rules import ComplaintFact, Facts, HeldTrouble, Trouble

START = date(2025, 1, 1)
LAST = START + timedelta(days=365)
REASON = (RiskReason.OUTFLOW,)


def on(day: int) -> date:
    return START + timedelta(days=day)


@st.composite
def complaints(draw: st.DrawFn) -> ComplaintFact:
    received = draw(st.integers(-60, 360))
    ended = draw(st.none() | st.integers(received, received + 60))
    return ComplaintFact(
        UUID(int=draw(st.integers(1, 10**6))),
        draw(st.sampled_from(Level)),
        Reason.OTHER,
        received_on=on(received),
        due_on=on(received + 15),
        ended_on=None if ended is None else on(ended),
        is_withdrawn=ended is not None and draw(st.booleans()),
    )


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    days = st.integers(-200, 365).map(on)
    left = draw(st.none() | st.integers(0, 365))
    return Facts(
        complaints=tuple(draw(st.lists(complaints(), max_size=3))),
        service_class=draw(st.sampled_from(["A", "C"])),
        client_since=draw(days),
        left_on=None if left is None else on(left),
        reached_on=tuple(draw(st.lists(days, max_size=4))),
        flows=tuple(draw(st.lists(st.tuples(days, st.integers(-100, 100)), max_size=5))),
        troubles=tuple(
            HeldTrouble(UUID(int=1), Trouble.PAYMENT_DELAYED, day) for day in draw(st.lists(days, max_size=1))
        ),
    )


@given(facts=histories())
def test_the_flags_are_those_of_assessing_day_by_day(facts: Facts, policy: RiskPolicy) -> None:
    expected = {day for day in map(on, range(366)) if assess(facts, policy, day).level is not RiskLevel.LOW}

    found = flags(facts, policy, START, LAST)

    assert {one.first + timedelta(days=n) for one in found for n in range((one.last - one.first).days + 1)} == expected
    assert all(later.first > earlier.last + timedelta(days=1) for earlier, later in pairwise(found))


@pytest.mark.parametrize(
    ("flows", "percent", "expected"),
    [
        ([(0, 100), (50, -50)], 50, [50]),
        ([(0, 100), (50, -49)], 50, []),
        ([(0, 100), (50, -30), (60, -35)], 50, [60]),  # half of what was left
        ([(0, 100), (50, -80), (50, 60)], 50, []),  # net of what came in
        ([(50, -10)], 50, []),
        ([(-10, 100), (-5, -100)], 50, []),  # before the days looked at
    ],
)
def test_a_large_redemption_is_a_share_of_what_was_held(
    flows: list[tuple[int, int]], percent: int, expected: list[int]
) -> None:
    facts = Facts(flows=tuple((on(day), fen) for day, fen in flows))

    assert redemptions(facts, percent, START, LAST) == [on(day) for day in expected]


def worth(raised: list[tuple[int, int]], taken_out: list[int]) -> Score:
    score = Score()
    found = [Flag(on(first), on(last), REASON) for first, last in raised]
    count(score, found, [on(day) for day in taken_out], horizon=timedelta(days=90), last=LAST)
    return score


@pytest.mark.parametrize(
    ("raised", "taken_out", "hits", "false", "undecided", "caught", "leads"),
    [
        ([(10, 40)], [30], 1, 0, 0, 1, [20]),
        ([(10, 40)], [100], 1, 0, 0, 1, [90]),
        ([(10, 40)], [101], 0, 1, 0, 0, []),
        ([(10, 40)], [10], 0, 1, 0, 0, []),  # flagged by the redemption itself
        ([(300, 320)], [], 0, 0, 1, 0, []),
        ([(10, 40), (60, 90)], [70], 2, 0, 0, 1, [60]),
        ([], [70], 0, 0, 0, 0, []),
    ],
)
def test_a_flag_is_a_hit_if_a_redemption_follows_within_the_horizon(
    raised: list[tuple[int, int]],
    taken_out: list[int],
    hits: int,
    false: int,
    undecided: int,
    caught: int,
    leads: list[int],
) -> None:
    score = worth(raised, taken_out)

    assert (score.hits, score.false_alarms, score.undecided) == (hits, false, undecided)
    assert (score.redemptions, score.caught, score.leads) == (len(taken_out), caught, leads)
    assert score.flags == hits + false + undecided
    assert score.hits_by_reason[RiskReason.OUTFLOW] == hits
