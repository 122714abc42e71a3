"""Who may stand under whom, and what a move leaves of the days before."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.hierarchy.rules import (
    Edge,
    HasBranches,
    HeadOfficeIsBranch,
    HierarchyCycle,
    NothingMoves,
    moved,
    require_may_stand_under,
)

BRANCH, HEAD, OTHER = (UUID(int=n) for n in (1, 2, 3))
DAY = date(2026, 3, 2)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.mark.parametrize(
    ("parent", "above", "below", "refusal"),
    [
        (BRANCH, [], [], HierarchyCycle),
        (HEAD, [Edge(HEAD, BRANCH, day(-9), None)], [Edge(HEAD, BRANCH, day(-9), None)], HierarchyCycle),
        (HEAD, [Edge(HEAD, BRANCH, day(9), None)], [], HierarchyCycle),
        (HEAD, [Edge(HEAD, OTHER, day(9), day(10))], [], HeadOfficeIsBranch),
        (HEAD, [], [Edge(OTHER, BRANCH, day(5), None)], HasBranches),
        (HEAD, [Edge(HEAD, OTHER, day(-9), day(0))], [Edge(OTHER, BRANCH, day(-9), day(0))], None),
    ],
)
def test_no_day_has_a_cycle_or_a_branch_of_a_branch(
    parent: UUID, above: list[Edge], below: list[Edge], refusal: type[Exception] | None
) -> None:
    def ask() -> None:
        require_may_stand_under(BRANCH, parent, since=day(0), parents_edges=above, branches=below)

    if refusal is None:
        ask()
    else:
        with pytest.raises(refusal):
            ask()


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from([None, HEAD, OTHER])), max_size=12))
def test_after_any_moves_each_day_has_the_head_office_of_the_last_move_that_reaches_it(
    moves: list[tuple[int, UUID | None]],
) -> None:
    edges: list[Edge] = []
    calendar: dict[int, UUID | None] = dict.fromkeys(range(25))
    for since, parent in moves:
        before = dict(calendar)
        calendar.update(dict.fromkeys(range(since, 25), parent))
        if calendar == before:
            with pytest.raises(NothingMoves):
                moved(edges, BRANCH, parent, since=day(since))
            continue
        edges = moved(edges, BRANCH, parent, since=day(since))
        for n in range(25):
            on = [edge for edge in edges if edge.start <= day(n) and (edge.until is None or day(n) < edge.until)]
            assert [edge.parent_id for edge in on] == ([calendar[n]] if calendar[n] else [])
        assert all(edge.until is None or edge.start < edge.until for edge in edges)
