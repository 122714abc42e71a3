"""The worker runs everything, says what is wrong, starts again what fails and stops cleanly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import NOTE_ALL, SERVICE, TOPIC, TOPICS, WidgetMade, Workshop, a_widget, eventually, made

from shared.delivery import inbox, topics
from shared.delivery.handlers import Handlers, effect, merge
from shared.delivery.worker import Worker
from shared.events.base import Received
from shared.ids import new_id
from shared.timers import Timer

#: What a clock may say that was moved for a demonstration.
OTHER_TIME = datetime(2035, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def worker(workshop: Workshop, handlers: Handlers = NOTE_ALL, **options: Any) -> AsyncIterator[Worker]:
    given: dict[str, Any] = {"topic_prefix": workshop.prefix, "topics": [TOPIC], **options}
    made = Worker(
        service=SERVICE,
        database=workshop.database,
        kafka_bootstrap=workshop.bootstrap,
        handlers=handlers,
        **given,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def when(is_so: Callable[[], bool]) -> Any:
    async def ask() -> bool:
        return is_so()

    return ask


async def test_a_worker_sends_takes_and_does_what_is_due(workshop: Workshop) -> None:
    ticks: list[datetime] = []

    async def tick(_session: AsyncSession, now: datetime, _limit: int) -> int:
        ticks.append(now)
        return 0

    async with worker(workshop, timers=[Timer("tick", every=timedelta(milliseconds=50), run=tick)]) as mine:
        await eventually(when(lambda: mine.health() == []), 60, "the worker is ready")
        await workshop.record(widget := a_widget(), made(widget))
        await workshop.until_applied(1)
        await eventually(when(lambda: len(ticks) > 1), 60, "the timer came again")
        assert REGISTRY.get_sample_value("relay_leader", {"service": SERVICE}) == 1.0
    assert mine.health() == ["the worker does not run"]
    assert REGISTRY.get_sample_value("relay_leader", {"service": SERVICE}) == 0.0
    assert (REGISTRY.get_sample_value("event_age_seconds_count", {"consumer": SERVICE}) or 0) > 0


async def test_a_worker_waits_for_a_missing_topic_and_names_it(workshop: Workshop) -> None:
    prefix = f"{workshop.prefix}later-"
    async with worker(workshop, topic_prefix=prefix) as mine:
        await eventually(when(lambda: f"topic {prefix}{TOPIC} is missing" in str(mine.health())), 60, "it is named")
        await workshop.record(widget := a_widget(), made(widget))
        assert (
            await workshop.value(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = 'widgets relay' AND datname = current_database()"
            )
            == 0
        )

        assert await topics.create(workshop.bootstrap, topics=TOPICS, prefix=prefix) == []

        await workshop.until_applied(1)
        assert mine.health() == []


async def test_a_worker_without_a_broker_says_so_and_does_what_is_due(workshop: Workshop) -> None:
    done = asyncio.Event()

    async def tick(_session: AsyncSession, _now: datetime, _limit: int) -> int:
        done.set()
        return 0

    workshop.bootstrap = "127.0.0.1:1"
    async with worker(workshop, timers=[Timer("tick", every=timedelta(seconds=1), run=tick)]) as mine:
        await eventually(when(lambda: "Kafka does not answer" in str(mine.health())), 60, "it is said")
        await asyncio.wait_for(done.wait(), 30)


async def test_a_consumer_that_stopped_is_reported_and_the_rest_goes_on(workshop: Workshop) -> None:
    async def misspelled(session: AsyncSession, _received: Received[WidgetMade]) -> None:
        await session.execute(text("SELECT nothing FROM nowhere"))

    await workshop.record(widget := a_widget(), made(widget))
    async with worker(workshop, {WidgetMade: effect(misspelled)}) as mine:
        await eventually(when(lambda: "our own SQL is wrong" in str(mine.health())), 60, "it is reported")
        await workshop.record(widget, made(widget))
        await workshop.until_sent()


async def test_a_timer_that_fails_is_reported_and_tried_again(workshop: Workshop) -> None:
    tries = 0

    async def fail_twice(_session: AsyncSession, _now: datetime, _limit: int) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ValueError("not yet")
        return 0

    async with worker(workshop, merge(), timers=[Timer("fragile", every=timedelta(seconds=1), run=fail_twice)]) as mine:
        await eventually(when(lambda: "timer fragile crashed: ValueError: not yet" in mine.health()), 60, "reported")
        await eventually(when(lambda: tries == 3 and mine.health() == []), 60, "it recovered")


async def test_a_worker_stops_after_the_batch_at_hand(workshop: Workshop) -> None:
    begun = asyncio.Event()

    async def slowly(session: AsyncSession, received: Received[WidgetMade]) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        await NOTE_ALL[WidgetMade][0].function(session, received)

    await workshop.record(widget := a_widget(), made(widget))
    async with worker(workshop, {WidgetMade: effect(slowly)}):
        await asyncio.wait_for(begun.wait(), 60)

    assert await workshop.value("SELECT count(*) FROM applied") == 1
    assert await workshop.value("SELECT sum(next_offset) FROM witness") == 1


async def test_a_worker_starts_once(workshop: Workshop) -> None:
    async with worker(workshop, merge()) as mine:
        with pytest.raises(RuntimeError, match="started before"):
            await mine.start()


async def test_the_inbox_forgets_what_is_older_than_it_remembers(workshop: Workshop) -> None:
    old = [UUID(f"0187{n:04x}-0000-7000-8000-000000000000") for n in range(5)]
    async with workshop.database.transaction() as session:
        recent = [new_id() for _ in range(3)]
        await inbox.enter(session, SERVICE, [*old, *recent])

        assert [await inbox.forget_old(session, OTHER_TIME, 3) for _ in range(3)] == [3, 2, 0]

    kept = await workshop.rows("SELECT event_id FROM inbox ORDER BY event_id")
    assert [row[0] for row in kept] == sorted(recent)
