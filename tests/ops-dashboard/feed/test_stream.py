"""The live feed: every entry once and in the order of commits, however streams come, break off and lag."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from starlette.types import Message

from ops_dashboard.feed.routes import FeedStream
from ops_dashboard.feed.service import Feed, stream
from ops_dashboard.worker import HANDLERS
from shared.events.base import Event
from shared.events.client_profile import ClientActivated, ClientAssigned
from shared.events.complaints import ComplaintWithdrawn
from shared.ids import new_id
from shared.testing.service import START, ServiceKit
from shared.testing.statements import statements


def _events(count: int) -> list[Event]:
    return [ClientActivated(occurred_at=START, client_id=new_id()) for _ in range(count)]


async def read(feed: Feed, after: int | None, wanted: int) -> list[tuple[int, dict[str, Any]]]:
    """Read a stream until there are `wanted` entries, for at most ten seconds."""
    seen: list[tuple[int, dict[str, Any]]] = []
    async with asyncio.timeout(10), aclosing(stream(feed, after, lambda: False)) as texts:  # type: ignore[type-var]  # a generator
        async for part in texts:
            fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
            if fields.get("event") == "entry":
                seen.append((int(fields["id"]), json.loads(fields["data"])))
            if len(seen) >= wanted:
                break
    return seen


async def numbers(feed: Feed, after: int | None, wanted: int) -> list[int]:
    return [seq for seq, _ in await read(feed, after, wanted)]


async def test_every_event_is_numbered_once_without_gaps(kit: ServiceKit, world: Any) -> None:
    await world.hear(*_events(3))
    await world.hear(*_events(2))

    seen = await read(Feed(kit.database), 0, 5)

    assert [seq for seq, _ in seen] == [1, 2, 3, 4, 5]
    assert {(entry["type"], entry["title"]) for _, entry in seen} == {
        ("client-profile.client.activated.v1", "客户启用")
    }
    assert {entry["seq"] for _, entry in seen} == {1, 2, 3, 4, 5}


async def test_a_rolled_back_batch_leaves_no_gap(kit: ServiceKit, world: Any) -> None:
    twice = world.received(*_events(1))
    with pytest.raises(Exception, match="feed_entry_event_id_key"):
        await world.deliver(twice, twice)

    await world.hear(*_events(1))

    assert await numbers(Feed(kit.database), 0, 1) == [1]


async def test_a_stream_gives_what_comes_later_and_nothing_twice(kit: ServiceKit, world: Any) -> None:
    await world.hear(*_events(2))
    reading = asyncio.create_task(numbers(Feed(kit.database), 1, 4))
    await asyncio.sleep(0.1)
    await world.hear(*_events(3))

    assert await reading == [2, 3, 4, 5]


async def test_workers_that_number_at_once_neither_deadlock_nor_let_a_reader_miss_anything(
    kit: ServiceKit, world: Any
) -> None:
    """Two workers take mixed batches; three readers break off anywhere and resume where they were."""
    rng, feed, total = Random(7), Feed(kit.database), 2 * 15 * 6
    batches = [
        [
            rng.choice(
                [
                    ClientActivated(occurred_at=START, client_id=new_id()),
                    ComplaintWithdrawn(occurred_at=START, complaint_id=new_id()),
                    ClientAssigned(occurred_at=START, client_id=new_id(), manager_id=new_id(), unit_id=new_id()),
                ]
            )
            for _ in range(6)
        ]
        for _ in range(30)
    ]

    async def work(mine: list[list[Event]]) -> None:
        for batch in mine:
            await world.hear(*batch)

    async def follow() -> list[int]:
        seen: list[int] = []
        while len(seen) < total:
            seen += await numbers(feed, seen[-1] if seen else 0, min(rng.randint(1, 40), total - len(seen)))
        return seen

    *followed, _, _ = await asyncio.gather(follow(), follow(), follow(), work(batches[::2]), work(batches[1::2]))

    assert followed == [list(range(1, total + 1))] * 3


async def test_streams_share_one_look_at_the_database(kit: ServiceKit, world: Any) -> None:
    await world.hear(*_events(1))
    feed = Feed(kit.database)

    reading = [asyncio.create_task(numbers(feed, 1, 2)) for _ in range(40)]
    await asyncio.sleep(0.6)
    with statements(kit.database) as asked:
        await asyncio.sleep(1.2)
        await world.hear(*_events(2))
        found = await asyncio.gather(*reading)

    assert found == [[2, 3]] * 40
    assert 1 <= len([sql for sql in asked if "FROM feed_entry" in sql]) <= 8


async def test_a_stream_behind_what_is_in_memory_goes_on_from_the_database(kit: ServiceKit, world: Any) -> None:
    feed = Feed(kit.database, recent=3)
    assert await feed.after(0) == []
    await world.hear(*_events(10))
    await asyncio.sleep(0.6)
    assert [seq for seq, _ in await feed.after(9)] == [10]

    assert await numbers(feed, 0, 10) == list(range(1, 11))


async def test_an_idle_stream_beats_and_ends_in_time(kit: ServiceKit) -> None:
    idle = stream(Feed(kit.database), 0, lambda: False, seconds=1.2, heartbeat_seconds=0.4)

    async with asyncio.timeout(5):
        texts = [text async for text in idle]

    assert texts[0].startswith("retry:")
    assert set(texts[1:]) == {": still here\n\n"}


async def test_a_database_that_is_away_ends_the_stream_and_a_new_one_goes_on(kit: ServiceKit, world: Any) -> None:
    feed = Feed(kit.database)
    await world.hear(*_events(1))
    assert await numbers(feed, 0, 1) == [1]
    async with kit.database.transaction() as session:
        await session.execute(text("ALTER TABLE feed_entry RENAME TO feed_entry_away"))
    with pytest.raises(Exception, match="feed_entry"):
        await numbers(feed, 1, 1)
    async with kit.database.transaction() as session:
        await session.execute(text("ALTER TABLE feed_entry_away RENAME TO feed_entry"))
    await world.hear(*_events(1))

    assert await numbers(feed, 1, 1) == [2]


async def test_a_reader_that_takes_nothing_is_cut_and_no_longer_counted(kit: ServiceKit, world: Any) -> None:
    await world.hear(*_events(3))
    feed, sent = Feed(kit.database), []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 2:
            assert feed.streams == 1
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody went away")

    answer = FeedStream(feed, stream(feed, 0, lambda: False), stalled_seconds=0.1)
    async with asyncio.timeout(5):
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    assert feed.streams == 0
    assert [message["type"] for message in sent] == ["http.response.start"] + ["http.response.body"] * 2
    assert b"id: 1\n" in sent[2]["body"]


async def test_a_reader_that_goes_away_is_no_longer_counted(kit: ServiceKit) -> None:
    feed, gone = Feed(kit.database), asyncio.Event()

    async def send(_message: Message) -> None:
        gone.set()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def content() -> AsyncIterator[str]:
        async for part in stream(feed, 0, lambda: False):
            yield part

    async with asyncio.timeout(5):
        await FeedStream(feed, content())({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)

    assert feed.streams == 0


def test_the_feed_gets_every_event() -> None:
    assert any(handler.function.__name__ == "append_entries" for handler in HANDLERS[Event])
