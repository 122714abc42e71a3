"""Waits until every event has had its effect, which is when nothing in the system has work left."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from local_stack import parts
from run.system import System
from shared.events.topics import PARTITIONS, TOPICS

WITHIN_SECONDS = 400
LOOK_EVERY_SECONDS = 0.2
#: Work that a service's timers still have to do, beside the events themselves.
DUE = {
    "complaints": "SELECT count(*) FROM changed_client",
    "interaction-log": "SELECT count(*) FROM client_stub WHERE is_unplanned",
    "channel-commission": "SELECT count(*) FROM channel_reassessment",
}
OUTBOX = "SELECT count(*) FROM outbox"
WITNESS = "SELECT topic, partition, next_offset FROM witness"
PARKED = "SELECT topic, error FROM parked_event LIMIT 1"

Databases = Mapping[str, psycopg.AsyncConnection[tuple[Any, ...]]]
Ends = Mapping[TopicPartition, int]


class NotQuiet(Exception):
    """Events are still waiting, or one was parked; the message says what."""


async def until_quiet(system: System) -> None:
    """Return when no event waits and no timer has work.

    Two looks in a row must find nothing and the same ends of the topics: what handlers record between reading the ends
    and looking at the outboxes would move them.

    Raises:
        NotQuiet: it is not within `WITHIN_SECONDS`, or an event could not be handled.
    """
    deadline = time.monotonic() + WITHIN_SECONDS
    before: Ends | None = None
    async with _open(system) as (databases, kafka):
        while True:
            waiting, ends = await _look(databases, kafka)
            if not waiting and ends == before:
                return
            before = None if waiting else ends
            if time.monotonic() > deadline:
                raise NotQuiet(f"after {WITHIN_SECONDS} s there is still {waiting or 'new work'}")
            await asyncio.sleep(LOOK_EVERY_SECONDS)


@asynccontextmanager
async def _open(system: System) -> AsyncIterator[tuple[Databases, AIOKafkaConsumer]]:
    async with AsyncExitStack() as stack:
        databases = {}
        for name in parts.SERVICES:
            connection = await psycopg.AsyncConnection.connect(system.database(name), autocommit=True)
            databases[name] = await stack.enter_async_context(connection)
        kafka = AIOKafkaConsumer(bootstrap_servers=system.kafka)
        await kafka.start()
        stack.push_async_callback(kafka.stop)
        yield databases, kafka


async def _look(databases: Databases, kafka: AIOKafkaConsumer) -> tuple[dict[str, int], Ends]:
    """Return what waits, by name, and the ends of all topics; in this order: outboxes, ends, readers, timers."""
    waiting = {f"outbox of {name}": (await _rows(database, OUTBOX))[0][0] for name, database in databases.items()}
    places = [TopicPartition(topic.name, number) for topic in TOPICS for number in range(PARTITIONS)]
    ends: Ends = await kafka.end_offsets(places)
    for name, database in databases.items():
        read = await _rows(database, WITNESS)
        unread = (ends[TopicPartition(topic, number)] - next_offset for topic, number, next_offset in read)
        waiting[f"unread by {name}"] = sum(max(0, count) for count in unread)
        if parked := await _rows(database, PARKED):
            raise NotQuiet(f"{name} parked an event of {parked[0][0]}: {parked[0][1]}")
    for name, count in DUE.items():
        waiting[f"due in {name}"] = (await _rows(databases[name], count))[0][0]
    return {name: count for name, count in waiting.items() if count}, ends


async def _rows(database: psycopg.AsyncConnection[tuple[Any, ...]], query: str) -> list[tuple[Any, ...]]:
    return await (await database.execute(query.encode())).fetchall()
