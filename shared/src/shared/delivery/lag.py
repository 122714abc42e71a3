"""How far each service's consumer is behind, asked of Kafka."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from shared.delivery import sign_in
from shared.delivery.kafka import discard_consumer

#: Events that a consumer group has still to read, by (group, topic), both without the prefix.
Lag = dict[tuple[str, str], int]

_ANSWER_SECONDS = 10


def lag_watch(bootstrap: str, groups: Collection[str], *, topic_prefix: str = "") -> Callable[[], Awaitable[Lag]]:
    """Return a function that asks how far consumer groups are behind, each time over the same connections.

    Kafka's committed offsets are what is read; they follow the consumers' own positions within a second. The function
    raises KafkaError or TimeoutError if the broker does not answer within 10 seconds, and connects anew after that.
    """
    looks: AsyncGenerator[Lag] | None = None

    async def look() -> Lag:
        nonlocal looks
        if looks is None:
            looks = _looks(bootstrap, groups, topic_prefix)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await anext(looks)
        except BaseException:
            looks = None  # What it raised has ended the generator, and closed its connections.
            raise

    return look


async def _looks(bootstrap: str, groups: Collection[str], prefix: str) -> AsyncGenerator[Lag]:
    """Yield one look after another. As a generator it is closed with the event loop, if by nobody before."""
    admin = AIOKafkaAdminClient(**sign_in.options(), bootstrap_servers=bootstrap)
    reader = AIOKafkaConsumer(**sign_in.options(), bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await reader.start()
        while True:
            yield await _look(admin, reader, groups, prefix)
    finally:
        await discard_consumer(reader)
        with suppress(Exception):
            await asyncio.wait_for(admin.close(), 2)


async def _look(admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, groups: Collection[str], prefix: str) -> Lag:
    offsets = {group: await _offsets(admin, prefix + group) for group in groups}
    partitions = {partition for committed in offsets.values() for partition in committed}
    ends = await reader.end_offsets(list(partitions)) if partitions else {}
    lag: Lag = {}
    for group, committed in offsets.items():
        for partition, position in committed.items():
            place = (group, partition.topic.removeprefix(prefix))
            lag[place] = lag.get(place, 0) + max(0, ends[partition] - max(position.offset, 0))
    return lag


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    try:
        found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        return {}  # a new broker that has no group yet
    return found
