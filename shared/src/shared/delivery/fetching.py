"""Fetching: messages as Kafka brings them, read; the next ones already while the database works on those before."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.delivery.envelope import Known, Message, message_of, read
from shared.delivery.kafka import MOST_RECORDS, POLL_MS
from shared.delivery.part import Fetched
from shared.delivery.placement import with_prefix, without_prefix

#: Kafka brings nothing while the partitions are shared out; after this long it never will.
_ANSWER_SECONDS = 90.0
_READ_AT_ONCE = 100


class Fetching:
    """Brings the messages of the partitions that one Kafka client was given; topics without prefix.

    Args:
        kafka: The client; somebody else seeks in it.
        known: The event types that can be read.
        prefix: Put before the topics' names.
    """

    def __init__(self, kafka: AIOKafkaConsumer, known: Known, prefix: str) -> None:
        self._kafka = kafka
        self._known = known
        self._prefix = prefix
        self._ahead: asyncio.Task[Fetched] | None = None

    async def next(self) -> Fetched:
        """Return the next messages; none if none come for a moment.

        Raises:
            TimeoutError: the client hangs.
        """
        ahead, self._ahead = self._ahead, None
        return await (ahead or self._fetch())

    def go_ahead(self, fetched: Fetched) -> None:
        """Begin with what follows `fetched` if more waits; where nothing waits, few would come, and too early."""
        if sum(map(len, fetched.values())) >= MOST_RECORDS:
            self._ahead = asyncio.create_task(self._fetch())

    async def drop(self) -> None:
        """Forget what was fetched ahead; whoever does so seeks in every partition afterwards."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def give_back(self) -> None:
        """Let what is fetched ahead arrive and have it brought again, before some of it is sought elsewhere."""
        for place, messages in (await self.next() if self._ahead else {}).items():
            self._kafka.seek(with_prefix(place, self._prefix), messages[0].offset)

    async def _fetch(self) -> Fetched:
        async with asyncio.timeout(_ANSWER_SECONDS):
            brought = await self._kafka.getmany(timeout_ms=POLL_MS, max_records=MOST_RECORDS)
        return {
            (place := without_prefix(named, self._prefix)): await self._read(place, records)
            for named, records in brought.items()
        }

    async def _read(self, place: TopicPartition, records: list[ConsumerRecord[Any, Any]]) -> list[Message]:
        messages = [message_of(place, record) for record in records]
        for number, message in enumerate(messages, 1):
            read(message, self._known)
            if number % _READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # The transaction at hand goes on meanwhile.
        return messages
