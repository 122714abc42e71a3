"""Who inspects, in which order, and how many cases of each stratum are drawn."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.inspections import rules
from complaints.inspections.rules import Candidate, InspectionCommand, InspectionStatus
from shared.ids import new_id

DAY = date(2026, 3, 2)
ALLOWED = {
    ("planned", "draw-sample"),
    ("planned", "cancel"),
    ("running", "examine"),
    ("running", "improvement-actions"),
    ("running", "complete"),
    ("completed", "improvement-actions"),
    ("completed", "close"),
}


@pytest.mark.parametrize(("status", "command"), list(product(InspectionStatus, InspectionCommand)))
def test_every_state_takes_its_commands_and_no_others(status: InspectionStatus, command: InspectionCommand) -> None:
    if (status.value, command.value) in ALLOWED:
        rules.after(command, status)
    else:
        with pytest.raises(rules.InspectionCommandNotAllowed) as refused:
            rules.after(command, status)
        assert refused.value.facts["allowed"] == sorted(c for s, c in ALLOWED if s == status.value)


@pytest.mark.parametrize(
    ("populations", "size", "expected"),
    [
        ({"a": 90, "b": 10}, 10, {"a": 9, "b": 1}),
        ({"a": 99, "b": 1}, 10, {"a": 9, "b": 1}),  # one of each at least
        ({"a": 3, "b": 2}, 10, {"a": 3, "b": 2}),  # all
        ({"a": 5, "b": 5, None: 5}, 2, {"a": 1, "b": 0, None: 1}),  # the largest, then by value
        ({None: 7}, 3, {None: 3}),
        ({"a": 2, "b": 2, "c": 2}, 4, {"a": 2, "b": 1, "c": 1}),
    ],
)
def test_the_sample_is_in_proportion(
    populations: dict[str | None, int], size: int, expected: dict[str | None, int]
) -> None:
    assert rules.allocate(populations, size) == expected


@given(
    populations=st.dictionaries(st.none() | st.text(max_size=3), st.integers(1, 500), min_size=1, max_size=8),
    size=st.integers(1, 600),
)
def test_no_stratum_gives_more_than_it_has_and_none_is_left_out(populations: dict[str | None, int], size: int) -> None:
    taken = rules.allocate(populations, size)

    total = sum(populations.values())
    assert sum(taken.values()) == min(size, total)
    assert all(0 <= taken[stratum] <= count for stratum, count in populations.items())
    if size >= len(populations):
        assert min(taken.values()) >= 1
        shares = {stratum: Fraction(min(size, total) * count, total) for stratum, count in populations.items()}
        if min(shares.values()) >= 1:
            assert all(abs(taken[stratum] - share) < 1 for stratum, share in shares.items())
    by_size = sorted(populations, key=lambda stratum: (populations[stratum], taken[stratum]))
    assert [taken[stratum] for stratum in by_size] == sorted(taken.values())
    assert rules.allocate(dict(reversed(populations.items())), size) == taken


def test_the_first_of_each_stratum_are_drawn() -> None:
    candidates = [Candidate(new_id(), stratum, 6, place) for stratum in ("a", "b") for place in range(1, 5)]

    assert [(one.stratum, one.place) for one in rules.draw(candidates, 4)] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    with pytest.raises(rules.NothingToInspect):
        rules.draw([], 4)


@pytest.mark.parametrize(
    ("roles", "has_left", "is_inspected", "said"),
    [
        (["complaint_handler"], False, False, "非监督检查岗位"),
        (["auditor"], True, False, "已离职"),
        (["auditor"], False, True, "不得检查本部门"),
    ],
)
def test_an_inspector_is_of_the_office_at_work_and_of_another_unit(
    roles: list[str], has_left: bool, is_inspected: bool, said: str
) -> None:
    team, department, house = new_id(), new_id(), new_id()
    path, inspected = [team, department, house], department if is_inspected else new_id()
    rules.require_inspector(place=0, roles=["auditor"], has_left=False, unit_path=path, inspected_unit=new_id())
    with pytest.raises(rules.InspectorUnfit, match=said) as refused:
        rules.require_inspector(place=2, roles=roles, has_left=has_left, unit_path=path, inspected_unit=inspected)
    assert refused.value.pointer == "/inspector_ids/2"


def test_the_period_is_over() -> None:
    rules.require_period(DAY, DAY, today=DAY)
    for first, last in ((DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=1))):
        with pytest.raises(rules.InspectionPeriodInvalid):
            rules.require_period(first, last, today=DAY)


def test_each_inspector_is_named_once() -> None:
    one, other = new_id(), new_id()
    rules.require_each_once([one, other])
    with pytest.raises(rules.InspectorTwice):
        rules.require_each_once([one, other, one])
