"""Kafka clients with our settings, and how to get rid of one that hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.codec import has_lz4
from aiokafka.conn import AIOKafkaConnection
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaConnectionError

from shared.delivery import sign_in

#: Bytes of one produced batch before compression; below the brokers' usual limit of 1 MiB.
BATCH_BYTES = 1_000_000
REQUEST_TIMEOUT_MS = 15_000
#: Every try is logged by the library: not ten times a second while a broker is away.
RETRY_BACKOFF_MS = 300
#: Events taken in one transaction, and how long to wait for the first of them.
MOST_RECORDS = 500
POLL_MS = 200
#: A member that was killed or froze is given up after this long; PostgreSQL ends a frozen transaction at the same time.
SESSION_TIMEOUT_MS = 20_000
#: A rebalance gives the members this long to finish what they have in hand.
REBALANCE_TIMEOUT_MS = 60_000

#: A topic that was deleted, or made anew, is noticed within this time; the library's five minutes are an outage.
METADATA_MAX_AGE_MS = 20_000

_look_up_versions: Callable[[AIOKafkaConnection], Awaitable[None]] = AIOKafkaConnection._do_version_lookup


async def _require_versions(connection: AIOKafkaConnection) -> None:
    """Refuse a connection whose broker is not ready: aiokafka does not look at the error and keeps it, useless.

    Kafka 4 answers so for a moment while it starts; a consumer's heartbeats then failed until the connection was idle
    for nine minutes.
    """
    await _look_up_versions(connection)
    if not connection._versions:
        raise KafkaConnectionError("the broker is not ready")


AIOKafkaConnection._do_version_lookup = _require_versions  # type: ignore[method-assign]  # no other place to look


def require_codec() -> None:
    """Refuse to start without the codec of our topics: a consumer would fail only when the first batch arrives.

    Raises:
        RuntimeError: the lz4 codec is missing.
    """
    if not has_lz4():
        raise RuntimeError("the lz4 codec is missing: install aiokafka[lz4]")


def create_producer(bootstrap: str) -> AIOKafkaProducer:
    """Return a producer, not yet started, that acknowledges what all replicas hold and repeats nothing by itself."""
    return AIOKafkaProducer(
        **sign_in.options(),
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        max_request_size=BATCH_BYTES + 64 * 1024,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        retry_backoff_ms=RETRY_BACKOFF_MS,
    )


def create_consumer(bootstrap: str, *, group: str) -> AIOKafkaConsumer:
    """Return a consumer, not yet started, that commits and resets nothing by itself."""
    return AIOKafkaConsumer(
        **sign_in.options(),
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
        max_poll_records=MOST_RECORDS,
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=3_000,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        max_poll_interval_ms=300_000,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        retry_backoff_ms=RETRY_BACKOFF_MS,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        partition_assignment_strategy=(StickyPartitionAssignor,),
    )


async def discard_producer(producer: AIOKafkaProducer) -> None:
    """Throw a producer away within seconds, whatever state it is in.

    `stop()` waits for its batches, and idempotent ones never expire: it can hang as long as the broker does.
    """
    producer._closed = True  # Else it complains on deletion that `stop()` was not called.
    sender = producer._sender.sender_task
    # The first cancellation makes the sender wait for its requests, the second ends those.
    for _ in range(2):
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=1)
    await _give_up_after(2, producer.client.close())


async def discard_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and close the consumer, or close it without a farewell if the broker does not answer."""
    await _give_up_after(5, consumer.stop())
    await _give_up_after(2, consumer._client.close())


async def _give_up_after(seconds: float, closing: Awaitable[Any]) -> None:
    with suppress(Exception):
        await asyncio.wait_for(closing, seconds)
