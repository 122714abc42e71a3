"""The worker of a service: relay, consumer and timers side by side, each started again when it fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.clock import Clock, system_clock
from shared.database import Database
from shared.delivery import inbox, metrics, sign_in
from shared.delivery import topics as topic_admin
from shared.delivery.consumer import Consumer
from shared.delivery.faults import ConsumerStopped, Verdict, told, verdict
from shared.delivery.handlers import Handlers
from shared.delivery.kafka import require_codec
from shared.delivery.leadership import pause
from shared.delivery.measure import Measure
from shared.delivery.reader import Lock, reader
from shared.delivery.relay import Relay
from shared.delivery.rules import StartAt, backoff_seconds
from shared.events import all as _declare_all_events  # noqa: F401  # a consumer knows types by their being declared
from shared.events.topics import TOPICS
from shared.log import get_logger
from shared.timers import Timer, keep_running

__all__ = ["Lock", "Worker"]

_LONGEST_BACKOFF_SECONDS = 30.0
_TOPICS_EVERY_SECONDS = 1.0
_STOP_WITHIN_SECONDS = 20.0
#: A part that ran this long before it failed did not fail at the start.
_STABLE_SECONDS = 60.0

_log = get_logger(__name__)


@dataclass(slots=True)
class _Part:
    """Something that runs until told to stop, what keeps it from working, and what crashed it."""

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]
    problems: Callable[[], list[str]] = list
    needs_topics: bool = False
    crash: str | None = None


class Worker:
    """Everything of a service that is not HTTP.

    Args:
        service: Folder name of the service; its topics are those it sends.
        database: Its database.
        kafka_bootstrap: `host:port` of a broker.
        handlers: Which events it handles and how.
        timers: Its due work.
        topic_prefix: Put before topic and group names.
        clock: What timers call now.
        topics: Topics to read, without prefix; by default those of the handled types.
        lock: Locks the rows a batch will touch, in one sorted statement.
        start_at: Where a topic begins that was never read.
    """

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        kafka_bootstrap: str,
        handlers: Handlers,
        timers: Sequence[Timer] = (),
        topic_prefix: str = "",
        clock: Clock = system_clock,
        topics: Iterable[str] | None = None,
        lock: Lock | None = None,
        start_at: StartAt = "beginning",
    ) -> None:
        require_codec()
        sign_in.options()
        self._bootstrap = kafka_bootstrap
        self._prefix = topic_prefix
        own = reader(service, handlers, lock=lock)
        read = sorted(topics if topics is not None else {each.topic() for each in own.known.handled.values()})
        self._topics = {*read, *(topic.name for topic in TOPICS if topic.name.partition(".")[0] == service)}
        relay = Relay(database=database, kafka_bootstrap=kafka_bootstrap, topic_prefix=topic_prefix)
        self._parts = [_Part("relay", relay.run, relay.problems, needs_topics=True)]
        if read:
            consumer = Consumer(
                database=database,
                kafka_bootstrap=kafka_bootstrap,
                reader=own,
                topics=read,
                topic_prefix=topic_prefix,
                start_at=start_at,
            )
            self._parts.append(_Part("consumer", consumer.run, consumer.problems, needs_topics=True))
        self._parts.append(_Part("measure", Measure(database).run))
        for timer in (*timers, inbox.FORGET_OLD):
            self._parts.append(_timer_part(timer, database, clock))
        self._service = service
        metrics.show_from_the_start(service, [part.name for part in self._parts])
        self._topic_problems = ["the topics were not checked yet"]
        self._checking = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start in the background: timers at once, relay and consumer when all topics are there."""
        if self._tasks:
            raise RuntimeError("the worker was started before")
        self._tasks = [
            asyncio.create_task(self._keep(part), name=f"{self._service} {part.name}") for part in self._parts
        ]

    async def stop(self) -> None:
        """Let every part finish what it has in hand, at most 20 s, then end it; uncommitted work is rolled back."""
        self._stopping.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_STOP_WITHIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def health(self) -> list[str]:
        """Return what keeps the worker from doing its work; empty when it is ready."""
        if not self._tasks or self._stopping.is_set():
            return ["the worker does not run"]
        found = list(self._topic_problems)
        for part in self._parts:
            found += [f"{part.name} crashed: {part.crash}"] if part.crash else part.problems()
        return found

    async def _keep(self, part: _Part) -> None:
        """Run a part until the worker stops; one that fails is run again, ever more slowly."""
        if part.needs_topics:
            await self._wait_for_topics()
        failures, up = 0, metrics.PART_UP.labels(self._service, part.name)
        while not self._stopping.is_set():
            part.crash, started = None, time.monotonic()
            up.set(1)
            try:
                await part.run(self._stopping)
            except ConsumerStopped as stopped:
                part.crash = str(stopped)
                _log.critical("the consumer stopped", part=part.name, reason=part.crash)
                return
            except Exception as error:
                failures = 1 if time.monotonic() - started > _STABLE_SECONDS else failures + 1
                part.crash = told(error)
                metrics.PART_FAILURES.labels(self._service, part.name).inc()
                # A database that is away needs no stack trace from every part.
                is_known = verdict(error) is Verdict.RETRY
                _log.warning("a part of the worker failed", part=part.name, error=part.crash, exc_info=not is_known)
                up.set(0)
                await pause(self._stopping, backoff_seconds(failures, most=_LONGEST_BACKOFF_SECONDS))
            finally:
                up.set(0)

    async def _wait_for_topics(self) -> None:
        async with self._checking:
            while self._topic_problems and not self._stopping.is_set():
                try:
                    self._topic_problems = await topic_admin.verify(self._bootstrap, self._topics, prefix=self._prefix)
                except Exception as error:
                    self._topic_problems = [f"Kafka does not answer: {told(error)}"]
                if self._topic_problems:
                    _log.warning("the worker waits for its topics", problems=self._topic_problems)
                    await pause(self._stopping, _TOPICS_EVERY_SECONDS)


def _timer_part(timer: Timer, database: Database, clock: Clock) -> _Part:
    async def run(stopping: asyncio.Event) -> None:
        await keep_running(timer, database, clock=clock, stopping=stopping)

    return _Part(f"timer {timer.name}", run)
