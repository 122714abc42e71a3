"""What was parked waits in order, is found, and is applied by one replay."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from records import fetched
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    NOTE_ALL,
    PLACES,
    SERVICE,
    WidgetMade,
    Workshop,
    a_widget,
    eventually,
    made,
    message,
    moved,
    note,
    running,
)

from shared.database import Database
from shared.delivery import parking, positions
from shared.delivery.batch import take
from shared.delivery.handlers import Handlers, effect
from shared.delivery.parking import NotParked, StillBroken
from shared.delivery.reader import reader
from shared.events.base import Received

TOPIC = PLACES[0].topic
A, B = a_widget(), a_widget()


async def take_all(database: Database, *records: Any, handlers: Handlers = NOTE_ALL) -> None:
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[0]: records[0].offset})
        await take(session, reader(SERVICE, handlers), fetched({PLACES[0]: records}), sought={})


async def replay(database: Database, key: str, handlers: Handlers = NOTE_ALL) -> int:
    async with database.transaction() as session:
        return await parking.replay(session, reader(SERVICE, handlers), TOPIC, key)


async def column(database: Database, query: str) -> list[Any]:
    async with database.session() as session:
        return list((await session.execute(text(query))).scalars())


async def test_a_failing_event_holds_its_key_while_others_flow_until_a_replay_frees_it(workshop: Workshop) -> None:
    is_fixed = False

    async def fail_at_two(session: AsyncSession, received: Received[WidgetMade]) -> None:
        if received.event.number == 2 and not is_fixed:
            raise ValueError("cannot be applied")
        await note(session, received)

    handlers: Handlers = {WidgetMade: effect(fail_at_two)}
    bad, good = a_widget(), a_widget()
    pairs = [(widget, made(widget, number)) for number in (1, 3, 4) for widget in (bad, good)]
    async with running(workshop.relay(), workshop.consumer(handlers)):
        await workshop.record_many([pairs[0], pairs[1], (bad, made(bad, 2)), *pairs[2:]])
        await workshop.until_applied(1 + 3)
        await workshop.record(bad, made(bad, 5))
        await eventually(lambda: workshop.is_so("SELECT count(*) = 4 FROM parked_event"), 60, "the later one waits too")

        assert await column(workshop.database, f"SELECT number FROM applied WHERE widget_id = '{good.id}'") == [1, 3, 4]
        async with workshop.database.session() as session:
            (held,) = await parking.list_keys(session, SERVICE)
        assert (held.key, held.events, held.reason) == (str(bad.id), 4, "ValueError: cannot be applied")

        is_fixed = True
        assert await replay(workshop.database, str(bad.id), handlers) == 4
        await workshop.record(bad, made(bad, 6))
        await workshop.until_applied(9)

    numbers = await column(workshop.database, f"SELECT number FROM applied WHERE widget_id = '{bad.id}' ORDER BY place")
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert await column(workshop.database, "SELECT key FROM parked_key UNION SELECT key FROM parked_event") == []


async def test_a_replay_hands_everything_over_at_once_under_the_locks_of_its_rows(database: Database) -> None:
    """Whoever takes the next event of the key waits for the replay, and all other keys wait with it."""
    done: list[tuple[str, int]] = []

    async def lock(session: AsyncSession, events: list[Received[Any]]) -> None:
        done.append(("locked", len(events)))

    async def handle(session: AsyncSession, events: list[Received[WidgetMade]]) -> None:
        done.append(("handled", len(events)))

    await take_all(database, message(0, A, made(A, 1), ce_hops="9"), *(message(n, A, made(A, n)) for n in range(1, 5)))
    await _mend(database)

    async with database.transaction() as session:
        own = reader(SERVICE, {WidgetMade: effect(handle, batch=True)}, lock=lock)
        assert await parking.replay(session, own, TOPIC, str(A.id)) == 5

    assert done == [("locked", 5), ("handled", 5)]


async def test_a_replay_that_fails_changes_nothing(database: Database) -> None:
    async def fail_at_two(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await note(session, received)
        if received.event.number == 2:
            raise ValueError("still broken")

    await take_all(database, message(0, A, made(A, 0), value=b"{"), message(1, A, made(A, 2)))
    async with database.transaction() as session:
        assert (await parking.discard_first(session, SERVICE, TOPIC, str(A.id))).offset == 0

    with pytest.raises(ValueError, match="still broken"):
        await replay(database, str(A.id), {WidgetMade: effect(fail_at_two)})

    assert await column(database, "SELECT number FROM applied") == []
    assert await column(database, 'SELECT "offset" FROM parked_event') == [1]


async def test_an_event_that_still_cannot_be_read_is_named(database: Database) -> None:
    await take_all(database, message(7, A, made(A), value=b"{"))

    with pytest.raises(StillBroken, match="offset 7: unreadable"):
        await replay(database, str(A.id))


async def test_two_copies_of_an_event_that_could_not_be_read_are_applied_once(database: Database) -> None:
    """The first copy's id was unreadable, so only the replay can tell."""
    event = made(A, 1)
    good = message(0, A, event)
    event_id = dict(good.headers)["ce_id"].decode()
    copies = [message(offset, A, event, ce_id=event_id, ce_hops="99") for offset in (0, 1)]
    await take_all(database, *copies)
    assert await column(database, "SELECT event_id IS NULL FROM parked_event") == [False]
    async with database.transaction() as session:
        await session.execute(text('UPDATE parked_event SET headers = headers || \'{"ce_hops": "0"}\''))
        await session.execute(
            text(
                'INSERT INTO parked_event (consumer, topic, key, partition, "offset", headers, payload, error)'
                " SELECT consumer, topic, key, partition, 5, headers, payload, error FROM parked_event"
            )
        )

    assert await replay(database, str(A.id)) == 1

    assert await column(database, "SELECT number FROM applied") == [1]


async def test_a_copy_of_a_parked_event_is_dropped(database: Database) -> None:
    bad = message(0, A, made(A, 0), value=b"{")
    held = message(1, A, made(A, 1))
    await take_all(database, bad, held)

    await take_all(database, message(2, A, moved(A, 2)), replace(held, offset=3))

    assert await column(database, 'SELECT "offset" FROM parked_event ORDER BY id') == [0, 1, 2]


async def test_what_comes_during_a_replay_waits_for_it(database: Database) -> None:
    await take_all(database, message(0, A, made(A, 1), ce_hops="9"))
    await _mend(database)

    async with database.transaction() as session:
        await parking.replay(session, reader(SERVICE, NOTE_ALL), TOPIC, str(A.id))
        later = asyncio.create_task(take_all(database, message(1, A, made(A, 2))))
        await asyncio.sleep(0.3)
        assert not later.done()
    await later

    assert await column(database, "SELECT number FROM applied ORDER BY place") == [1, 2]


async def _mend(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text('UPDATE parked_event SET headers = headers || \'{"ce_hops": "0"}\''))


async def test_a_message_that_is_no_text_is_kept_as_far_as_it_can_be_shown(database: Database) -> None:
    bad = message(0, A, made(A), ce_id="\x00", ce_actor="\udcff")

    await take_all(database, bad)

    (found,) = await column(database, "SELECT headers FROM parked_event")
    assert (found["ce_id"], found["ce_actor"]) == ("\\x00", "\\xff")


async def test_a_key_that_is_not_parked_cannot_be_replayed_or_discarded(database: Database) -> None:
    with pytest.raises(NotParked):
        await replay(database, "unknown")
    with pytest.raises(NotParked):
        async with database.transaction() as session:
            await parking.discard_first(session, SERVICE, TOPIC, "unknown")
