"""The legal clock: days from receipt, extensions in order, and one answer however it is split."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.clocks.rules import (
    Clock,
    Counting,
    Entry,
    EntryKind,
    Stage,
    arithmetic,
    due_date,
    fold,
    intervals,
)
from shared.clock import business_date

RECEIVED = date(2026, 3, 2)
STARTED = Entry(EntryKind.STARTED, RECEIVED, 15)
EXTENDED = Entry(EntryKind.EXTENDED, date(2026, 3, 10), 30)
EXTENDED_AGAIN = Entry(EntryKind.EXTENDED_AGAIN, date(2026, 3, 25), 60)


@pytest.mark.parametrize(
    ("received_on", "days", "expected"),
    [
        ("2026-03-02", 15, "2026-03-17"),
        ("2025-12-20", 15, "2026-01-04"),  # across new year
        ("2026-12-31", 60, "2027-03-01"),
        ("2028-02-14", 15, "2028-02-29"),  # onto a leap day
        ("2028-02-15", 15, "2028-03-01"),  # over a leap day
        ("2027-02-15", 15, "2027-03-02"),  # no leap day
        ("2028-02-29", 30, "2028-03-30"),
        ("2026-09-16", 15, "2026-10-01"),  # the last day is a holiday and stays
        ("2026-02-28", 15, "2026-03-15"),  # a Sunday
    ],
)
def test_the_due_date_is_so_many_calendar_days_after_the_day_of_receipt(
    received_on: str, days: int, expected: str
) -> None:
    assert due_date(date.fromisoformat(received_on), days) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("received_at", "due_on"),
    [
        (datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), date(2026, 3, 17)),  # 23:59:59 in Shanghai
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), date(2026, 3, 18)),  # midnight there
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), date(2026, 1, 16)),
    ],
)
def test_the_day_of_receipt_is_that_of_shanghai(received_at: datetime, due_on: date) -> None:
    assert due_date(business_date(received_at), 15) == due_on


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([STARTED], Clock(RECEIVED, RECEIVED, 15, date(2026, 3, 17))),
        ([STARTED, EXTENDED], Clock(RECEIVED, RECEIVED, 30, date(2026, 4, 1), (Stage.FIRST,))),
        (
            [STARTED, EXTENDED, EXTENDED_AGAIN],
            Clock(RECEIVED, RECEIVED, 60, date(2026, 5, 1), (Stage.FIRST, Stage.SECOND)),
        ),
    ],
)
def test_a_clock_is_a_fold_over_its_entries(entries: list[Entry], expected: Clock) -> None:
    assert fold(entries) == expected


@pytest.mark.parametrize(("informed_on", "in_time"), [("2026-03-17", True), ("2026-03-18", False)])
def test_informing_stops_the_clock_and_tells_whether_it_was_in_time(informed_on: str, in_time: bool) -> None:
    clock = fold([STARTED, Entry(EntryKind.INFORMED, date.fromisoformat(informed_on))])

    assert (clock.stopped_on, clock.is_in_time) == (date.fromisoformat(informed_on), in_time)


def test_a_withdrawal_stops_the_clock_that_day_without_a_verdict() -> None:
    clock = fold([STARTED, Entry(EntryKind.WITHDRAWN, date(2026, 4, 20))])

    assert (clock.stopped_on, clock.is_in_time) == (date(2026, 4, 20), None)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [EXTENDED],
        [STARTED, STARTED],
        [STARTED, EXTENDED, EXTENDED],
        [STARTED, EXTENDED_AGAIN, EXTENDED],
        [STARTED, Entry(EntryKind.INFORMED, RECEIVED), EXTENDED],
        [STARTED, Entry(EntryKind.EXTENDED, RECEIVED, 15)],
        [Entry(EntryKind.STARTED, RECEIVED)],
        [STARTED, Entry(EntryKind.RESTARTED, RECEIVED)],
        [STARTED, Entry(EntryKind.WITHDRAWN, RECEIVED), Entry(EntryKind.SUSPENDED, RECEIVED)],
    ],
)
def test_what_cannot_be_a_clocks_history_is_refused(entries: list[Entry]) -> None:
    with pytest.raises(ValueError, match=r"clock|extension"):
        fold(entries)


@given(st.dates(date(2020, 3, 1), date(2100, 1, 1)), st.integers(1, 120), st.integers(1, 120))
def test_more_days_never_mean_an_earlier_due_date(received_on: date, fewer: int, more: int) -> None:
    assert due_date(received_on, fewer + more) - due_date(received_on, fewer) == timedelta(days=more)


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    received_on = draw(st.dates(date(2020, 3, 1), date(2060, 1, 1)))
    entries = [Entry(EntryKind.STARTED, received_on, 15)]
    for kind, days in ((EntryKind.EXTENDED, 30), (EntryKind.EXTENDED_AGAIN, 60)):
        if draw(st.booleans()):
            entries.append(Entry(kind, received_on + timedelta(days=draw(st.integers(0, 14))), days))
        else:
            break
    if draw(st.booleans()):
        kind = draw(st.sampled_from([EntryKind.INFORMED, EntryKind.WITHDRAWN]))
        entries.append(Entry(kind, received_on + timedelta(days=draw(st.integers(0, 90)))))
    return entries


@given(histories())
def test_the_due_date_depends_on_receipt_and_the_last_limit_only(entries: Sequence[Entry]) -> None:
    clock = fold(entries)

    limits = [entry.limit_days for entry in entries if entry.limit_days is not None]
    assert clock.due_on == entries[0].on + timedelta(days=limits[-1])


@given(histories())
def test_every_earlier_due_date_can_be_proven_from_a_part_of_the_entries(entries: Sequence[Entry]) -> None:
    due = [fold(entries[: count + 1]).due_on for count in range(len(entries))]

    assert due == sorted(due)
    assert due[0] == entries[0].on + timedelta(days=15)


def day(number: int) -> date:
    """Return the day so many days after receipt."""
    return RECEIVED + timedelta(days=number)


def pause(begins: int, ends: int) -> list[Entry]:
    return [Entry(EntryKind.SUSPENDED, day(begins)), Entry(EntryKind.RESUMED, day(ends))]


def restart(on: int, recorded: int | None = None) -> Entry:
    return Entry(EntryKind.RESTARTED, day(on), 15, day(on if recorded is None else recorded))


def informed(on: int) -> Entry:
    return Entry(EntryKind.INFORMED, day(on))


@pytest.mark.parametrize(
    ("entries", "due_on"),
    [
        (pause(3, 10), 22),
        (pause(15, 40), 40),  # begun on the last day: it is the last day again when the result arrives
        ([*pause(3, 10), *pause(12, 15)], 25),
        ([EXTENDED, *pause(9, 19)], 40),
        ([*pause(1, 11), Entry(EntryKind.EXTENDED, day(12), 30)], 40),
        ([Entry(EntryKind.SUSPENDED, day(3))], 15),
        ([restart(7)], 22),
        ([EXTENDED, restart(20)], 35),  # a new clock: the extension of the old one is gone
        ([*pause(1, 9), restart(10)], 25),
    ],
)
def test_appraisals_do_not_count_and_new_facts_start_anew(entries: list[Entry], due_on: int) -> None:
    assert fold([STARTED, *entries]).due_on == day(due_on)


@pytest.mark.parametrize(
    ("received_on", "begins", "ends", "due_on"),
    [
        ("2025-12-20", "2025-12-30", "2026-01-06", "2026-01-11"),  # across new year
        ("2028-02-20", "2028-02-28", "2028-03-01", "2028-03-08"),  # over a leap day
        ("2027-02-20", "2027-02-28", "2027-03-01", "2027-03-08"),  # no leap day
    ],
)
def test_excluded_days_are_those_of_the_calendar(received_on: str, begins: str, ends: str, due_on: str) -> None:
    start = Entry(EntryKind.STARTED, date.fromisoformat(received_on), 15)
    stop = Entry(EntryKind.SUSPENDED, date.fromisoformat(begins))

    assert fold([start, stop, Entry(EntryKind.RESUMED, date.fromisoformat(ends))]).due_on == date.fromisoformat(due_on)


def test_the_arithmetic_names_what_is_excluded() -> None:
    assert arithmetic(fold([STARTED])) == "2026-03-02 + 15 = 2026-03-17"
    assert arithmetic(fold([STARTED, *pause(3, 7)])) == "2026-03-02 + 15 + 4 = 2026-03-21"


@pytest.mark.parametrize(
    ("entries", "breached", "in_time"),
    [
        ([informed(15)], [], True),
        ([informed(16)], [15], False),
        ([restart(16), informed(20)], [15], False),
        ([restart(14, recorded=14), informed(29)], [], True),
        ([restart(14, recorded=18), informed(20)], [15], False),  # nobody dates a breach away
        ([Entry(EntryKind.OVERDUE, day(16)), informed(15)], [15], True),  # recorded late, with its proof in time
        ([Entry(EntryKind.OVERDUE, day(16)), informed(17)], [15], False),
        ([Entry(EntryKind.OVERDUE, day(16)), restart(20), Entry(EntryKind.OVERDUE, day(36))], [15, 35], None),
        ([Entry(EntryKind.OVERDUE, day(16)), Entry(EntryKind.WITHDRAWN, day(20))], [15], None),
        (pause(15, 60), [], None),
    ],
)
def test_a_due_date_that_passed_stays_in_the_record(
    entries: list[Entry], breached: list[int], in_time: bool | None
) -> None:
    clock = fold([STARTED, *entries])

    assert (list(clock.breached), clock.is_in_time) == ([day(number) for number in breached], in_time)


@st.composite
def stories(draw: st.DrawFn) -> list[Entry]:
    """Clocks with extensions, appraisals, restarts and overdue records, each entry on a day not before the last."""
    entries, now, paused = [STARTED], 0, False
    for _ in range(draw(st.integers(0, 8))):
        now += draw(st.integers(0, 12))
        clock = fold(entries)
        kinds = [EntryKind.RESUMED] if paused else [EntryKind.SUSPENDED, EntryKind.RESTARTED]
        if not paused and day(now) > clock.due_on:
            kinds.append(EntryKind.OVERDUE)
        if not paused and len(clock.extended) < 2 and day(now) < clock.due_on:
            kinds.append((EntryKind.EXTENDED, EntryKind.EXTENDED_AGAIN)[len(clock.extended)])
        kind = draw(st.sampled_from(kinds))
        limits = {EntryKind.RESTARTED: 15, EntryKind.EXTENDED: 30, EntryKind.EXTENDED_AGAIN: 60}
        entries.append(Entry(kind, day(now), limits.get(kind)))
        paused = {EntryKind.SUSPENDED: True, EntryKind.RESUMED: False}.get(kind, paused)
    return entries


@given(stories(), st.data())
def test_a_pause_of_no_days_changes_nothing(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(entries)))
    on = entries[place - 1].on
    nothing = [Entry(EntryKind.SUSPENDED, on), Entry(EntryKind.RESUMED, on)]
    if fold(entries[:place]).paused_on is not None:
        nothing.reverse()

    assert fold([*entries[:place], *nothing, *entries[place:]]).due_on == fold(entries).due_on


@given(st.integers(0, 15), st.integers(0, 20), st.integers(0, 20))
def test_two_pauses_that_meet_are_one_and_one_told_twice_is_one(begins: int, first: int, second: int) -> None:
    meets, ends = begins + first, begins + first + second
    once = fold([STARTED, *pause(begins, ends)])

    assert fold([STARTED, *pause(begins, meets), *pause(meets, ends)]) == once
    doubled = [entry for entry in pause(begins, ends) for _ in range(2)]
    assert fold([STARTED, *doubled]) == once
    assert once.due_on == day(15 + first + second)


@given(stories(), st.integers(0, 200))
def test_a_recorded_breach_is_never_unwritten(entries: list[Entry], informed_after: int) -> None:
    entries = [*entries, Entry(EntryKind.INFORMED, entries[-1].on + timedelta(days=informed_after))]
    breaches = [fold(entries[: count + 1]).breached for count in range(len(entries))]

    for before, now in pairwise(breaches):
        assert now[: len(before)] == before
    assert fold(entries).is_in_time == (not breaches[-1])


@given(stories(), st.integers(0, 100))
def test_the_whole_is_the_sum_of_its_intervals(entries: list[Entry], later: int) -> None:
    clock, today = fold(entries), entries[-1].on + timedelta(days=later)

    found = intervals(entries, today)

    assert sum(one.days for one in found) == (today - RECEIVED).days
    assert [one.since for one in found[1:]] == [one.until for one in found[:-1]]
    counted = sum(one.days for one in found if one.counting is Counting.COUNTED)
    if clock.paused_on is None:
        assert (today > clock.due_on) == (counted > clock.limit_days)
