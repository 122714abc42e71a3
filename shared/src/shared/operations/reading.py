"""Reading events again: from one offset of each partition to another, in batches, beside the running consumers."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery import positions, sign_in
from shared.delivery.batch import Taken, take
from shared.delivery.envelope import Message, message_of
from shared.delivery.faults import ConsumerStopped, Verdict, told, verdict
from shared.delivery.kafka import MOST_RECORDS, REQUEST_TIMEOUT_MS, discard_consumer
from shared.delivery.part import Fetched
from shared.delivery.placement import with_prefix, without_prefix
from shared.delivery.reader import Reader
from shared.delivery.rules import backoff_seconds
from shared.operations.screen import Refused
from shared.operations.service import Service

#: The next offset of each partition; topics without prefix.
Offsets = dict[TopicPartition, int]

_START_SECONDS = 15
_SILENT_SECONDS = 30
_TRIES = 5

# Qualified, since a temporary table of the same name may stand before it.
_TAKEN = text(
    "SELECT topic, partition, next_offset FROM public.witness WHERE consumer = :consumer AND topic = ANY(:topics)"
    " ORDER BY topic, partition"
)
_TAKEN_LOCKED = text(f"{_TAKEN.text} FOR UPDATE")


async def taken_until(
    session: AsyncSession, consumer: str, topics: Collection[str], *, is_locked: bool = False
) -> Offsets:
    """Return up to where the live consumer has taken `topics`; locked, it takes nothing more until we commit."""
    statement = _TAKEN_LOCKED if is_locked else _TAKEN
    rows = await session.execute(statement, {"consumer": consumer, "topics": sorted(topics)})
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}


def distance(begin: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]) -> int:
    """Return how many offsets lie between."""
    return sum(max(0, offset - begin.get(place, offset)) for place, offset in end.items())


class Source:
    """A service's topics as Kafka holds them, under the names that its database uses."""

    def __init__(self, kafka: AIOKafkaConsumer, prefix: str) -> None:
        self._kafka = kafka
        self._prefix = prefix

    async def beginnings(self, places: Collection[TopicPartition]) -> Offsets:
        """Return the first offset that each partition still holds."""
        return self._own(await self._kafka.beginning_offsets([self._named(place) for place in places]))

    async def ends(self, places: Collection[TopicPartition]) -> Offsets:
        """Return the offset that the next message of each partition will get."""
        return self._own(await self._kafka.end_offsets([self._named(place) for place in places]))

    async def at_time(self, places: Collection[TopicPartition], milliseconds: int) -> Offsets:
        """Return the first offset at or after an instant, in milliseconds since 1970, where there is one."""
        found = await self._kafka.offsets_for_times({self._named(place): milliseconds for place in places})
        return self._own({place: entry.offset for place, entry in found.items() if entry is not None})

    async def read(
        self, begin: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]
    ) -> AsyncIterator[tuple[Fetched, Offsets]]:
        """Yield what stands from `begin` to before `end`: some messages, and the offsets reached after them.

        Raises:
            Refused: Kafka brings nothing although it should.
        """
        at = {place: begin[place] for place, offset in end.items() if begin[place] < offset}
        if not at:
            return
        self._kafka.assign([self._named(place) for place in at])
        for place, offset in at.items():
            self._kafka.seek(self._named(place), offset)
        got_on_at = time.monotonic()
        while at:
            fetched, reached = await self._next(at, end)
            if reached:
                yield fetched, reached
                got_on_at = time.monotonic()
            elif time.monotonic() - got_on_at > _SILENT_SECONDS:
                raise Refused(f"Kafka brought nothing of {', '.join(map(_shown, at))} within {_SILENT_SECONDS} s.")

    async def _next(self, at: Offsets, end: Mapping[TopicPartition, int]) -> tuple[Fetched, Offsets]:
        """Return the next messages and the offsets reached; move `at` there, and drop what is done."""
        names = {place: self._named(place) for place in at}
        brought = await self._kafka.getmany(*names.values(), timeout_ms=500, max_records=MOST_RECORDS)
        fetched: dict[TopicPartition, Sequence[Message]] = {}
        reached: Offsets = {}
        for place, name in names.items():
            if kept := [message_of(place, one) for one in brought.get(name, []) if one.offset < end[place]]:
                fetched[place] = kept
            # Not the last message's offset: after it something may stand that is never brought.
            position = min(await self._kafka.position(name), end[place])
            if position > at[place]:
                at[place] = reached[place] = position
            if position >= end[place]:
                del at[place]
                self._kafka.pause(name)
        return fetched, reached

    def _named(self, place: TopicPartition) -> TopicPartition:
        return with_prefix(place, self._prefix)

    def _own(self, offsets: Mapping[TopicPartition, int]) -> Offsets:
        return {without_prefix(place, self._prefix): offset for place, offset in offsets.items()}


def _shown(place: TopicPartition) -> str:
    return f"{place.topic}[{place.partition}]"


@asynccontextmanager
async def source(service: Service) -> AsyncIterator[Source]:
    """Open a service's topics, outside every consumer group.

    Raises:
        aiokafka.errors.KafkaError, TimeoutError: the broker is away.
        Refused: what the environment says of signing in is wrong.
    """
    try:
        options = sign_in.options()
    except (ValueError, OSError) as error:
        raise Refused(f"Kafka cannot be reached with these settings: {told(error)}") from error
    kafka = AIOKafkaConsumer(
        **options,
        bootstrap_servers=service.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await kafka.start()
        yield Source(kafka, service.topic_prefix)
    finally:
        await discard_consumer(kafka)


async def take_batch(
    session: AsyncSession, reader: Reader, fetched: Fetched, reached: Mapping[TopicPartition, int], at: Offsets
) -> Taken:
    """Take messages as the consumer does, in a transaction of its own, and move `at` to the offsets reached.

    What cannot be applied is parked with its key; crossing transactions and passing faults are tried again.

    Raises:
        Refused: it cannot be done; this batch was rolled back, those before stay.
    """
    alone, failures = False, 0
    while True:
        try:
            async with session.begin():
                taken = await take_in(session, reader, fetched, reached, at, alone=alone)
            at |= reached
            return taken
        except Exception as error:
            match verdict(error):
                case Verdict.PARK if not alone:
                    alone = True
                case Verdict.HALVE | Verdict.RETRY if failures < _TRIES:
                    failures += 1
                    await asyncio.sleep(backoff_seconds(failures, most=5))
                case _ if isinstance(error, (Refused, ConsumerStopped)):
                    raise Refused(str(error)) from error
                case _:
                    raise Refused(f"The batch failed and was rolled back: {told(error)}") from error


async def take_in(
    session: AsyncSession,
    reader: Reader,
    fetched: Fetched,
    reached: Mapping[TopicPartition, int],
    at: Mapping[TopicPartition, int],
    *,
    alone: bool,
) -> Taken:
    """Take messages in the caller's transaction; `at` is where the witness in its reach stands."""
    taken = await take(session, reader, fetched, sought=at, alone=alone)
    # Past what was left out too, so that the next batch begins where the witness stands.
    await positions.advance(session, reader.consumer, reached)
    return taken
