"""The witness: the next offset of each partition, written in the same transaction as the effects.

Beside it stands the last event that was taken there, so that a topic made anew under the same name is noticed.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.rows import run

_READ = text("SELECT topic, partition, next_offset FROM witness WHERE consumer = :consumer")
_READ_SEEN = text(
    "SELECT topic, partition, seen_offset, seen_event FROM witness"
    " WHERE consumer = :consumer AND seen_event IS NOT NULL"
)
_INSERT = text(
    "INSERT INTO witness (consumer, topic, partition, next_offset)"
    " VALUES (:consumer, :topic, :partition, :next_offset) ON CONFLICT DO NOTHING"
)
_WANTED = "unnest(CAST(%(topics)s AS text[]), CAST(%(partitions)s AS int[])"
_LOCK = (
    "SELECT topic, partition, next_offset FROM witness WHERE consumer = %(consumer)s"
    f" AND (topic, partition) IN (SELECT * FROM {_WANTED})) ORDER BY topic, partition FOR UPDATE"
)
_RAISE = (
    "UPDATE witness SET next_offset = reached.next_offset,"
    " seen_offset = coalesce(reached.seen_offset, witness.seen_offset),"
    " seen_event = coalesce(reached.seen_event, witness.seen_event)"
    f" FROM {_WANTED}, CAST(%(offsets)s AS bigint[]), CAST(%(seen_offsets)s AS bigint[]),"
    " CAST(%(seen_events)s::text[] AS uuid[])) AS reached (topic, partition, next_offset, seen_offset, seen_event)"
    " WHERE consumer = %(consumer)s AND witness.topic = reached.topic AND witness.partition = reached.partition"
)
_DELETE = text("DELETE FROM witness WHERE consumer = :consumer AND topic = :topic AND partition = :partition")


class Seen(NamedTuple):
    """An event that was taken, and the offset at which it stood."""

    offset: int
    event_id: UUID


async def read(session: AsyncSession, consumer: str) -> dict[TopicPartition, int]:
    """Return the next offset of every partition that `consumer` ever read; topics without prefix."""
    rows = await session.execute(_READ, {"consumer": consumer})
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}


async def last_seen(session: AsyncSession, consumer: str) -> dict[TopicPartition, Seen]:
    """Return the last event that `consumer` took from each partition, where one is known; topics without prefix."""
    rows = await session.execute(_READ_SEEN, {"consumer": consumer})
    return {TopicPartition(row.topic, row.partition): Seen(row.seen_offset, row.seen_event) for row in rows}


async def begin(session: AsyncSession, consumer: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Note where `consumer` begins in partitions it never read."""
    for place in sorted(offsets):
        await session.execute(_INSERT, {**_where(consumer, place), "next_offset": offsets[place]})


async def lock(session: AsyncSession, consumer: str, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Lock the witnesses of `places` until the transaction ends and return the next offset of each that has one."""
    found = await run(session, _LOCK, {"consumer": consumer, **_columns(places)})
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in found}


async def advance(
    session: AsyncSession,
    consumer: str,
    offsets: Mapping[TopicPartition, int],
    seen: Mapping[TopicPartition, Seen] = MappingProxyType({}),
) -> None:
    """Set the locked witnesses to the offsets reached, and note the last events seen where there are any."""
    found = [seen.get(place) for place in offsets]
    values = {
        "offsets": list(offsets.values()),
        "seen_offsets": [one and one.offset for one in found],
        "seen_events": [one and str(one.event_id) for one in found],
    }
    await run(session, _RAISE, {"consumer": consumer, **_columns(offsets), **values})


def _columns(places: Collection[TopicPartition]) -> dict[str, list[object]]:
    return {"topics": [place.topic for place in places], "partitions": [place.partition for place in places]}


def _where(consumer: str, place: TopicPartition) -> dict[str, object]:
    return {"consumer": consumer, "topic": place.topic, "partition": place.partition}


async def move(session: AsyncSession, consumer: str, place: TopicPartition, to: int | None) -> None:
    """Send a stopped consumer to an offset; None: forget its position, so that it begins where it would when new."""
    await session.execute(_DELETE, _where(consumer, place))
    if to is not None:
        await begin(session, consumer, {place: to})
