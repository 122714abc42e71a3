"""Comparing both sides: every line in one finding, and differences that add up."""

from collections import Counter
from datetime import date
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.partner_files.rules import Row
from channel_commission.reconciliations.rules import Finding, Ours, compare

DAY = date(2026, 8, 9)


def ours(place: int, number: str, fen: int, *, base: int = 10_000, day: date = DAY, product: str = "p") -> Ours:
    return Ours(UUID(int=place), number, day, product, base, fen)


def theirs(
    place: int, number: str, fen: int, *, base: int | None = None, day: date | None = DAY, product: str = "p"
) -> Row:
    return Row(place, number, day, product, base, fen)


@pytest.mark.parametrize(
    ("mine", "other", "found"),
    [
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 600)], [("matched", 0)]),
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 601)], [("matched", -1)]),
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 590)], [("amount_diff", 10)]),
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 590, base=10_000)], [("rate_diff", 10)]),
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 590, base=9_000)], [("amount_diff", 10)]),
        ([ours(1, "B-1", 600)], [], [("missing_theirs", 600)]),
        ([], [theirs(2, "B-1", 600)], [("missing_ours", -600)]),
        ([ours(1, "B-1", 600)], [theirs(2, "B-1", 600), theirs(3, "B-1", 600)], [("matched", 0), ("duplicate", -600)]),
        ([], [theirs(2, "B-1", 600), theirs(3, "B-1", 600)], [("missing_ours", -600), ("duplicate", -600)]),
        # Two fees of one sale, which they write as one row, or as two that look alike.
        ([ours(1, "B-1", 600), ours(2, "B-1", 100)], [theirs(2, "B-1", 700)], [("matched", 0)]),
        ([ours(1, "B-1", 300), ours(2, "B-1", 300)], [theirs(2, "B-1", 300), theirs(3, "B-1", 300)], [("matched", 0)]),
        # Without the number: by product, day and amount.
        ([ours(1, "B-1", 600)], [theirs(2, "", 600)], [("matched", 0)]),
        ([ours(1, "B-1", 600)], [theirs(2, "X-9", 600)], [("matched", 0)]),
        ([ours(1, "B-1", 600)], [theirs(2, "", 600, product="q")], [("missing_ours", -600), ("missing_theirs", 600)]),
        ([ours(1, "B-1", 600)], [theirs(2, "", 600, day=None)], [("missing_ours", -600), ("missing_theirs", 600)]),
        ([ours(1, "B-1", 600)], [theirs(2, "", 600), theirs(3, "", 600)], [("missing_ours", -600), ("matched", 0)]),
        # A number that fits wins over a day and amount that fit.
        ([ours(1, "B-1", 600)], [theirs(2, "", 600), theirs(3, "B-1", 600)], [("missing_ours", -600), ("matched", 0)]),
    ],
)
def test_each_class_is_found(mine: list[Ours], other: list[Row], found: list[tuple[str, int]]) -> None:
    assert [(one.finding.value, one.difference_fen) for one in compare(mine, other, tolerance_fen=1)] == found


amounts = st.integers(-3, 3).map(lambda step: step * 100) | st.integers(-(10**13), 10**13)
numbers = st.sampled_from(["", "B-1", "B-2", "B-3", "合"])
our_lines = st.lists(
    st.tuples(numbers.filter(bool), amounts, st.sampled_from([100, 200]), st.sampled_from("pq")), max_size=12
)
their_rows = st.lists(
    st.tuples(numbers, amounts, st.sampled_from([None, 100, 200]), st.sampled_from(["p", "q", ""])), max_size=12
)


@given(mine=our_lines, other=their_rows, tolerance=st.integers(0, 2), seed=st.integers(0, 99))
def test_every_line_stands_in_one_finding_and_differences_add_up(
    mine: list[tuple[str, int, int, str]],
    other: list[tuple[str, int, int | None, str]],
    tolerance: int,
    seed: int,
) -> None:
    left = [ours(place, number, fen, base=base, product=of) for place, (number, fen, base, of) in enumerate(mine)]
    right = [theirs(place, number, fen, base=base, product=of) for place, (number, fen, base, of) in enumerate(other)]
    found = compare(left, right, tolerance_fen=tolerance)

    assert Counter(id for one in found for id in one.ours) == Counter(line.id for line in left)
    assert Counter(place for one in found for place in one.theirs) == Counter(row.place for row in right)
    by_id, by_place = {line.id: line.amount_fen for line in left}, {row.place: row.amount_fen for row in right}
    for one in found:
        assert one.our_fen == sum(by_id[id] for id in one.ours)
        assert one.their_fen == sum(by_place[place] for place in one.theirs)
        assert one.finding is not Finding.MATCHED or abs(one.difference_fen) <= tolerance
        assert (one.finding is Finding.MISSING_THEIRS) == (not one.theirs)
        assert (one.finding in (Finding.MISSING_OURS, Finding.DUPLICATE)) == (not one.ours)
    by_finding = Counter[Finding]()
    for one in found:
        by_finding[one.finding] += one.difference_fen
    assert sum(by_finding.values()) == sum(by_id.values()) - sum(by_place.values())
    Random(seed).shuffle(left)
    assert compare(left, right, tolerance_fen=tolerance) == found
