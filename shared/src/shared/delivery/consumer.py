"""The consumer: one loop per service that takes batches from Kafka and commits their effects once each.

The database decides where it stands (`positions`); Kafka is told the offsets a little later, for tools that show lag.
Every wait for Kafka has a bound, so the loop itself can watch whether it gets on.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.database import Database
from shared.delivery import metrics
from shared.delivery.batch import Taken, show, take
from shared.delivery.faults import ConsumerStopped, Verdict, told, verdict
from shared.delivery.fetching import Fetching
from shared.delivery.kafka import POLL_MS, create_consumer, discard_consumer
from shared.delivery.part import Fetched, Part, still_sought
from shared.delivery.placement import offsets_to_begin, with_prefix, without_prefix
from shared.delivery.reader import Reader
from shared.delivery.rules import MOST_NEW_PARKED_KEYS, StartAt, backoff_seconds, too_many_parked
from shared.log import get_logger

_LONGEST_BACKOFF_SECONDS = 30.0
_ANSWER_SECONDS = 10.0
_ASSIGNMENT_SECONDS = 90.0
_FINISH_SECONDS = 20.0
_CHECK_EVERY_SECONDS = 10.0
#: Telling Kafka costs as much as taking a few events, so it is not told after every batch.
_TELL_EVERY_SECONDS = 0.2
_STUCK_AFTER_SECONDS = 60.0

_log = get_logger(__name__)


class ConsumerStuck(Exception):
    """Events wait and none arrive, or no partitions are given out: the Kafka client hangs and must be replaced."""


class Consumer(ConsumerRebalanceListener):
    """Reads the topics of one consumer; members of the same name share the partitions.

    Args:
        database: Where the effects go.
        kafka_bootstrap: `host:port` of a broker.
        reader: Name, handlers and what they can read.
        topics: Topics without prefix.
        topic_prefix: Put before topic and group names.
        start_at: Where a partition begins that this consumer never read.
    """

    def __init__(
        self,
        *,
        database: Database,
        kafka_bootstrap: str,
        reader: Reader,
        topics: Iterable[str],
        topic_prefix: str = "",
        start_at: StartAt = "beginning",
    ) -> None:
        self._database = database
        self._bootstrap = kafka_bootstrap
        self._reader = reader
        self._name = reader.consumer
        self._topics = sorted(topics)
        self._prefix = topic_prefix
        self._start_at: StartAt = start_at
        self._kafka: AIOKafkaConsumer
        self._fetching: Fetching
        self._generation = 0
        self._assigned = asyncio.Event()
        self._placed: int | None = None
        self._taking = asyncio.Lock()
        self._next: dict[TopicPartition, int] = {}
        self._untold: dict[TopicPartition, int] = {}
        self._tell_at = 0.0
        # Topics without prefix, as the database knows them; `_next` and `_untold` have Kafka's names.
        self._sought: dict[TopicPartition, int] = {}
        self._parked_at: deque[float] = deque(maxlen=10 * MOST_NEW_PARKED_KEYS)
        self._problem: str | None = "consumer: not started"
        self._check_at = 0.0
        self._got_on_at = 0.0

    def problems(self) -> list[str]:
        """Return what keeps this consumer from taking events; empty if nothing does."""
        return [self._problem] if self._problem else []

    async def run(self, stopping: asyncio.Event) -> None:
        """Take events until `stopping` is set; the batch at hand is finished.

        Raises:
            ConsumerStopped: somebody must decide; the message says what.
            ConsumerStuck: the Kafka client hangs; run again with a new one.
        """
        self._kafka = create_consumer(self._bootstrap, group=f"{self._prefix}{self._name}")
        self._fetching = Fetching(self._kafka, self._reader.known, self._prefix)
        self._kafka.subscribe([self._prefix + topic for topic in self._topics], listener=self)
        self._assigned.clear()
        self._placed, self._problem = None, "consumer: waits for its partitions"
        self._got_on_at = time.monotonic()
        try:
            async with asyncio.timeout(_ASSIGNMENT_SECONDS):
                await self._kafka.start()
            await self._loop(stopping)
            await self._tell_kafka()
        finally:
            await self._fetching.drop()
            await discard_consumer(self._kafka)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let the batch at hand finish, for a while: a later commit is fenced off by the witness."""
        self._generation += 1
        self._assigned.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS), self._taking:
                await self._tell_kafka()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Let the loop place itself in the new partitions: here an error would be swallowed."""
        metrics.REBALANCES.labels(self._name).inc()
        self._assigned.set()

    async def _loop(self, stopping: asyncio.Event) -> None:
        failures = 0
        while not stopping.is_set():
            try:
                await self._watch()
                if await self._place():
                    await self._round()
                    failures, self._problem = 0, None
                    if time.monotonic() >= self._tell_at:
                        await self._tell_kafka()
            except Exception as error:
                if verdict(error) is not Verdict.RETRY:
                    raise
                failures += 1
                metrics.CONSUMER_RETRIES.labels(self._name).inc()
                self._problem = f"consumer: failed {failures} times in a row and tries again: {told(error)}"
                _log.warning("the consumer rolled back and tries again", consumer=self._name, error=told(error))
                await self._rest(backoff_seconds(failures, most=_LONGEST_BACKOFF_SECONDS), stopping)

    async def _place(self) -> bool:
        """Make sure that every assigned partition continues where the database says; return whether it now does."""
        if not self._assigned.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._assigned.wait(), POLL_MS / 1000)
            return False
        generation = self._generation
        if self._placed == generation:
            return True
        await self._fetching.drop()
        assigned = self._kafka.assignment()
        offsets = await offsets_to_begin(
            self._kafka,
            self._database,
            consumer=self._name,
            prefix=self._prefix,
            assigned=assigned,
            start_at=self._start_at,
        )
        # Kafka may have given out other partitions meanwhile.
        if generation != self._generation or assigned != self._kafka.assignment():
            return False
        for place, offset in offsets.items():
            self._kafka.seek(place, offset)
        self._kafka.resume(*assigned)
        for place in self._next.keys() - offsets.keys():
            self._show_lag(place, 0)  # Another member has it now.
        self._next, self._sought, self._untold, self._placed = dict(offsets), {}, {}, generation
        self._got_on_at = time.monotonic()
        return True

    async def _round(self) -> None:
        generation = self._generation
        fetched = await self._fetching.next()
        async with self._taking:
            # Records of an earlier assignment, or handed out before this one was placed, come again.
            if generation != self._generation:
                return
            if fetched:
                self._fetching.go_ahead(fetched)
                await self._take_all(fetched)
                self._got_on_at = time.monotonic()

    async def _take_all(self, fetched: Fetched) -> None:
        """Take what was fetched in one transaction, or in several where transactions crossed.

        Raises:
            ConsumerStopped: our own SQL is wrong, or too much was parked.
        """
        left = [Part(fetched)]
        while left:
            part = left.pop()
            try:
                taken = await self._take(part)
            except Exception as error:
                failed = verdict(error)
                if instead := part.instead(failed):
                    left += reversed(instead)
                    continue
                if failed is Verdict.HALVE:
                    raise TimeoutError("deadlocked again and again with a single event") from error
                if failed is Verdict.STOP and not isinstance(error, ConsumerStopped):
                    raise ConsumerStopped(f"{self._name}: our own SQL is wrong: {told(error)}") from error
                raise
            if taken.seek:
                await self._fetching.give_back()
            for place, offset in taken.seek.items():
                self._kafka.seek(self._named(place), offset)
                metrics.WITNESS_SEEKS.labels(self._name).inc()
            # What was fetched behind a gap comes again after the seek.
            left = [rest for one in left if (rest := one.without(taken.seek)).fetched]

    async def _take(self, part: Part) -> Taken:
        """Take `part` in a transaction of its own; return what became of it."""
        async with self._database.transaction() as session:
            taken = await take(session, self._reader, part.fetched, sought=self._sought, alone=part.alone)
            now = time.monotonic()
            if too_many_parked([*self._parked_at, *[now] * taken.new_keys], now):
                raise ConsumerStopped(
                    f"{self._name}: more than {MOST_NEW_PARKED_KEYS} new keys to park within a minute: a bug of ours"
                )
        self._parked_at.extend([now] * taken.new_keys)
        self._sought = still_sought(self._sought, seek=taken.seek, reached=taken.next_offsets)
        reached = {self._named(place): offset for place, offset in taken.next_offsets.items()}
        self._next |= reached | {self._named(place): offset for place, offset in taken.seek.items()}
        self._untold |= reached
        show(self._name, taken)
        return taken

    async def _tell_kafka(self) -> None:
        """Tell Kafka exactly what was done; tools show lag by it, the witness is what counts."""
        self._tell_at = time.monotonic() + _TELL_EVERY_SECONDS
        if not self._untold:
            return
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._kafka.commit({place: offset for place, offset in self._untold.items()})
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            _log.info("Kafka was not told the offsets", consumer=self._name, error=told(error))
        self._untold = {}

    async def _rest(self, seconds: float, stopping: asyncio.Event) -> None:
        """Stay in the group without taking anything, then be placed anew: what was in hand comes again."""
        self._placed = None
        await self._fetching.drop()
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not stopping.is_set():
            with suppress(KafkaError, IllegalStateError, TimeoutError):
                self._kafka.pause(*self._kafka.assignment())
                async with asyncio.timeout(left + 1):
                    await self._kafka.getmany(timeout_ms=int(min(left, 0.5) * 1000))
            await asyncio.sleep(0.01)
        self._got_on_at = time.monotonic()

    async def _watch(self) -> None:
        """Measure what waits; see whether the Kafka client still brings it."""
        now = time.monotonic()
        if now < self._check_at:
            return
        self._check_at = now + _CHECK_EVERY_SECONDS
        if not self._assigned.is_set():
            if now - self._got_on_at > _ASSIGNMENT_SECONDS:
                raise ConsumerStuck(f"{self._name} is given no partitions")
        elif self._placed == self._generation:
            if not await self._measure_lag():
                self._got_on_at = now
            elif now - self._got_on_at > _STUCK_AFTER_SECONDS:
                raise ConsumerStuck(f"events wait for {self._name} and none arrive")

    async def _measure_lag(self) -> int:
        async with asyncio.timeout(_ANSWER_SECONDS):
            ends = await self._kafka.end_offsets(self._next)
        lags = {place: max(0, end - self._next[place]) for place, end in ends.items()}
        for place, lag in lags.items():
            self._show_lag(place, lag)
        return sum(lags.values())

    def _show_lag(self, place: TopicPartition, lag: int) -> None:
        topic = without_prefix(place, self._prefix).topic
        metrics.CONSUMER_LAG.labels(self._name, topic, place.partition).set(lag)

    def _named(self, place: TopicPartition) -> TopicPartition:
        return with_prefix(place, self._prefix)
