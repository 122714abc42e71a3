"""Decisions of delivery: where to begin, whether to seek, what to hold back, when to rest and when to stop."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy.exc
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from shared.delivery.faults import ConsumerStopped, Misplaced, Verdict, verdict
from shared.delivery.part import Part
from shared.delivery.rules import (
    INBOX_MEMORY,
    MOST_NEW_PARKED_KEYS,
    OutOfRange,
    StartAt,
    backoff_seconds,
    first_occurrences,
    hold_back,
    must_seek,
    oldest_remembered,
    recorded_at,
    start_offset,
    too_many_parked,
)
from shared.ids import new_id


@pytest.mark.parametrize(
    ("witness", "committed", "start_at", "begins"),
    [
        (None, None, "beginning", 10),
        (None, None, "now", 90),
        (None, 40, "beginning", 10),
        (None, 40, "now", 40),
        (50, None, "beginning", 50),
        (50, None, "now", 50),
        (50, 70, "beginning", 50),
        (50, 30, "now", 50),
        (10, None, "beginning", 10),
        (90, None, "beginning", 90),
    ],
)
def test_the_database_decides_where_a_consumer_begins(
    witness: int | None, committed: int | None, start_at: StartAt, begins: int
) -> None:
    assert start_offset(witness=witness, committed=committed, beginning=10, end=90, start_at=start_at) == begins


@pytest.mark.parametrize(("witness", "committed"), [(9, None), (91, 50), (None, 9), (None, 91)])
def test_a_position_outside_the_topic_is_not_guessed_away(witness: int | None, committed: int | None) -> None:
    with pytest.raises(OutOfRange, match="the topic holds 10 to 90"):
        start_offset(witness=witness, committed=committed, beginning=10, end=90, start_at="now")


@pytest.mark.parametrize(
    ("first_offset", "sought", "seek"),
    [(5, None, False), (4, None, False), (6, None, True), (6, 5, False), (6, 4, True)],
)
def test_a_gap_is_sought_once(first_offset: int, sought: int | None, seek: bool) -> None:
    assert must_seek(first_offset=first_offset, next_offset=5, sought=sought) is seek


@dataclass(frozen=True)
class _Copy:
    id: UUID | None
    number: int


def test_each_new_event_comes_once_and_what_has_no_id_comes_as_it_is() -> None:
    a, b, seen = new_id(), new_id(), new_id()
    came = [_Copy(id, number) for number, id in enumerate([a, None, seen, b, a, None, b])]

    assert [copy.number for copy in first_occurrences(came, {a, b})] == [0, 1, 3, 5]


@dataclass(frozen=True)
class _Message:
    number: int
    lane: tuple[str, str]
    problem: str | None = None


#: The same key on two topics is two lanes.
_LANES = [("client", "a"), ("client", "b"), ("dealing", "a")]
_MESSAGES = st.lists(
    st.builds(
        _Message, number=st.integers(), lane=st.sampled_from(_LANES), problem=st.sampled_from([None, None, "bad"])
    )
)


@given(messages=_MESSAGES, parked=st.sets(st.sampled_from(_LANES)))
def test_a_lane_is_handed_over_up_to_its_first_problem_and_parked_from_there(
    messages: list[_Message], parked: set[tuple[str, str]]
) -> None:
    apply, park = hold_back(messages, parked)

    for lane in _LANES:
        mine = [message for message in messages if message.lane == lane]
        good = next((n for n, message in enumerate(mine) if message.problem), len(mine)) if lane not in parked else 0
        assert [message for message in apply if message.lane == lane] == mine[:good]
        assert [message for message, _ in park if message.lane == lane] == mine[good:]


_FETCHED = st.dictionaries(
    st.builds(TopicPartition, st.sampled_from(["client", "dealing"]), st.integers(0, 2)),
    st.lists(st.integers(), min_size=1, max_size=9),
    min_size=1,
)


@given(_FETCHED)
def test_halves_leave_nothing_out_and_keep_each_partition_in_order(
    fetched: dict[TopicPartition, list[Any]],
) -> None:
    left, done = [Part(fetched)], dict[TopicPartition, list[Any]]()
    while left:
        part = left.pop()
        if part.size > 1:
            halves = part.halves()
            assert all(0 < half.size < part.size for half in halves)
            left += reversed(halves)
        else:
            for place, messages in part.fetched.items():
                done.setdefault(place, []).extend(messages)

    assert done == fetched


def test_many_new_parked_keys_in_a_minute_are_too_many() -> None:
    now = 1000.0
    assert not too_many_parked([now] * MOST_NEW_PARKED_KEYS, now)
    assert too_many_parked([now] * (MOST_NEW_PARKED_KEYS + 1), now)
    assert not too_many_parked([now - 61] * 100, now)


def test_an_id_tells_when_its_event_was_recorded() -> None:
    assert abs(recorded_at(new_id()) - time.time()) < 5


@given(st.timedeltas(min_value=timedelta(days=-800), max_value=timedelta(0)))
def test_the_inbox_remembers_four_hundred_days(age: timedelta) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    event_id = UUID(int=int((now + age).timestamp() * 1000) << 80)

    forgotten = event_id < oldest_remembered(now)

    if abs(age + INBOX_MEMORY) > timedelta(milliseconds=2):
        assert forgotten == (-age > timedelta(days=400))


@given(failures=st.integers(1, 10_000))
def test_rests_grow_to_their_bound(failures: int) -> None:
    rest = backoff_seconds(failures, most=5.0)

    assert 0.05 <= rest <= 5.0
    assert failures > 1 or rest <= 0.1
    assert failures < 10 or rest >= 2.5


class _Cancelled(psycopg.OperationalError):
    sqlstate = "57014"


def _wrapped(error: Exception) -> sqlalchemy.exc.DBAPIError:
    return sqlalchemy.exc.DBAPIError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (errors.DeadlockDetected(), Verdict.HALVE),
        (errors.SerializationFailure(), Verdict.HALVE),
        (errors.LockNotAvailable(), Verdict.RETRY),
        (errors.IdleInTransactionSessionTimeout(), Verdict.RETRY),
        (errors.TransactionTimeout(), Verdict.RETRY),
        (errors.AdminShutdown(), Verdict.RETRY),
        (errors.TooManyConnections(), Verdict.RETRY),
        (errors.ReadOnlySqlTransaction(), Verdict.RETRY),
        (_Cancelled(), Verdict.RETRY),
        (psycopg.OperationalError("server closed the connection"), Verdict.RETRY),
        (sqlalchemy.exc.TimeoutError(), Verdict.RETRY),
        (KafkaConnectionError(), Verdict.RETRY),
        (ConnectionResetError(), Verdict.RETRY),
        (TimeoutError(), Verdict.RETRY),
        (Misplaced(), Verdict.RETRY),
        (errors.UndefinedColumn(), Verdict.STOP),
        (errors.InsufficientPrivilege(), Verdict.STOP),
        (ConsumerStopped(), Verdict.STOP),
        (errors.UniqueViolation(), Verdict.PARK),
        (errors.NumericValueOutOfRange(), Verdict.PARK),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL"), Verdict.PARK),
        (KeyError("x"), Verdict.PARK),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
def test_an_error_says_whether_to_wait_to_park_or_to_stop(error: Exception, means: Verdict) -> None:
    assert verdict(error) is means
    if isinstance(error, psycopg.Error):
        assert verdict(_wrapped(error)) is means
