"""Due work is done once each, by however many workers, and once after a downtime."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import system_clock
from shared.context import current_cause
from shared.database import Database
from shared.testing.postgres import TestPostgres, clone, template_database
from shared.timers import LIMIT, DatabaseTime, Timer, keep_running, run_due

TASKS = "CREATE TABLE task (id int PRIMARY KEY, due_at timestamptz NOT NULL, done int NOT NULL DEFAULT 0)"

_DUE = text("SELECT id FROM task WHERE done = 0 AND due_at <= :now ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED")


@pytest.fixture(scope="session")
def timers_url(postgres_server: TestPostgres) -> str:
    def migrate(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(TASKS)

    return clone(postgres_server, template_database(postgres_server, "timers", migrate))


@pytest_asyncio.fixture
async def database(timers_url: str) -> AsyncIterator[Database]:
    with psycopg.connect(timers_url) as connection:
        connection.execute("TRUNCATE task")
    database = Database(timers_url, service="timers")
    yield database
    await database.close()


async def a_number_of_tasks(database: Database, many: int, due: str = "1 hour ago") -> None:
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO task SELECT n, now() + CAST(:due AS interval) FROM generate_series(1, :many) AS n"),
            {"many": many, "due": f"-{due.removesuffix(' ago')}" if due.endswith("ago") else due},
        )


async def done(database: Database) -> list[int]:
    async with database.session() as session:
        return list((await session.execute(text("SELECT done FROM task ORDER BY id"))).scalars())


async def do_due(session: AsyncSession, now: datetime, limit: int) -> int:
    ids = list((await session.execute(_DUE, {"now": now, "limit": limit})).scalars())
    await asyncio.sleep(0.01)
    await session.execute(text("UPDATE task SET done = done + 1 WHERE id = ANY(:ids)"), {"ids": ids})
    return len(ids)


TIMER = Timer("do_due", every=timedelta(milliseconds=20), run=do_due)


async def test_two_runners_take_each_due_row_once(database: Database) -> None:
    await a_number_of_tasks(database, 5 * LIMIT + 7)

    taken = await asyncio.gather(*(run_due(TIMER, database) for _ in range(2)))

    assert sum(taken) == 5 * LIMIT + 7
    assert min(taken) > 0, "both had a share"
    assert set(await done(database)) == {1}


async def test_what_is_not_due_yet_waits(database: Database) -> None:
    await a_number_of_tasks(database, 3, due="1 hour")

    assert await run_due(TIMER, database) == 0
    assert await run_due(TIMER, database, clock=lambda: system_clock() + timedelta(hours=2)) == 3


async def test_now_is_the_databases_time(database: Database) -> None:
    seen: list[datetime] = []

    async def look(session: AsyncSession, now: datetime, limit: int) -> int:
        seen.append(now - (await session.execute(text("SELECT now()"))).scalar_one())
        return 0

    await run_due(Timer("look", every=timedelta(1), run=look), database)
    await run_due(Timer("look", every=timedelta(1), run=look), database, clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    assert abs(seen[0]) < timedelta(seconds=1)
    assert seen[1] > timedelta(days=365)


async def test_the_databases_time_goes_on_without_being_asked_again(database: Database) -> None:
    kept = DatabaseTime()
    async with database.transaction() as session:
        first = await kept.now(session)
        await session.execute(text("SELECT pg_sleep(0.05)"))
        now = await kept.now(AsyncSession())  # asked of a session without a database this would fail
        differs = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one() - now

    assert now - first >= timedelta(milliseconds=50)
    assert timedelta() <= differs < timedelta(seconds=1)


async def test_a_failing_batch_is_rolled_back_and_the_ones_before_it_stay(database: Database) -> None:
    await a_number_of_tasks(database, LIMIT + 1)

    async def fail_at_the_end(session: AsyncSession, now: datetime, limit: int) -> int:
        taken = await do_due(session, now, limit)
        if taken < limit:
            raise ValueError("the last batch fails")
        return taken

    with pytest.raises(ValueError, match="the last batch"):
        await run_due(Timer("fail", every=timedelta(1), run=fail_at_the_end), database)

    assert await done(database) == [1] * LIMIT + [0]


async def test_a_timer_looks_again_until_told_to_stop(database: Database) -> None:
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_running(TIMER, database, clock=system_clock, stopping=stopping))
    for first in (1, 2):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO task VALUES (:id, now())"), {"id": first})
        async with asyncio.timeout(5):
            while await done(database) != [1] * first:  # noqa: ASYNC110  # the row is the only sign
                await asyncio.sleep(0.01)

    stopping.set()
    await asyncio.wait_for(task, 5)


async def test_the_system_acts_in_a_chain_of_its_own(database: Database) -> None:
    before, seen = current_cause(), list[Any]()

    async def look(session: AsyncSession, now: datetime, limit: int) -> int:
        seen.append(current_cause())
        return 0

    for _ in range(2):
        await run_due(Timer("look", every=timedelta(1), run=look), database)

    assert [cause.actor for cause in seen] == ["system:timers"] * 2
    assert seen[0].correlation_id != seen[1].correlation_id
    assert current_cause() == before
