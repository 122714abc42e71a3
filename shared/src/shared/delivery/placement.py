"""Where a consumer begins after it was given partitions: asked of the database first, of Kafka second."""

import asyncio
from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.database import Database
from shared.delivery import positions
from shared.delivery.envelope import event_id, message_of
from shared.delivery.faults import ConsumerStopped
from shared.delivery.positions import Seen
from shared.delivery.rules import OutOfRange, StartAt, start_offset

_ANSWER_SECONDS = 10.0


async def offsets_to_begin(
    kafka: AIOKafkaConsumer,
    database: Database,
    *,
    consumer: str,
    prefix: str,
    assigned: Collection[TopicPartition],
    start_at: StartAt,
) -> dict[TopicPartition, int]:
    """Return the offset to seek to for each assigned partition, and note in the database where new ones begin.

    Raises:
        ConsumerStopped: a position lies outside what the topic holds, or in a topic that was made anew.
        KafkaError, TimeoutError: Kafka does not answer.
    """
    if not assigned:
        return {}
    async with asyncio.timeout(_ANSWER_SECONDS):
        beginnings = await kafka.beginning_offsets(assigned)
        ends = await kafka.end_offsets(assigned)
    async with database.transaction() as session:
        witnesses = await positions.read(session, consumer)
        seen = await positions.last_seen(session, consumer)
    found = await asyncio.gather(*(_committed(kafka, place) for place in assigned))
    committed = dict(zip(assigned, found, strict=True))
    offsets: dict[TopicPartition, int] = {}
    new: dict[TopicPartition, int] = {}
    for place in assigned:
        own = without_prefix(place, prefix)
        witness = witnesses.get(own)
        try:
            offsets[place] = start_offset(
                witness=witness,
                committed=committed[place],
                beginning=beginnings[place],
                end=ends[place],
                start_at=start_at,
            )
            # Kafka forgets what was committed together with the topic (or with a group that was idle for a week).
            if committed[place] is None and own in seen and seen[own].offset >= beginnings[place]:
                await _require_same_topic(kafka, place, seen[own])
        except OutOfRange as error:
            raise ConsumerStopped(_lost(database.service, consumer, own, error)) from error
        if witness is None:
            new[own] = offsets[place]
    if new:
        async with database.transaction() as session:
            await positions.begin(session, consumer, new)
    return offsets


def with_prefix(place: TopicPartition, prefix: str) -> TopicPartition:
    """Return a partition under the name that Kafka knows its topic by."""
    return TopicPartition(prefix + place.topic, place.partition)


def without_prefix(place: TopicPartition, prefix: str) -> TopicPartition:
    """Return the partition under the name that the database uses."""
    return TopicPartition(place.topic.removeprefix(prefix), place.partition)


async def _committed(kafka: AIOKafkaConsumer, place: TopicPartition) -> int | None:
    async with asyncio.timeout(_ANSWER_SECONDS):
        offset: int | None = await kafka.committed(place)
    return offset


async def _require_same_topic(kafka: AIOKafkaConsumer, place: TopicPartition, seen: Seen) -> None:
    """See that the last event taken still stands where it stood.

    A topic that was made anew and has grown past the position would otherwise lose its first events without a word.

    Raises:
        OutOfRange: another event stands there.
    """
    kafka.seek(place, seen.offset)
    kafka.resume(place)
    async with asyncio.timeout(_ANSWER_SECONDS):
        record = await kafka.getone(place)
    if record.offset == seen.offset and event_id(message_of(place, record)) != seen.event_id:
        raise OutOfRange(f"at offset {seen.offset} stood event {seen.event_id}, now there is another: another topic")


def _lost(service: str, consumer: str, place: TopicPartition, error: OutOfRange) -> str:
    return (
        f"{consumer} cannot go on in {place.topic}[{place.partition}]: {error}. Events are lost to retention, or the"
        " topic was made anew. Find out which, then decide:"
        f' trust-crm position {service} {place.topic} {place.partition} --to start --reason "…"'
    )
