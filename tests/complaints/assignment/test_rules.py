"""Who gets a case: free of interest, a target, the least to do."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.assignment.rules import NoHandlerFree, Option, choose, load, ranked
from complaints.parties.rules import Exclusion
from complaints.traits.rules import Urgency

WEIGHTS = {"i": 3, "ii": 2, "iii": 1}


def option(number: int, **fields: object) -> Option:
    given = {"is_target": True, "exclusions": (), "open_cases": 0, "load": 0} | fields
    return Option(staff_id=UUID(int=number), **given)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("open_cases", "expected"),
    [
        ({}, 0),
        ({Urgency.THIRD: 4}, 4),
        ({Urgency.FIRST: 1, Urgency.SECOND: 2, Urgency.THIRD: 1}, 8),
    ],
)
def test_an_urgent_case_weighs_more(open_cases: dict[Urgency, int], expected: int) -> None:
    assert load(open_cases, WEIGHTS) == expected


@pytest.mark.parametrize(
    ("options", "but", "expected"),
    [
        ([option(1, load=2), option(2, load=1)], None, 2),
        ([option(1, load=3, open_cases=3), option(2, load=3, open_cases=1)], None, 2),
        ([option(2), option(1)], None, 1),
        ([option(1, exclusions=[Exclusion.SOLD]), option(2, load=9)], None, 2),
        ([option(1, is_target=False), option(2, load=9)], None, 2),
        ([option(1), option(2, load=9)], UUID(int=1), 2),
    ],
)
def test_the_least_busy_target_without_an_interest_gets_the_case(
    options: list[Option], but: UUID | None, expected: int
) -> None:
    assert choose(options, but=but) == UUID(int=expected)


@pytest.mark.parametrize(
    "options", [[], [option(1, is_target=False)], [option(1, exclusions=[Exclusion.NAMED_STAFF])], [option(7)]]
)
def test_where_nobody_is_free_nobody_is_chosen(options: list[Option]) -> None:
    with pytest.raises(NoHandlerFree):
        choose(options, but=UUID(int=7))


OPTIONS = st.lists(
    st.builds(
        option,
        st.integers(1, 50),
        is_target=st.booleans(),
        exclusions=st.sampled_from([(), (Exclusion.SOLD,)]),
        open_cases=st.integers(0, 5),
        load=st.integers(0, 9),
    ),
    unique_by=lambda one: one.staff_id,
    max_size=8,
)


@given(options=OPTIONS, data=st.data())
def test_nobody_who_may_not_is_chosen_and_no_free_target_has_less_to_do(
    options: list[Option], data: st.DataObject
) -> None:
    free = {one.staff_id: one.load for one in options if one.is_target and not one.exclusions}
    shuffled = data.draw(st.permutations(options))
    assert ranked(shuffled) == ranked(options)
    if not free:
        with pytest.raises(NoHandlerFree):
            choose(options, but=None)
        return
    chosen = choose(shuffled, but=None)
    assert free[chosen] == min(free.values())
