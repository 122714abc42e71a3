"""Which rule says where a case goes: conditions, order, targets, and when rules begin and end."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.routing.rules import (
    CaseFacts,
    Rule,
    RuleOutOfTime,
    Target,
    fits,
    require_begin,
    require_end,
    route,
)

CASE = CaseFacts(
    level="complicated",
    urgency="ii",
    source="phone",
    reason="disclosure",
    tags=frozenset({"media", "emotional"}),
    channel_id=str(UUID(int=1)),
    unit_id=str(UUID(int=2)),
    business_code="B05-01-1",
)
BARE = CaseFacts(level="ordinary", urgency="iii", source="app", reason="other")
PERSON, UNIT, ABOVE = UUID(int=10), UUID(int=11), UUID(int=12)
TARGET = Target.of({"kind": "group", "staff_ids": [str(PERSON)]})
TODAY, BEFORE, AFTER = date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3)


def rule(position: int = 1, **conditions: Any) -> Rule:
    return Rule(UUID(int=position), position, f"规则{position}", conditions, TARGET)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, True),
        ({"levels": ["complicated", "major"]}, True),
        ({"levels": ["major"]}, False),
        ({"urgencies": ["ii"]}, True),
        ({"sources": ["app"]}, False),
        ({"reasons": ["disclosure"]}, True),
        ({"tags": ["emotional", "judicial"]}, True),
        ({"tags": ["judicial"]}, False),
        ({"channel_ids": [str(UUID(int=1))]}, True),
        ({"channel_ids": [str(UUID(int=2))]}, False),
        ({"unit_ids": [str(UUID(int=2))]}, True),
        ({"business_codes": ["B05-01-1"]}, True),
        ({"business_codes": ["B05"]}, True),
        ({"business_codes": ["B05-01-1-1"]}, False),
        ({"business_codes": ["B0"]}, False),
        ({"business_codes": ["B05-02", "B05-01"]}, True),
        ({"levels": ["complicated"], "reasons": ["pricing"]}, False),
        ({"levels": ["complicated"], "reasons": ["disclosure"]}, True),
    ],
)
def test_a_rule_fits_if_every_condition_holds(conditions: dict[str, Any], expected: bool) -> None:
    assert fits(rule(**conditions), CASE) == expected


@pytest.mark.parametrize("name", ["tags", "channel_ids", "unit_ids", "business_codes"])
def test_what_a_case_does_not_have_meets_no_condition(name: str) -> None:
    assert not fits(rule(**{name: ["None"]}), BARE)


def test_the_first_rule_that_fits_says_where() -> None:
    first, second, rest = rule(1, levels=["major"]), rule(2, reasons=["disclosure"]), rule(3)

    assert route([first, second, rest], CASE) is second
    assert route([first, second, rest], BARE) is rest
    assert route([first, second], BARE) is None


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "levels": st.lists(st.sampled_from(["ordinary", "complicated", "major"]), min_size=1),
        "tags": st.lists(st.sampled_from(["media", "judicial"]), min_size=1),
        "business_codes": st.lists(st.sampled_from(["B05", "B05-02", "B06"]), min_size=1),
    },
)


@given(given=st.lists(CONDITIONS, max_size=5))
def test_a_rule_in_front_of_it_that_does_not_fit_changes_nothing(given: list[dict[str, Any]]) -> None:
    rules = [rule(place + 1, **conditions) for place, conditions in enumerate(given)]
    found = route(rules, CASE)

    assert found is route([one for one in rules if fits(one, CASE)], CASE)
    assert (found is None) == (not any(fits(one, CASE) for one in rules))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"kind": "unit", "unit_id": str(UNIT)}, True),
        ({"kind": "unit", "unit_id": str(ABOVE)}, True),
        ({"kind": "unit", "unit_id": str(PERSON)}, False),
        ({"kind": "role", "role": "consumer_protection"}, True),
        ({"kind": "role", "role": "finance"}, False),
        ({"kind": "group", "staff_ids": [str(UNIT), str(PERSON)]}, True),
        ({"kind": "group", "staff_ids": [str(UNIT)]}, False),
    ],
)
def test_a_target_holds_its_unit_with_all_below_its_office_or_its_members(
    target: dict[str, Any], expected: bool
) -> None:
    roles = ["complaint_handler", "consumer_protection"]

    assert Target.of(target).holds(PERSON, unit_path=[UNIT, ABOVE], roles=roles) == expected


@pytest.mark.parametrize(
    ("first", "last", "pointer"),
    [(TODAY, None, None), (AFTER, date(2026, 4, 1), None), (BEFORE, None, "/valid_from"), (TODAY, TODAY, "/valid_to")],
)
def test_a_rule_begins_today_or_later(first: date, last: date | None, pointer: str | None) -> None:
    if pointer is None:
        require_begin(first, last, today=TODAY)
        return
    with pytest.raises(RuleOutOfTime) as refusal:
        require_begin(first, last, today=TODAY)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(
    ("valid_to", "valid_from", "ended_on", "may"),
    [
        (TODAY, BEFORE, None, True),
        (AFTER, TODAY, None, True),
        (AFTER, BEFORE, date(2026, 5, 1), True),
        (BEFORE, date(2026, 1, 1), None, False),
        (TODAY, TODAY, None, False),
        (AFTER, BEFORE, TODAY, False),
    ],
)
def test_a_rule_ends_today_or_later_once(valid_to: date, valid_from: date, ended_on: date | None, may: bool) -> None:
    if may:
        require_end(valid_to, valid_from=valid_from, ended_on=ended_on, today=TODAY)
        return
    with pytest.raises(RuleOutOfTime):
        require_end(valid_to, valid_from=valid_from, ended_on=ended_on, today=TODAY)
