"""A relay that freezes and a broker that hangs: somebody goes on within seconds, nothing is lost, order holds."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
from records import versions_of
from widgets import TOPICS, Widget, Workshop, a_widget, eventually, made, moved, running

from local_stack import kafka
from shared.database import Database
from shared.delivery import topics

RELAY_PROGRAM = """
import asyncio, sys
from shared.database import Database
from shared.delivery.relay import Relay
url, bootstrap, prefix = sys.argv[1:]
async def run():
    database = Database(url, service="widgets")
    await Relay(database=database, kafka_bootstrap=bootstrap, topic_prefix=prefix).run(asyncio.Event())
asyncio.run(run())
"""


@asynccontextmanager
async def relay_process(workshop: Workshop) -> AsyncIterator[Process]:
    arguments = [workshop.database.url, workshop.bootstrap, workshop.prefix]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", RELAY_PROGRAM, *arguments, stdout=DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def writing(workshop: Workshop, widgets: list[Widget]) -> AsyncIterator[None]:
    """Record on the widgets in turn all the while."""
    stopping = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stopping.is_set():
            number += 1
            await workshop.record_many([(widget, moved(widget, number)) for widget in widgets])
            await asyncio.sleep(0.01)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        stopping.set()
        await task


async def assert_all_sent_in_order(workshop: Workshop, widgets: list[Widget]) -> None:
    await workshop.until_sent()
    found = versions_of(await workshop.published())
    assert found == {widget.id: list(range(1, widget.version + 1)) for widget in widgets}


async def test_a_frozen_leader_loses_its_lock_and_does_no_harm_when_it_thaws(workshop: Workshop) -> None:
    widgets = [a_widget() for _ in range(3)]
    await workshop.record_many([(widget, made(widget)) for widget in widgets])
    async with relay_process(workshop) as leader:
        await workshop.until_sent()
        async with running(workshop.relay()):
            async with writing(workshop, widgets):
                leader.send_signal(signal.SIGSTOP)
                frozen_at = time.monotonic()
                await asyncio.sleep(2)
                assert not await _drains(workshop), "nobody else sends while the lock is held"
                await eventually(lambda: _drains(workshop), 25, "another relay leads")
                assert time.monotonic() - frozen_at > 8, "it was the silence that cost the lock"
                leader.send_signal(signal.SIGCONT)
                await asyncio.sleep(1)
            await assert_all_sent_in_order(workshop, widgets)
            assert leader.returncode is None, "the thawed relay waits for its next turn"


async def _drains(workshop: Workshop) -> bool:
    return bool(await workshop.value("SELECT coalesce(max(clock_timestamp() - recorded_at) < '1 s', true) FROM outbox"))


@pytest_asyncio.fixture
async def own_broker(database: Database, tmp_path: Path) -> AsyncIterator[tuple[Workshop, kafka.KafkaBroker]]:
    broker = await asyncio.to_thread(kafka.start, tmp_path / "kafka")
    try:
        assert await topics.create(broker.bootstrap_servers, topics=TOPICS) == []
        yield Workshop(database, broker.bootstrap_servers, prefix=""), broker
    finally:
        broker.process.send_signal(signal.SIGCONT)
        broker.kill()


async def test_a_producer_is_replaced_while_the_broker_hangs(own_broker: tuple[Workshop, kafka.KafkaBroker]) -> None:
    workshop, broker = own_broker
    widgets = [a_widget() for _ in range(3)]
    await workshop.record_many([(widget, made(widget)) for widget in widgets])
    relay = workshop.relay(round_seconds=1.0)
    async with running(relay):
        await workshop.until_sent()
        before = relay._producer
        async with writing(workshop, widgets):
            broker.process.send_signal(signal.SIGSTOP)
            await eventually(lambda: _is_another(relay._producer, before), 30, "the producer was thrown away")
            assert relay.problems(), "readiness says that events do not leave"
            await asyncio.sleep(3)
            broker.process.send_signal(signal.SIGCONT)
            await eventually(lambda: _drains(workshop), 40, "events leave again")
        await assert_all_sent_in_order(workshop, widgets)
        assert relay.problems() == []


async def _is_another(producer: object, before: object) -> bool:
    return producer is not before
