import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits.rules import Plan, decide, policy_field, state_field


def run(plan: Plan, times: list[float]) -> list[bool]:
    full_at, passed = 0.0, []
    for now in times:
        decision = decide(plan, full_at=full_at, now=now)
        full_at = decision.full_at
        passed.append(decision.is_allowed)
    return passed


def test_a_burst_passes_and_the_next_call_waits_for_its_share_of_the_minute() -> None:
    plan = Plan(per_minute=60, burst=3)

    assert run(plan, [10.0] * 4) == [True, True, True, False]
    assert run(plan, [10.0] * 4 + [10.9, 11.0, 11.5, 12.0]) == [True, True, True, False, False, True, False, True]


@given(
    plan=st.builds(Plan, per_minute=st.integers(1, 6000), burst=st.integers(1, 300)),
    gaps=st.lists(st.floats(0, 5), max_size=200),
)
def test_in_no_window_do_more_calls_pass_than_the_burst_and_the_rate_allow(plan: Plan, gaps: list[float]) -> None:
    now, times = 1000.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    passed = [at for at, is_allowed in zip(times, run(plan, times), strict=True) if is_allowed]

    for place, begin in enumerate(passed):
        for count, end in enumerate(passed[place:], start=1):
            assert count <= plan.burst + (end - begin) * plan.per_minute / 60 + 1e-6


def test_a_refused_call_costs_nothing_and_says_when_to_come_again() -> None:
    plan = Plan(per_minute=6, burst=1)
    first = decide(plan, full_at=0, now=100)

    refused = decide(plan, full_at=first.full_at, now=101)

    assert not refused.is_allowed
    assert (refused.full_at, refused.remaining, refused.reset_seconds) == (first.full_at, 0, 9)
    assert decide(plan, full_at=refused.full_at, now=110).is_allowed


def test_the_fields_tell_the_burst_the_minute_and_what_is_left() -> None:
    plan = Plan(per_minute=600, burst=60)

    assert policy_field(plan) == '"burst";q=60;w=6, "minute";q=600;w=60'
    assert state_field(decide(plan, full_at=0, now=1)) == '"burst";r=59;t=1'


@pytest.mark.parametrize("wrong", [(0, 1), (1, 0), (-5, 5)])
def test_a_plan_without_calls_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one call"):
        Plan(*wrong)
