"""One batch in one transaction: what is parked, and what is held back behind it."""

import pytest
from aiokafka import TopicPartition
from batches import PLACE, A, B, applied, parked, take_all
from records import fetched
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import NOTE_ALL, SERVICE, WidgetMade, made, message, moved, note

from shared.database import Database
from shared.delivery import positions
from shared.delivery.batch import take
from shared.delivery.handlers import effect
from shared.delivery.reader import reader
from shared.events.base import Received


async def test_the_same_key_on_another_topic_is_not_held_back(database: Database) -> None:
    other = TopicPartition("widgets.other", 0)
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACE: 0, other: 0})
        bad = message(0, A, made(A, 1), value=b"{")

        come = fetched({PLACE: [bad], other: [message(0, A, made(A, 2))]})
        taken = await take(session, reader(SERVICE, NOTE_ALL), come, sought={})

    assert (taken.parked, len(taken.handled)) == (1, 1)
    assert await applied(database) == [2]


@pytest.mark.parametrize(
    ("changes", "value", "reason"),
    [
        ({"ce_type": "widgets.widget.made.v2"}, None, "unknown major version: widgets.widget.made.v2"),
        ({"ce_hops": "9"}, None, "went through 9 services, an endless loop: unknown > widgets.widget.made.v1"),
        ({"ce_id": "1"}, None, "unreadable: ce_id.uuid_parsing"),
        ({"ce_id": "4a2ef8ae-45cb-4e65-9d54-7f4e5dc7ab0b"}, None, "unreadable: ce_id.uuid_version"),
        ({"ce_id": "\udce4"}, None, "unreadable: ce_id.uuid_parsing"),
        ({"ce_subject": None}, None, "unreadable: ce_subject.missing"),
        ({"ce_time": "2026-03-02T04:00:00"}, None, "unreadable: ce_time.timezone_aware"),
        ({"ce_type": "\udce4"}, None, "unreadable: 'utf-8' codec"),
        ({"ce_type": None}, None, "unreadable: no 'ce_type'"),
        ({}, b"{", "unreadable: json_invalid"),
        ({}, b'{"occurred_at": "2026-01-01T00:00:00Z"}', "unreadable: widget_id.missing"),
    ],
    ids=["version", "loop", "id", "old id", "odd id", "header", "time", "text", "type", "json", "field"],
)
async def test_what_cannot_be_handled_is_parked_with_its_key_while_others_flow(
    database: Database, changes: dict[str, str | None], value: bytes | None, reason: str
) -> None:
    bad = message(1, A, made(A, 1), value=value, **changes)
    others = message(0, A, made(A, 0)), bad, message(2, A, moved(A, 2)), message(3, B, made(B, 3))

    taken = await take_all(database, *others)

    assert (taken.parked, taken.new_keys, taken.next_offsets.get(PLACE)) == (2, 1, 4)
    assert await applied(database) == [0, 3]
    (first, why), (second, held) = await parked(database)
    assert (first, second) == (1, 2)
    assert why.startswith(reason)
    assert held == "held back: an earlier event of this key is parked"


async def test_what_failed_in_a_transaction_that_was_lost_is_tried_anew(database: Database) -> None:
    """The messages are the same in every try; what one try found wrong must not park them in the next."""
    come = fetched({PLACE: [message(0, A, made(A, 0)), message(1, A, made(A, 1))]})
    tries: list[int] = []

    async def fail_at_first(session: AsyncSession, received: Received[WidgetMade]) -> None:
        tries.append(received.event.number)
        if len(tries) == 1:
            raise ValueError("what it needs is not there yet")
        await note(session, received)

    own = reader(SERVICE, {WidgetMade: effect(fail_at_first)})
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACE: 0})
    async with database.session() as session:
        assert (await take(session, own, come, sought={}, alone=True)).parked == 2
        await session.rollback()

    async with database.transaction() as session:
        assert (await take(session, own, come, sought={}, alone=True)).parked == 0
    assert await applied(database) == [0, 1]


async def test_eight_hops_are_no_loop_yet(database: Database) -> None:
    await take_all(database, message(0, A, made(A, 1), ce_hops="8"))

    assert await applied(database) == [1]


async def test_a_handler_that_fails_parks_its_event_and_leaves_no_half_of_it(database: Database) -> None:
    async def fail_at_two(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await note(session, received)
        if received.event.number == 2:
            await session.execute(text("INSERT INTO tally VALUES ('too many', 1000000)"))

    records = [message(offset, A if offset < 4 else B, made(A, offset)) for offset in range(6)]

    taken = await take_all(database, *records, handlers={WidgetMade: effect(fail_at_two)}, alone=True)

    assert await applied(database) == [0, 1, 4, 5]
    (first, why), (second, _) = await parked(database)
    assert (first, second, taken.parked) == (2, 3, 2)
    assert "tally_events_check" in why


async def test_an_event_whose_key_is_parked_is_held_back(database: Database) -> None:
    await take_all(database, message(0, A, made(A, 0), value=b"{"))

    taken = await take_all(database, message(1, A, moved(A, 1)), message(2, B, made(B, 2)))

    assert (taken.parked, taken.new_keys) == (1, 0)
    assert await applied(database) == [2]
