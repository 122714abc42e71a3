"""The legal clock: days from receipt, extensions in order, and one answer however it is split."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.clocks.rules import (
    ApproverIsHandler,
    Clock,
    ComplainantNotTold,
    Entry,
    EntryKind,
    ExtensionNotYours,
    ExtensionOutOfOrder,
    ExtensionTooLate,
    Stage,
    due_date,
    fold,
    next_stage,
    require_approver,
    require_extendable,
    require_told,
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
        ([STARTED], Clock(RECEIVED, 15, date(2026, 3, 17))),
        ([STARTED, EXTENDED], Clock(RECEIVED, 30, date(2026, 4, 1), (Stage.FIRST,))),
        ([STARTED, EXTENDED, EXTENDED_AGAIN], Clock(RECEIVED, 60, date(2026, 5, 1), (Stage.FIRST, Stage.SECOND))),
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


@pytest.mark.parametrize(
    ("history", "wanted", "granted"),
    [
        ([STARTED], None, Stage.FIRST),
        ([STARTED], Stage.FIRST, Stage.FIRST),
        ([STARTED, EXTENDED], None, Stage.SECOND),
        ([STARTED, EXTENDED], Stage.SECOND, Stage.SECOND),
    ],
)
def test_the_next_extension_is_granted(history: list[Entry], wanted: Stage | None, granted: Stage) -> None:
    assert require_extendable(fold(history), wanted, today=date(2026, 3, 16)) is granted


@pytest.mark.parametrize(
    ("history", "wanted", "allowed"),
    [
        ([STARTED], Stage.SECOND, [Stage.FIRST]),
        ([STARTED, EXTENDED], Stage.FIRST, [Stage.SECOND]),
        ([STARTED, EXTENDED, EXTENDED_AGAIN], Stage.SECOND, []),
        ([STARTED, EXTENDED, EXTENDED_AGAIN], None, []),
    ],
)
def test_an_extension_out_of_order_is_refused(history: list[Entry], wanted: Stage | None, allowed: list[Stage]) -> None:
    with pytest.raises(ExtensionOutOfOrder) as refusal:
        require_extendable(fold(history), wanted, today=RECEIVED)

    assert refusal.value.facts["allowed"] == allowed


@pytest.mark.parametrize(
    ("history", "today", "is_late"),
    [
        ([STARTED], "2026-03-16", False),
        ([STARTED], "2026-03-17", True),
        ([STARTED], "2026-03-18", True),
        ([STARTED, EXTENDED], "2026-03-31", False),
        ([STARTED, EXTENDED], "2026-04-01", True),
    ],
)
def test_an_extension_comes_before_the_due_date_that_holds(history: list[Entry], today: str, is_late: bool) -> None:
    clock = fold(history)
    if not is_late:
        assert require_extendable(clock, None, today=date.fromisoformat(today)) is next_stage(clock)
        return
    with pytest.raises(ExtensionTooLate):
        require_extendable(clock, None, today=date.fromisoformat(today))


@pytest.mark.parametrize(
    ("stage", "roles", "may"),
    [
        (Stage.FIRST, {"complaint_supervisor"}, True),
        (Stage.FIRST, {"executive"}, False),
        (Stage.FIRST, {"complaint_handler"}, False),
        (Stage.SECOND, {"executive"}, True),
        (Stage.SECOND, {"complaint_supervisor"}, False),
        (Stage.SECOND, {"complaint_supervisor", "executive"}, True),
    ],
)
def test_each_extension_has_its_approver(stage: Stage, roles: set[str], may: bool) -> None:
    if may:
        require_approver(stage, approver_id=uuid4(), roles=roles, handler_id=uuid4())
        return
    with pytest.raises(ExtensionNotYours):
        require_approver(stage, approver_id=uuid4(), roles=roles, handler_id=None)


@pytest.mark.parametrize("stage", Stage)
def test_nobody_extends_the_time_for_their_own_case(stage: Stage) -> None:
    handler = uuid4()

    with pytest.raises(ApproverIsHandler):
        require_approver(stage, approver_id=handler, roles={"complaint_supervisor", "executive"}, handler_id=handler)


@pytest.mark.parametrize(
    ("stage", "told_on", "is_told"),
    [
        (Stage.FIRST, None, True),
        (Stage.SECOND, None, False),
        (Stage.SECOND, "2026-03-20", True),
        (Stage.SECOND, "2026-03-02", True),
        (Stage.SECOND, "2026-03-01", False),
        (Stage.SECOND, "2026-03-21", False),
        (Stage.FIRST, "2026-03-21", False),
    ],
)
def test_the_second_extension_needs_the_complainant_told(stage: Stage, told_on: str | None, is_told: bool) -> None:
    day = date.fromisoformat(told_on) if told_on else None
    if is_told:
        require_told(stage, day, received_on=RECEIVED, today=date(2026, 3, 20))
        return
    with pytest.raises(ComplainantNotTold) as refusal:
        require_told(stage, day, received_on=RECEIVED, today=date(2026, 3, 20))
    assert refusal.value.pointer == "/complainant_told_on"
