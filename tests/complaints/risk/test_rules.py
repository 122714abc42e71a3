"""The at-risk rule over time: the clearing time, what is told, and that only dated facts and the day matter."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import Level, Reason, RootCause
from complaints.reasons.rules import Day, Held, RiskLevel, RiskPolicy, RiskReason, on_day
from complaints.risk.rules import Assessment, Override, Standing, assess, change, clears_by_itself_on, held_since
from complaints.signals.rules import ComplaintFact, Facts, HeldTrouble, Trouble

TODAY = date(2026, 3, 31)
LOW, MEDIUM, HIGH = RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


PLAIN = ComplaintFact(UUID(int=0), Level.ORDINARY, Reason.OTHER, received_on=TODAY, due_on=TODAY)


def complaint(days: int, **fields: Any) -> ComplaintFact:
    return replace(
        PLAIN, id=UUID(int=days + 100), received_on=ago(days), due_on=ago(days) + timedelta(days=15), **fields
    )


def over(days: int, ended: int, **fields: Any) -> ComplaintFact:
    return complaint(days, ended_on=ago(ended), **fields)


@pytest.mark.parametrize(
    ("ended", "level", "decided_back", "clears_in"),
    [(0, HIGH, 0, 14), (5, HIGH, 5, 9), (12, HIGH, 12, 2), (13, HIGH, 13, 1), (14, LOW, 0, None)],
)
def test_a_flag_clears_on_the_14th_day_in_a_row_below_the_bound(
    ended: int, level: RiskLevel, decided_back: int, clears_in: int | None, policy: RiskPolicy
) -> None:
    # Overdue for a part of the day on which it ended: that day is the last one not LOW.
    found = assess(Facts(complaints=(over(40, ended),)), policy, TODAY)

    assert found.level is level
    assert found.decided_by.day == ago(decided_back)
    assert found.clears_on == (TODAY + timedelta(days=clears_in) if clears_in else None)


def test_a_flag_is_followed_day_by_day(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(complaint(60, level=Level.MAJOR, ended_on=ago(40)),))

    levels = {days: assess(facts, policy, ago(days)).level for days in range(70, 0, -1)}

    assert {days for days, level in levels.items() if level is HIGH} == set(range(27, 61))
    assert {days for days, level in levels.items() if level is MEDIUM} == set()


def test_a_rise_and_a_fall_above_the_bound_take_effect_at_once(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(over(60, 50), over(59, 49), over(30, 1)), service_class="A", reached_on=(ago(40),))

    assert assess(facts, policy, ago(2)).level is HIGH  # the third is open past its due date
    assert assess(facts, policy, TODAY).level is MEDIUM


def test_a_root_cause_counts_from_the_day_it_was_found(policy: RiskPolicy) -> None:
    """Two complaints of one reason make the flag; that their causes differ is found at closing and rewrites no day."""
    causes = {"reason": Reason.PRICING}
    facts = Facts(
        complaints=(
            over(60, 50, **causes, root_cause=RootCause.SYSTEM, cause_found_on=ago(50)),
            over(40, 30, **causes, root_cause=RootCause.STAFF, cause_found_on=ago(3)),
        )
    )

    assert [assess(facts, policy, ago(days)).level for days in (5, 0)] == [MEDIUM, MEDIUM]
    assert assess(facts, policy, TODAY).clears_on == ago(4) + timedelta(days=14)
    assert assess(facts, policy, TODAY + timedelta(days=10)).level is LOW


def test_days_below_are_counted_in_a_row(policy: RiskPolicy) -> None:
    """Ten days below, one above, ten below: still flagged."""
    facts = Facts(complaints=(over(80, 21), complaint(11, level=Level.MAJOR, ended_on=ago(10))))

    assert assess(facts, policy, TODAY).level is HIGH
    assert assess(facts, policy, ago(12)).level is HIGH


def test_who_has_left_has_no_risk(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(complaint(40),), left_on=TODAY)

    assert assess(facts, policy, TODAY).level is LOW
    assert assess(facts, policy, ago(1)).level is HIGH


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(complaints=(over(40, 5),)), TODAY + timedelta(days=9)),
        (Facts(complaints=(complaint(40),)), None),
        (
            Facts(flows=((ago(200), 10), (ago(10), -10)), service_class="C", reached_on=(TODAY,)),
            # The outflow leaves the window after 90 days; 14 days later the flag is gone.
            ago(10) + timedelta(days=90 + 13),
        ),
    ],
)
def test_what_would_clear_by_itself_is_foretold(facts: Facts, expected: date | None, policy: RiskPolicy) -> None:
    assert clears_by_itself_on(facts, policy, TODAY) == expected


def assessment(level: RiskLevel, *codes: RiskReason) -> Assessment:
    day = Day(TODAY, level, 0, tuple(Held(code, 1) for code in codes))
    return Assessment(level, day, day, None)


A, B = RiskReason.OUTFLOW, RiskReason.MANAGER_CHANGED


@pytest.mark.parametrize(
    ("before", "reasons", "after", "told"),
    [
        (LOW, [], assessment(LOW), None),
        (LOW, [], assessment(LOW, A), None),
        (LOW, [A], assessment(MEDIUM, A), "flagged"),
        (LOW, [], assessment(HIGH, A), "flagged"),
        (MEDIUM, [A, B], assessment(MEDIUM, B, A), None),
        (MEDIUM, [A], assessment(MEDIUM, A, B), "changed"),
        (MEDIUM, [A], assessment(HIGH, A), "changed"),
        (HIGH, [A], assessment(MEDIUM, A), "changed"),
        (HIGH, [A], assessment(HIGH), "changed"),
        (MEDIUM, [], assessment(LOW), "cleared"),
    ],
)
def test_only_a_change_of_level_or_reasons_is_told(
    before: RiskLevel, reasons: list[str], after: Assessment, told: str | None
) -> None:
    assert change(Standing(before, 0, frozenset(reasons)), after.standing) == told


days_back = st.integers(0, 400)


@st.composite
def complaint_facts(draw: st.DrawFn) -> ComplaintFact:
    received = draw(days_back)
    ended = draw(st.none() | st.integers(0, received))
    return complaint(
        received,
        level=draw(st.sampled_from(Level)),
        reason=draw(st.sampled_from(Reason)),
        ended_on=None if ended is None else ago(ended),
        is_withdrawn=ended is not None and draw(st.booleans()),
        root_cause=None if ended is None else draw(st.none() | st.sampled_from(RootCause)),
        cause_found_on=None if ended is None else ago(draw(st.integers(0, ended))),
    )


@st.composite
def troubles(draw: st.DrawFn) -> HeldTrouble:
    since = draw(days_back)
    until = draw(st.none() | st.integers(0, since))
    return HeldTrouble(
        UUID(int=draw(st.integers(1, 3))),
        draw(st.sampled_from(Trouble)),
        ago(since),
        None if until is None else ago(until),
    )


def all_facts() -> st.SearchStrategy[Facts]:
    many_days = st.lists(days_back.map(ago), max_size=5).map(tuple)
    return st.builds(
        Facts,
        complaints=st.lists(complaint_facts(), max_size=4).map(tuple),
        service_class=st.sampled_from(["A", "B", "C", None]),
        client_since=st.none() | days_back.map(ago),
        reached_on=many_days,
        flows=st.lists(st.tuples(days_back.map(ago), st.integers(-(10**9), 10**9)), max_size=5).map(tuple),
        manager_changed_on=many_days,
        troubles=st.lists(troubles(), max_size=3).map(tuple),
    )


@given(facts=all_facts(), seed=st.randoms(use_true_random=False))
def test_the_order_in_which_facts_became_known_does_not_matter(
    facts: Facts, seed: random.Random, policy: RiskPolicy
) -> None:
    shuffled = {
        name: tuple(seed.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("complaints", "reached_on", "flows", "manager_changed_on", "troubles")
    }
    one, other = assess(facts, policy, TODAY), assess(replace(facts, **shuffled), policy, TODAY)

    assert (one.level, one.today.score, one.reasons) == (other.level, other.today.score, other.reasons)


@given(facts=all_facts())
def test_the_score_is_the_sum_of_the_reasons_and_groups_count_once(facts: Facts, policy: RiskPolicy) -> None:
    day = on_day(facts, policy, TODAY)

    assert day.score == sum(held.points for held in day.reasons) <= 40 + 20 + 25 + 15 + 20 + 35 + 5 + 40 + 25 + 15
    assert len({held.reason for held in day.reasons}) == len(day.reasons)


@given(facts=all_facts())
def test_the_level_is_that_of_the_latest_of_14_days_that_was_not_low(facts: Facts, policy: RiskPolicy) -> None:
    at_end = on_day(facts, policy, TODAY)
    by_hand = [at_end, *(on_day(facts, policy, ago(back), during=True) for back in range(14))]
    not_low = [day for day in by_hand if day.level is not LOW]

    assert assess(facts, policy, TODAY).decided_by == (not_low[0] if not_low else at_end)


@given(facts=all_facts())
def test_facts_of_tomorrow_do_not_matter_today(facts: Facts, policy: RiskPolicy) -> None:
    tomorrow = TODAY + timedelta(days=1)
    more = replace(
        facts,
        complaints=(*facts.complaints, complaint(-1, level=Level.MAJOR)),
        reached_on=(*facts.reached_on, tomorrow),
        flows=(*facts.flows, (tomorrow, -(10**12))),
        manager_changed_on=(*facts.manager_changed_on, tomorrow),
    )

    assert assess(more, policy, TODAY) == assess(facts, policy, TODAY)


def test_a_complaint_that_came_and_went_on_one_day_leaves_its_clearing_time(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(complaint(3, level=Level.MAJOR, ended_on=ago(3)),))

    assert assess(facts, policy, ago(3)).level is HIGH
    assert assess(facts, policy, ago(3)).reasons == []
    assert assess(facts, policy, ago(3) + timedelta(days=13)).level is HIGH
    assert assess(facts, policy, ago(3) + timedelta(days=14)).level is LOW


@given(facts=all_facts())
def test_each_reason_says_the_first_day_of_its_unbroken_run(facts: Facts, policy: RiskPolicy) -> None:
    for reason, since in held_since(facts, policy, TODAY).items():
        days = [since + timedelta(days=number) for number in range((TODAY - since).days + 1)]
        assert all(reason in {held.reason for held in on_day(facts, policy, day).reasons} for day in days)
        before = {held.reason for held in on_day(facts, policy, since - timedelta(days=1)).reasons}
        assert reason not in before or since == ago(400)


def test_the_last_judgement_that_holds_today_counts(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(complaint(40),))
    overrides = [Override(UUID(int=1), MEDIUM, ago(20), ago(1)), Override(UUID(int=2), LOW, ago(5), TODAY)]

    assert [assess(facts, policy, ago(days), overrides).level for days in (21, 20, 6, 5, 1, 0)] == [
        *(HIGH, MEDIUM, MEDIUM, LOW, LOW, HIGH)
    ]
