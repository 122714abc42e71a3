"""One batch in one transaction: what is taken and what is dropped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from batches import PLACE, A, B, applied, parked, take_all
from records import fetched
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import NOTE_ALL, PLACES, SERVICE, Widget, WidgetMade, WidgetMoved, a_widget, made, message, moved, note

from shared.context import Cause, current_cause
from shared.database import Database
from shared.delivery import outbox, positions
from shared.delivery.batch import take
from shared.delivery.envelope import headers
from shared.delivery.faults import ConsumerStopped, Misplaced
from shared.delivery.handlers import Handlers, effect, projection
from shared.delivery.reader import Reader, reader
from shared.events.base import Event, Received
from shared.ids import new_id


async def test_both_copies_of_a_resent_event_in_one_batch_take_effect_once(database: Database) -> None:
    first, second = message(0, A, made(A, 1)), message(1, A, moved(A, 2))
    copies = [replace(first, offset=2), replace(second, offset=3)]

    taken = await take_all(database, first, second, *copies)

    assert (taken.next_offsets.get(PLACE), taken.duplicates, len(taken.handled)) == (4, 2, 2)
    assert await applied(database) == [1, 2]


async def test_a_copy_in_a_later_batch_is_dropped(database: Database) -> None:
    first = message(0, A, made(A, 1))
    await take_all(database, first)

    taken = await take_all(database, replace(first, offset=1), message(2, A, moved(A, 2)))

    assert taken.duplicates == 1
    assert await applied(database) == [1, 2]


async def test_what_lies_before_the_witness_is_dropped(database: Database) -> None:
    records = [message(offset, A, made(A, offset)) for offset in range(4)]
    await take_all(database, *records[:3])
    await _forget_inbox(database)

    taken = await take_all(database, *records)

    assert (len(taken.handled), taken.next_offsets.get(PLACE)) == (1, 4)
    assert await applied(database) == [0, 1, 2, 3]


async def test_a_batch_behind_the_witness_changes_nothing(database: Database) -> None:
    records = [message(offset, A, made(A, offset)) for offset in range(4)]
    await take_all(database, *records)

    taken = await take_all(database, *records[:2])

    assert (taken.next_offsets, taken.seek, taken.handled) == ({}, {}, [])


async def test_a_gap_asks_for_a_seek_once_and_is_accepted_when_it_stays(database: Database) -> None:
    await take_all(database, message(0, A, made(A, 0)))
    late = message(5, A, made(A, 5))

    asked = await take_all(database, late)
    accepted = await take_all(database, late, sought={PLACE: 1})

    assert (asked.seek, asked.next_offsets) == ({PLACE: 1}, {})
    assert (accepted.seek, accepted.next_offsets) == ({}, {PLACE: 6})
    assert await applied(database) == [0, 5]


async def test_a_gap_in_one_partition_keeps_no_other_back(database: Database) -> None:
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {place: 0 for place in PLACES[:3]})
        come = {PLACES[2]: [message(0, B, made(B, 2))], PLACES[1]: [message(4, A, made(A, 1))]}
        come[PLACES[0]] = [message(0, A, made(A, 0))]

        taken = await take(session, reader(SERVICE, NOTE_ALL), fetched(come), sought={})

    assert (taken.seek, taken.next_offsets) == ({PLACES[1]: 0}, {PLACES[0]: 1, PLACES[2]: 1})
    assert await applied(database) == [0, 2]
    async with database.transaction() as session:
        witnesses = await positions.read(session, SERVICE)
    assert witnesses == {PLACES[0]: 1, PLACES[1]: 0, PLACES[2]: 1}


async def test_without_a_witness_nothing_is_taken(database: Database) -> None:
    with pytest.raises(Misplaced):
        async with database.transaction() as session:
            await take(session, reader(SERVICE, NOTE_ALL), fetched({PLACE: [message(0, A, made(A))]}), sought={})


async def test_an_unknown_type_and_one_without_a_handler_are_passed_over(database: Database) -> None:
    strange = message(0, A, made(A, 1), ce_type="widgets.widget.sold.v1")
    unhandled = message(1, A, moved(A, 2))

    taken = await take_all(database, strange, unhandled, handlers={WidgetMade: effect(note)})

    assert (taken.ignored, taken.next_offsets.get(PLACE)) == (2, 2)
    assert await applied(database) == await parked(database) == []


async def test_an_event_older_than_the_inbox_remembers_stops_the_consumer(database: Database) -> None:
    old = UUID(int=(new_id().int & ((1 << 80) - 1)) | (_ms(days_ago=401) << 80))

    with pytest.raises(ConsumerStopped, match="older than the inbox remembers"):
        await take_all(database, message(0, A, made(A), id=old))

    assert await applied(database) == []


async def test_a_rebuild_runs_projections_only_over_events_of_any_age_and_may_not_record(database: Database) -> None:
    async def record(session: AsyncSession, received: Received[WidgetMoved]) -> None:
        session.add(widget := a_widget())
        await outbox.record(session, widget, made(widget))

    old = UUID(int=(new_id().int & ((1 << 80) - 1)) | (_ms(days_ago=401) << 80))
    handlers: Handlers = {WidgetMade: (*effect(note), *projection(note)), WidgetMoved: projection(record)}
    rebuilding = reader(SERVICE, handlers, rebuilding=True)

    await take_all(database, message(0, A, made(A, 1), id=old), reader=rebuilding)
    with pytest.raises(RuntimeError, match="during a rebuild"):
        await take_all(database, message(1, A, moved(A, 2)), reader=rebuilding)

    assert await applied(database) == [1]


async def test_what_a_handler_records_is_caused_by_its_event(database: Database) -> None:
    async def answer(session: AsyncSession, received: Received[WidgetMade]) -> None:
        session.add(widget := a_widget())
        await outbox.record(session, widget, made(widget))

    cause = Cause(correlation_id="request-1", actor="staff:1", hops=3, traceparent=f"00-{'1' * 32}-{'2' * 16}-01")
    record = message(0, A, made(A), cause=cause)

    await take_all(database, record, handlers={WidgetMade: effect(answer)})

    async with database.session() as session:
        found = (await session.execute(text("SELECT headers FROM outbox"))).scalar_one()
    assert found["ce_causationid"] == dict(record.headers)["ce_id"].decode()
    assert (found["ce_correlationid"], found["ce_actor"], found["ce_hops"]) == ("request-1", "staff:1", "4")
    assert found["ce_traceparent"].startswith(f"00-{'1' * 32}-")
    assert current_cause().correlation_id != "request-1"


async def test_the_rows_of_a_batch_are_locked_before_its_handlers_run(database: Database) -> None:
    seen: list[object] = []

    async def lock(_session: AsyncSession, batch: list[Received[Event]]) -> None:
        seen.append([received.offset for received in batch])

    async def handle(_session: AsyncSession, received: Received[WidgetMade]) -> None:
        seen.append(received.offset)

    own: Reader = reader(SERVICE, {WidgetMade: effect(handle)}, lock=lock)
    await take_all(database, *(message(offset, A, made(A)) for offset in range(2)), reader=own)

    assert seen == [[0, 1], 0, 1]


async def _forget_inbox(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM inbox"))


def _ms(*, days_ago: int) -> int:
    return int((datetime.now(UTC) - timedelta(days=days_ago)).timestamp() * 1000)


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    widget = Widget(id=UUID(int=7), event_key=UUID(int=8))
    event = WidgetMade(occurred_at=datetime(2026, 3, 2, 4, tzinfo=UTC), widget_id=widget.id)
    cause = Cause(correlation_id="-", actor="system")

    found = headers(event, id=UUID(int=9), aggregate_id=widget.id, version=3, key=str(widget.event_key), cause=cause)

    assert found == {
        "ce_specversion": "1.0",
        "ce_id": str(UUID(int=9)),
        "ce_source": "/trust-crm/widgets",
        "ce_type": "widgets.widget.made.v1",
        "ce_subject": str(UUID(int=7)),
        "ce_time": "2026-03-02T04:00:00Z",
        "ce_partitionkey": str(UUID(int=8)),
        "ce_aggversion": "3",
        "ce_correlationid": str(UUID(int=9)),
        "ce_actor": "system:widgets",
        "ce_hops": "0",
        "content-type": "application/json",
    }
