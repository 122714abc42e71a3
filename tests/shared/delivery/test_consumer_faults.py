"""When the database, a handler or our own SQL fails: wait, take less at once, park, or stop; never lose or repeat."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    NOTE_ALL,
    WidgetMade,
    Workshop,
    a_widget,
    assert_applied_once,
    eventually,
    is_,
    keys_on,
    made,
    message,
    record_some,
    running,
)

from shared.delivery import consumer as consumer_module
from shared.delivery.consumer import ConsumerStuck
from shared.delivery.faults import ConsumerStopped
from shared.delivery.handlers import effect
from shared.events.base import Received
from shared.testing.postgres import TestPostgres


async def test_while_the_database_is_away_the_consumer_waits_and_parks_nothing(
    workshop: Workshop, postgres_server: TestPostgres
) -> None:
    name = workshop.database.url.rpartition("/")[2]
    await record_some(workshop, 24)
    await workshop.send_all()
    late = a_widget()
    event = message(0, late, made(late))
    async with running(consumer := workshop.consumer()):
        await workshop.until_applied(24)
        widgets = await record_some(workshop, 24)
        await workshop.send_all()
        with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                sent = ({name: value.decode() for name, value in event.headers}, event.value)
                await workshop.publish(sent, key=str(late.id))
                await eventually(lambda: is_(bool(consumer.problems())), 60, "readiness fails")
            finally:
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await workshop.record_many([(widget, made(widget)) for widget in widgets])
        await workshop.send_all()
        await assert_applied_once(workshop, 48 + 1 + len(widgets))
        await eventually(lambda: is_(consumer.problems() == []), 60, "readiness is back")
    assert await workshop.value("SELECT count(*) FROM parked_event") == 0


async def test_a_deadlock_is_tried_again_with_half_the_batch(workshop: Workshop) -> None:
    widget = a_widget()
    await workshop.record_many([(widget, made(widget, number)) for number in range(4)])
    await workshop.send_all()
    await workshop.change("INSERT INTO tally VALUES ('first', 0), ('second', 0)")
    runs: list[int] = []

    async def count(session: AsyncSession, run: list[Received[WidgetMade]]) -> None:
        runs.append(len(run))
        for key in ("first", "second"):
            await session.execute(
                text("UPDATE tally SET events = events + :n WHERE key = :key"), {"n": len(run), "key": key}
            )

    async with workshop.database.transaction() as other:
        await other.execute(text("SELECT FROM tally WHERE key = 'second' FOR UPDATE"))
        async with running(workshop.consumer({WidgetMade: effect(count, batch=True)})):
            await eventually(
                lambda: workshop.is_so("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 60, "the batch waits"
            )
            await other.execute(text("SELECT FROM tally WHERE key = 'first' FOR UPDATE"))
            await other.commit()
            await eventually(lambda: workshop.is_so("SELECT min(events) = 4 FROM tally"), 60, "all is counted")

    assert runs == [4, 2, 2]
    assert await workshop.rows("SELECT key, events FROM tally ORDER BY key") == [("first", 4), ("second", 4)]


async def test_sql_of_ours_that_is_wrong_stops_the_consumer_and_parks_nothing(workshop: Workshop) -> None:
    async def misspelled(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await session.execute(text("INSERT INTO aplied VALUES (1)"))

    await record_some(workshop, 12)
    await workshop.send_all()

    with pytest.raises(ConsumerStopped, match="our own SQL is wrong"):
        async with asyncio.timeout(60):
            await workshop.consumer({WidgetMade: effect(misspelled)}).run(asyncio.Event())

    assert await workshop.value("SELECT count(*) FROM parked_key") == 0
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 12)


async def test_many_newly_parked_keys_stop_the_consumer_before_they_are_parked(workshop: Workshop) -> None:
    async def broken(session: AsyncSession, received: Received[WidgetMade]) -> None:
        raise ValueError("a bug of ours")

    widgets = [a_widget(event_key=key) for key in keys_on(0, 30)]
    await workshop.record_many([(widget, made(widget)) for widget in widgets])
    await workshop.send_all()

    with pytest.raises(ConsumerStopped, match="a bug of ours"):
        async with asyncio.timeout(60):
            await workshop.consumer({WidgetMade: effect(broken)}).run(asyncio.Event())

    assert await workshop.value("SELECT count(*) FROM parked_key") == 0
    async with running(workshop.consumer(NOTE_ALL)):
        await assert_applied_once(workshop, 30)


async def test_a_kafka_client_that_brings_nothing_is_given_up(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_CHECK_EVERY_SECONDS", 0.2)
    monkeypatch.setattr(consumer_module, "_STUCK_AFTER_SECONDS", 1.0)
    await record_some(workshop, 12)
    await workshop.send_all()
    consumer = workshop.consumer()
    run = asyncio.create_task(consumer.run(asyncio.Event()))
    await workshop.until_applied(12)

    consumer._kafka.pause(*consumer._kafka.assignment())
    await record_some(workshop, 12)
    await workshop.send_all()

    with pytest.raises(ConsumerStuck, match="events wait"):
        await asyncio.wait_for(run, 60)
    async with running(consumer):
        await assert_applied_once(workshop, 24)
