"""Records of Kafka: as the consumer fetches them, and what they tell of each aggregate."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition

from shared.delivery.envelope import message_of
from shared.delivery.part import Fetched


def fetched(records: Mapping[TopicPartition, Iterable[ConsumerRecord[bytes, bytes]]]) -> Fetched:
    """Return records as the consumer fetches them, not read yet."""
    return {place: [message_of(place, record) for record in come] for place, come in records.items()}


def versions_of(records: Iterable[ConsumerRecord[bytes, bytes]]) -> dict[UUID, list[int]]:
    """Return the versions of each aggregate in the order in which they first come."""
    found: dict[UUID, dict[int, None]] = {}
    for record in records:
        headers = dict(record.headers)
        versions = found.setdefault(UUID(headers["ce_subject"].decode()), {})
        versions[int(headers["ce_aggversion"])] = None
    return {aggregate: list(versions) for aggregate, versions in found.items()}
