"""How far each service's consumer is behind, asked of Kafka."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata, TopicPartition


async def consumer_lag(bootstrap: str, groups: Iterable[str], *, topic_prefix: str = "") -> dict[tuple[str, str], int]:
    """Return how many events each consumer group has still to read, by (group, topic), both without the prefix.

    Kafka's committed offsets are what is read; they follow the consumers' own positions within a batch.

    Raises:
        aiokafka.errors.KafkaError: the broker is away.
        TimeoutError: it does not answer within 10 seconds.
    """
    async with asyncio.timeout(10):
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        reader = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        try:
            await admin.start()
            await reader.start()
            offsets = {group: await _offsets(admin, topic_prefix + group) for group in groups}
            partitions = {partition for committed in offsets.values() for partition in committed}
            ends = await reader.end_offsets(list(partitions)) if partitions else {}
        finally:
            await reader.stop()
            await admin.close()
    lag: dict[tuple[str, str], int] = {}
    for group, committed in offsets.items():
        for partition, position in committed.items():
            place = (group, partition.topic.removeprefix(topic_prefix))
            lag[place] = lag.get(place, 0) + max(0, ends[partition] - max(position.offset, 0))
    return lag


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    try:
        found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        return {}  # a new broker that has no group yet
    return found
