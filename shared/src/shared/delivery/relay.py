"""The relay: sends what stands in the outbox to Kafka, in order, and deletes what Kafka has acknowledged.

It remembers nothing: each round takes the first rows in the order of `seq`, so no event can be skipped. A crash between
acknowledgement and deletion sends an event twice; consumers drop the second copy.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from psycopg.types.json import set_json_loads
from pydantic_core import from_json

from shared.database import Database
from shared.delivery import leadership, metrics
from shared.delivery.faults import told
from shared.delivery.kafka import create_producer, discard_producer
from shared.delivery.leadership import Session, pause, stay_leader
from shared.delivery.rules import backoff_seconds
from shared.log import get_logger

ROUND_ROWS = 1000
#: Bytes of payload that one round reads, so that large events cannot exhaust the memory.
ROUND_BYTES = 16 * 1024 * 1024
ROUND_SECONDS = 30.0
#: How long to wait where nothing waited to be sent: looking is most of what an idle service does.
_IDLE_SECONDS, _QUIET_IDLE_SECONDS = 0.01, 0.1
_QUIET_AFTER_SECONDS = 2.0
_START_SECONDS = 10.0
_METADATA_SECONDS = 5.0
_REPLACE_SECONDS = 15.0
_LONGEST_BACKOFF_SECONDS = 5.0
_MEASURE_EVERY_SECONDS = 5.0

_SELECT = """
SELECT seq, topic, key, headers, payload FROM (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS bytes_before
    FROM (SELECT * FROM outbox ORDER BY seq LIMIT %s) AS first
) AS sized WHERE bytes_before < %s ORDER BY seq
"""
_DELETE = "DELETE FROM outbox WHERE seq = ANY(%s)"
_MEASURE = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)
FROM (SELECT recorded_at FROM outbox ORDER BY seq LIMIT 100000) AS waiting
"""

T = TypeVar("T")

_log = get_logger(__name__)


class SendFailed(Exception):
    """Something of a round was not acknowledged; `reasons` says what, by topic."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{topic}: {reason}" for topic, reason in sorted(reasons.items())))
        self.reasons = reasons


@dataclass(slots=True)
class Batch:
    """What goes to one partition in one round: appended by Kafka as a whole or not at all."""

    topic: str
    partition: int
    builder: Any
    seqs: list[int] = field(default_factory=list)


@lru_cache(maxsize=65536)
def partition_for(key: str, partitions: int) -> int:
    """Return the partition of `key`, as every Kafka client's default partitioner computes it (murmur2)."""
    numbers = list(range(partitions))
    chosen: int = DefaultPartitioner()(key.encode(), numbers, numbers)
    return chosen


def pack(rows: Iterable[Sequence[Any]], partitions: Mapping[str, int], new_builder: Callable[[], Any]) -> list[Batch]:
    """Return one batch for each partition with rows, each row after all earlier ones of its partition.

    Where a batch is full its partition is cut: later rows stay for the next round, even if they would still fit.

    Args:
        rows: (seq, topic, key, headers, payload) in the order of `seq`.
        partitions: Number of partitions by topic; rows of other topics are left out.
        new_builder: Makes an empty batch with `append`, which answers None when there is no more room.
    """
    batches: dict[tuple[str, int], Batch] = {}
    cut: set[tuple[str, int]] = set()
    for seq, topic, key, headers, payload in rows:
        if topic not in partitions:
            continue
        place = (topic, partition_for(key, partitions[topic]))
        if place in cut:
            continue
        batch = batches.get(place)
        if batch is None:
            batch = batches[place] = Batch(*place, new_builder())
        encoded = [(name, value.encode()) for name, value in headers.items()]
        if batch.builder.append(timestamp=None, key=key.encode(), value=payload, headers=encoded) is None:
            cut.add(place)
        else:
            batch.seqs.append(seq)
    return list(batches.values())


class Relay:
    """Sends one service's outbox; any number may run, one at a time leads.

    Args:
        database: The service's database; the relay opens a session of its own beside the pool.
        kafka_bootstrap: `host:port` of a broker.
        topic_prefix: Put before every topic name.
        round_seconds: After this long without an answer the producer is replaced.
    """

    def __init__(
        self, *, database: Database, kafka_bootstrap: str, topic_prefix: str = "", round_seconds: float = ROUND_SECONDS
    ) -> None:
        self._database = database
        self._service = database.service
        self._bootstrap = kafka_bootstrap
        self._prefix = topic_prefix
        self._round_seconds = round_seconds
        self._producer: AIOKafkaProducer | None = None
        self._measured_at = 0.0
        self._database_problem: str | None = None
        self._blocked: dict[str, str] = {}

    def problems(self) -> list[str]:
        """Return what keeps events from being sent; empty if nothing does, or if another process leads."""
        found = [self._database_problem] if self._database_problem else []
        return [*found, *(f"topic {topic} is blocked: {reason}" for topic, reason in sorted(self._blocked.items()))]

    async def run(self, stopping: asyncio.Event) -> None:
        """Lead whenever nobody else does, until `stopping` is set; the round at hand is finished."""
        failures = 0
        while not stopping.is_set():
            try:
                async with leadership.session(self._database.url, application=f"{self._service} relay") as mine:
                    self._database_problem, failures = None, 0
                    set_json_loads(from_json, mine)  # Three times as fast as the standard library's on our headers.
                    if await leadership.become_leader(mine, stopping):
                        await self._lead(mine, stopping)
            except (psycopg.Error, OSError) as error:
                failures += 1
                self._database_problem = f"relay: no session with the database: {told(error)}"
                _log.warning("the relay lost its database session", error=told(error))
                await pause(stopping, _rest(failures))

    async def _lead(self, mine: Session, stopping: asyncio.Event) -> None:
        _log.info("the relay leads")
        metrics.RELAY_LEADER.labels(self._service).set(1)
        failures, quiet_at = 0, 0.0
        try:
            while not stopping.is_set():
                await self._measure(mine)
                try:
                    sent = await self._round(mine)
                    self._show_blocked({})
                    failures = 0
                except SendFailed as failed:
                    failures += 1
                    metrics.RELAY_FAILURES.labels(self._service).inc()
                    _log.warning("the relay replaces its producer", reasons=failed.reasons)
                    self._show_blocked(failed.reasons)
                    await stay_leader(mine, self._drop_producer(), seconds=_REPLACE_SECONDS)
                    await stay_leader(mine, pause(stopping, _rest(failures)), seconds=_REPLACE_SECONDS)
                    continue
                now = time.monotonic()
                if sent:
                    quiet_at = now + _QUIET_AFTER_SECONDS
                else:
                    await asyncio.sleep(_IDLE_SECONDS if now < quiet_at else _QUIET_IDLE_SECONDS)
        finally:
            for gauge in (metrics.RELAY_LEADER, metrics.OUTBOX_ROWS, metrics.OUTBOX_OLDEST_AGE):
                gauge.labels(self._service).set(0)  # Whoever leads now measures.
            self._show_blocked({})
            await self._drop_producer()

    async def _round(self, mine: Session) -> int:
        """Send the first rows of the outbox and return how many were.

        Raises:
            SendFailed: some were not acknowledged; those that were are deleted all the same.
            psycopg.Error: the session is gone.
        """
        rows = await leadership.execute(mine, _SELECT, [ROUND_ROWS, ROUND_BYTES])
        if not rows:
            return 0
        started = time.monotonic()
        topics = sorted({row[1] for row in rows})
        try:
            producer = await self._ready_producer(mine)
        except (KafkaError, OSError) as error:
            raise SendFailed({topic: f"no broker answers: {told(error)}" for topic in topics}) from error
        reasons: dict[str, str] = {}
        counts = [self._partitions(producer, topic) for topic in topics]
        partitions = await _outcomes(mine, topics, counts, reasons, seconds=_METADATA_SECONDS)
        batches = pack(rows, dict(partitions), producer.create_batch)
        sends = [self._deliver(producer, batch) for batch in batches]
        sent = await _outcomes(mine, [batch.topic for batch in batches], sends, reasons, seconds=self._round_seconds)
        acknowledged = [seq for _, seqs in sent for seq in seqs]
        if acknowledged:
            await leadership.execute(mine, _DELETE, [acknowledged])
            metrics.RELAY_SENT.labels(self._service).inc(len(acknowledged))
        metrics.RELAY_ROUND.labels(self._service).observe(time.monotonic() - started)
        if reasons:
            raise SendFailed(reasons)
        return len(acknowledged)

    async def _ready_producer(self, mine: Session) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = create_producer(self._bootstrap)
            await stay_leader(mine, self._producer.start(), seconds=_START_SECONDS)
        return self._producer

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int:
        return len(await producer.partitions_for(self._prefix + topic))

    async def _deliver(self, producer: AIOKafkaProducer, batch: Batch) -> list[int]:
        """Send one batch, wait until it is acknowledged, and return its rows."""
        sent = await producer.send_batch(batch.builder, self._prefix + batch.topic, partition=batch.partition)
        await sent
        return batch.seqs

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard_producer(producer)

    def _show_blocked(self, reasons: Mapping[str, str]) -> None:
        for topic in self._blocked.keys() - reasons.keys():
            metrics.BLOCKED_TOPIC.labels(self._service, topic).set(0)
        for topic in reasons:
            metrics.BLOCKED_TOPIC.labels(self._service, topic).set(1)
        self._blocked = dict(reasons)

    async def _measure(self, mine: Session) -> None:
        if time.monotonic() - self._measured_at < _MEASURE_EVERY_SECONDS:
            return
        self._measured_at = time.monotonic()
        rows, age = (await leadership.execute(mine, _MEASURE))[0]
        metrics.OUTBOX_ROWS.labels(self._service).set(rows)
        metrics.OUTBOX_OLDEST_AGE.labels(self._service).set(age)


async def _outcomes(
    mine: Session, topics: Sequence[str], works: Sequence[Awaitable[T]], reasons: dict[str, str], *, seconds: float
) -> list[tuple[str, T]]:
    """Wait for all `works` at once and return what came of those in time, each with its topic.

    A topic whose work failed or is late gets its reason instead; one is enough to replace the producer.
    """
    if not works:
        return []
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await stay_leader(mine, asyncio.wait(tasks), seconds=seconds)
    except TimeoutError:
        pass  # What was answered counts; the rest is late.
    finally:
        done = [task.done() for task in tasks]
        for task in tasks:
            task.cancel()
    outcomes = []
    for topic, task, is_done in zip(topics, tasks, done, strict=True):
        if not is_done:
            reasons[topic] = f"no answer within {seconds:g} s"
        elif error := task.exception():
            reasons[topic] = told(error)
        else:
            outcomes.append((topic, task.result()))
    return outcomes


def _rest(failures: int) -> float:
    return backoff_seconds(failures, most=_LONGEST_BACKOFF_SECONDS)
