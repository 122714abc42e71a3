"""What is taken in one transaction, what comes next, and what is taken instead after a failure."""

from collections.abc import Sequence

import pytest
from widgets import PLACES, a_widget, made, message

from shared.delivery.faults import Misplaced, Verdict
from shared.delivery.part import Part, in_place, still_sought

FIRST, SECOND, THIRD = PLACES[:3]
WIDGET = a_widget()
RECORDS = [message(offset, WIDGET, made(WIDGET)) for offset in range(10)]


@pytest.mark.parametrize(
    ("witness", "sought", "follow", "seek"),
    [
        (4, None, [4, 5, 6], None),
        (5, None, [5, 6], None),
        (7, None, None, None),
        (2, None, None, 2),
        (2, 2, [4, 5, 6], None),
        (2, 1, None, 2),
    ],
    ids=["follows", "known in part", "all known", "a gap", "still a gap after a seek", "another gap than was sought"],
)
def test_what_comes_next(witness: int, sought: int | None, follow: Sequence[int] | None, seek: int | None) -> None:
    known = {} if sought is None else {FIRST: sought}

    found, gaps = in_place({FIRST: RECORDS[4:7]}, {FIRST: witness}, known)

    assert {place: [record.offset for record in records] for place, records in found.items()} == (
        {FIRST: follow} if follow else {}
    )
    assert gaps == ({} if seek is None else {FIRST: seek})


def test_a_gap_in_one_partition_does_not_hold_up_the_others() -> None:
    found, gaps = in_place({SECOND: RECORDS[3:5], FIRST: RECORDS[3:5]}, {FIRST: 3, SECOND: 1}, {})

    assert (found, gaps) == ({FIRST: RECORDS[3:5]}, {SECOND: 1})


def test_without_a_witness_nobody_knows_what_comes_next() -> None:
    with pytest.raises(Misplaced):
        in_place({FIRST: RECORDS, SECOND: RECORDS}, {FIRST: 0}, {})


def test_a_gap_at_the_same_place_is_a_new_one_once_the_partition_got_on() -> None:
    sought = still_sought({FIRST: 1, SECOND: 2}, seek={THIRD: 3}, reached={FIRST: 9})

    assert sought == {SECOND: 2, THIRD: 3}


def test_what_is_taken_instead() -> None:
    both, one = Part({SECOND: RECORDS[:2], FIRST: RECORDS[:3]}), Part({FIRST: RECORDS[:1]})

    assert both.instead(Verdict.HALVE) == [Part({FIRST: RECORDS[:3]}), Part({SECOND: RECORDS[:2]})]
    assert Part({FIRST: RECORDS[:3]}).instead(Verdict.HALVE) == [
        Part({FIRST: RECORDS[:1]}),
        Part({FIRST: RECORDS[1:3]}),
    ]
    assert both.instead(Verdict.PARK) == [Part(both.fetched, alone=True)]
    assert one.instead(Verdict.HALVE) == Part(both.fetched, alone=True).instead(Verdict.PARK) == []
    assert both.instead(Verdict.RETRY) == both.instead(Verdict.STOP) == []
