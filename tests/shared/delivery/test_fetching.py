"""Fetching ahead: with a few messages at once, every fetch is full and the next one is under way while it is taken."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    PARTITIONS,
    WidgetMade,
    Workshop,
    a_widget,
    assert_applied_once,
    counted,
    eventually,
    is_,
    keys_on,
    made,
    note,
    running,
)

from shared.delivery import fetching
from shared.delivery.handlers import effect
from shared.events.base import Received
from shared.testing.postgres import TestPostgres


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_RECORDS", 4)


async def test_a_backlog_is_taken_once_and_in_order(workshop: Workshop) -> None:
    await _backlog(workshop, 240)

    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 240)


async def test_a_gap_found_while_the_next_are_there_already_skips_none_of_them(workshop: Workshop) -> None:
    await _backlog(workshop, 240, places=1)  # A restored database shows where something still comes.
    before = counted("witness_seeks_total")
    is_restored = asyncio.Event()

    async def restore_on_the_way(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await note(session, received)
        if not is_restored.is_set() and (await session.execute(_MANY)).scalar_one():
            is_restored.set()
            restoring.append(asyncio.create_task(_restore(workshop)))

    restoring: list[asyncio.Task[None]] = []
    async with running(workshop.consumer({WidgetMade: effect(restore_on_the_way)})):
        await eventually(lambda: is_(bool(restoring) and restoring[0].done()), 60, "the database is restored")
        await assert_applied_once(workshop, 240)
    assert counted("witness_seeks_total") > before


async def test_what_was_fetched_ahead_of_a_lost_transaction_comes_again(
    workshop: Workshop, postgres_server: TestPostgres
) -> None:
    await _backlog(workshop, 240)
    losses = [60, 120, 180]

    async def lose_the_session(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await note(session, received)
        if losses and (await session.execute(_HOW_MANY)).scalar_one() >= losses[0]:
            losses.pop(0)
            own = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [own])

    async with running(workshop.consumer({WidgetMade: effect(lose_the_session)})):
        await assert_applied_once(workshop, 240)
    assert not losses
    assert await workshop.value("SELECT count(*) FROM parked_event") == 0


async def test_a_member_that_joins_and_leaves_takes_over_nothing_that_was_fetched_ahead(workshop: Workshop) -> None:
    await _backlog(workshop, 480)

    async with running(workshop.consumer()):
        await workshop.until_applied(20)
        async with running(workshop.consumer()):
            await workshop.until_applied(160)
        await assert_applied_once(workshop, 480)


_HOW_MANY = text("SELECT count(*) FROM applied")
_MANY = text("SELECT count(*) >= 100 FROM applied")


async def _backlog(workshop: Workshop, events: int, *, places: int = PARTITIONS) -> None:
    """Leave events of ten widgets in each of some partitions to be taken."""
    widgets = [a_widget(event_key=key) for number in range(places) for key in keys_on(number, 10)]
    await workshop.record_many([(widgets[n % len(widgets)], made(widgets[0], n)) for n in range(events)])
    await workshop.send_all()


async def _restore(workshop: Workshop) -> None:
    """Set the consumer's database back to its beginning."""
    async with workshop.database.transaction() as session:
        await session.execute(text("UPDATE witness SET next_offset = 0"))
        await session.execute(text("DELETE FROM inbox"))
        await session.execute(text("DELETE FROM applied"))
