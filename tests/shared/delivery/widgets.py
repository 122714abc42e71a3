"""A service of one aggregate, `widget`, whose events go round through real PostgreSQL and real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.clock import system_clock
from shared.context import SYSTEM, Cause
from shared.database import Aggregate, Database
from shared.delivery import outbox
from shared.delivery.consumer import Consumer
from shared.delivery.envelope import headers
from shared.delivery.handlers import Handlers, effect
from shared.delivery.reader import Lock, reader
from shared.delivery.relay import Relay, partition_for
from shared.events import base
from shared.events.base import Event, Received
from shared.events.topics import Topic
from shared.ids import new_id

SERVICE = "widgets"
TOPIC = "widgets.widget"
TOPICS = (Topic(TOPIC, key="widget"),)
PARTITIONS = 6
PLACES = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
TABLES = """
CREATE TABLE widget (id uuid PRIMARY KEY, version bigint NOT NULL, event_key uuid NOT NULL, weight int NOT NULL);
CREATE TABLE applied
    (place bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, widget_id uuid, version int, number int);
CREATE TABLE tally (key text PRIMARY KEY, events int NOT NULL CHECK (events < 1000000));
"""

_NOTE = text(
    "INSERT INTO applied (event_id, widget_id, version, number) VALUES (:event_id, :widget_id, :version, :number)"
)


class Table(SQLModel, registry=registry()):
    """Tables with metadata of their own, as those of a service."""


class Widget(Aggregate, Table, table=True):
    __tablename__ = "widget"

    weight: int = 0


class WidgetMade(Event):
    type = "widgets.widget.made.v1"

    widget_id: UUID
    number: int = 0
    padding: str = ""


class WidgetMoved(Event):
    type = "widgets.widget.moved.v1"

    widget_id: UUID
    number: int = 0


#: Declared for these tests only: the catalogue of the product must not know them.
TYPES = {event.type: base._BY_TYPE.pop(event.type) for event in (WidgetMade, WidgetMoved)}


def a_widget(**columns: Any) -> Widget:
    widget_id = new_id()
    return Widget(**{"id": widget_id, "event_key": widget_id, **columns})


def made(widget: Widget, number: int = 0, padding: str = "") -> WidgetMade:
    return WidgetMade(occurred_at=system_clock(), widget_id=widget.id, number=number, padding=padding)


def moved(widget: Widget, number: int = 0) -> WidgetMoved:
    return WidgetMoved(occurred_at=system_clock(), widget_id=widget.id, number=number)


def message(
    offset: int,
    widget: Widget,
    event: Event,
    *,
    value: bytes | None = None,
    id: UUID | None = None,
    cause: Cause | None = None,
    **changes: str | None,
) -> ConsumerRecord[bytes, bytes]:
    """Return `event` as it comes from partition 0 of Kafka, with some headers changed or left out."""
    key = str(widget.id)
    own = headers(event, id=id or new_id(), aggregate_id=widget.id, version=1, key=key, cause=cause or SYSTEM)
    sent = [
        (name, found.encode(errors="surrogateescape")) for name, found in (own | changes).items() if found is not None
    ]
    payload = event.model_dump_json().encode() if value is None else value
    return ConsumerRecord(TOPIC, 0, offset, 0, 0, key.encode(), payload, None, len(key), len(payload), tuple(sent))


async def note(session: AsyncSession, received: Received[WidgetMade]) -> None:
    """An effect that shows when it happens twice: no key keeps the second row out."""
    row = (received.id, received.aggregate_id, received.aggregate_version, received.event.number)
    await session.execute(_NOTE, dict(zip(("event_id", "widget_id", "version", "number"), row, strict=True)))


NOTE_ALL: Handlers = {WidgetMade: effect(note), WidgetMoved: effect(note)}


@dataclass
class Workshop:
    """One test's database, topic prefix and broker."""

    database: Database
    bootstrap: str
    prefix: str

    async def record(self, widget: Widget, *events: Event) -> None:
        """Record events on a widget, new or known, one transaction each."""
        for event in events:
            async with self.database.transaction() as session:
                session.add(widget)
                await outbox.record(session, widget, event)

    async def record_many(self, pairs: Sequence[tuple[Widget, Event]]) -> None:
        async with self.database.transaction() as session:
            session.add_all({id(widget): widget for widget, _ in pairs}.values())
            await outbox.record_many(session, pairs)

    def relay(self, **options: Any) -> Relay:
        given = {"database": self.database, "kafka_bootstrap": self.bootstrap, "topic_prefix": self.prefix}
        return Relay(**{**given, **options})

    def consumer(self, handlers: Handlers = NOTE_ALL, *, lock: Lock | None = None, **options: Any) -> Consumer:
        given: dict[str, Any] = {
            "database": self.database,
            "kafka_bootstrap": self.bootstrap,
            "reader": reader(SERVICE, handlers, lock=lock),
            "topics": [TOPIC],
            "topic_prefix": self.prefix,
        }
        return Consumer(**{**given, **options})

    async def send_all(self) -> None:
        """Run a relay until the outbox is empty."""
        async with running(self.relay()):
            await self.until_sent()

    async def until_sent(self, seconds: float = 60) -> None:
        await eventually(lambda: self.is_so("SELECT count(*) = 0 FROM outbox"), seconds, "the outbox is empty")

    async def until_applied(self, events: int, seconds: float = 60) -> None:
        await eventually(lambda: self.is_so(f"SELECT count(*) >= {events} FROM applied"), seconds, f"{events} applied")

    async def is_so(self, query: str) -> bool:
        return bool(await self.value(query))

    async def value(self, query: str, **values: Any) -> Any:
        async with self.database.session() as session:
            return (await session.execute(text(query), values)).scalar_one()

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.session() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]

    async def change(self, statement: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement), values)

    async def published(self, bootstrap: str | None = None) -> list[ConsumerRecord[bytes, bytes]]:
        """Return everything that stands in the topic, partition by partition, in order."""
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap or self.bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(self.prefix + TOPIC, number) for number in range(PARTITIONS)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            found: list[ConsumerRecord[bytes, bytes]] = []
            for place in places:
                consumer.seek(place, 0)
            while sum(ends.values()) > len(found):
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    found += records
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()

    async def publish(self, *messages: tuple[dict[str, str], bytes | None], key: str) -> None:
        """Put messages of our own on the topic, as one batch."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            one = producer.create_batch()
            for headers, value in messages:
                encoded = [(name, content.encode()) for name, content in headers.items()]
                one.append(timestamp=None, key=key.encode(), value=value, headers=encoded)
            place = partition_for(key, PARTITIONS)
            await (await producer.send_batch(one, self.prefix + TOPIC, partition=place))
        finally:
            await producer.stop()

    async def committed(self) -> dict[int, int | None]:
        """Return what Kafka remembers of the consumer, by partition."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.prefix}{SERVICE}", enable_auto_commit=False
        )
        await consumer.start()
        try:
            return {
                number: await consumer.committed(TopicPartition(self.prefix + TOPIC, number))
                for number in range(PARTITIONS)
            }
        finally:
            await consumer.stop()


@asynccontextmanager
async def running(*parts: Any) -> AsyncIterator[None]:
    """Run relays and consumers; what they raise ends the test."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(part.run(stopping)) for part in parts]
    try:
        yield
    finally:
        stopping.set()
        _, late = await asyncio.wait(tasks, timeout=25)
        for task in late:
            task.cancel()
        with suppress(asyncio.CancelledError):
            for task in tasks:
                await task


async def eventually(is_so: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    """Wait until something is so; fail after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while not await is_so():  # noqa: ASYNC110  # what is awaited stands in a database or in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


async def is_(so: bool) -> bool:
    """Let `eventually` wait for something that needs no waiting to be known."""
    return so


def counted(name: str) -> float:
    """Return a counter of this process's consumers of widgets."""
    return REGISTRY.get_sample_value(name, {"consumer": SERVICE}) or 0.0


def keys_on(partition: int, many: int) -> list[UUID]:
    """Return fresh ids whose events go to one partition."""
    found = []
    while len(found) < many:
        candidate = new_id()
        if partition_for(str(candidate), PARTITIONS) == partition:
            found.append(candidate)
    return found


async def record_some(workshop: Workshop, events: int) -> list[Widget]:
    """Record events on fresh widgets in every partition."""
    widgets = [a_widget(event_key=key) for number in range(PARTITIONS) for key in keys_on(number, 2)]
    await workshop.record_many([(widgets[n % len(widgets)], made(widgets[0], n)) for n in range(events)])
    return widgets


async def assert_applied_once(workshop: Workshop, events: int) -> None:
    await workshop.until_applied(events)
    found = await workshop.rows("SELECT widget_id, version FROM applied ORDER BY place")
    assert len(found) == len(set(found)) == events
    seen: dict[Any, int] = {}
    for widget, version in found:
        assert version == seen.get(widget, 0) + 1, "each widget's events come in order"
        seen[widget] = version
