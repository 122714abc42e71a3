from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from shared.audit import trail
from shared.clock import system_clock
from shared.database import Database, sqlalchemy_url
from shared.ids import new_id
from shared.schema import SHARED
from shared.testing.postgres import TestPostgres, clone, template_database
from shared.testing.statements import statements


def _migrate(url: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(SHARED)
    engine.dispose()


@pytest_asyncio.fixture
async def database(postgres_server: TestPostgres) -> AsyncIterator[Database]:
    url = clone(postgres_server, template_database(postgres_server, "audit", _migrate), suffix="_audit")
    database = Database(url, service="audit-test")
    yield database
    await database.close()


async def _record(database: Database, count: int) -> None:
    async with database.transaction() as session:
        for number in range(count):
            await trail.record(session, "test.done", kind="test", id=new_id(), reason="因为", facts={"number": number})


async def _seal(database: Database, limit: int = 100) -> int:
    async with database.transaction() as session:
        return await trail.seal(session, system_clock(), limit)


async def _unsealed_seconds(database: Database) -> float:
    async with database.session() as session:
        return await trail.unsealed_seconds(session)


async def _verify(database: Database) -> trail.Verdict:
    async with database.session() as session:
        return await trail.verify(session)


def _tamper(database: Database, statement: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.execute("ALTER TABLE audit_seal DISABLE TRIGGER ALL")
        connection.execute(statement)


async def test_sealed_entries_verify_and_the_rest_is_reported(database: Database) -> None:
    await _record(database, 5)
    assert await _seal(database, limit=3) == 3

    verdict = await _verify(database)

    assert (verdict.checked, verdict.unsealed, verdict.breaks) == (3, 2, [])


async def test_an_entry_that_commits_late_is_sealed_later(database: Database) -> None:
    async with database.session() as slow:
        await trail.record(slow, "test.slow", kind="test", id=new_id())
        await _record(database, 2)
        assert await _seal(database) == 2
        await slow.commit()

    assert await _seal(database) == 1
    assert (await _verify(database)).breaks == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit_entry SET reason = 'another' WHERE id = 2", "entry 2 was changed"),
        ("DELETE FROM audit_entry WHERE id = 2", "entry 2 was removed"),
        ("DELETE FROM audit_seal WHERE seq = 2", "seals 2 to 2 are missing"),
    ],
)
async def test_tampering_is_found(database: Database, statement: str, sentence: str) -> None:
    await _record(database, 3)
    await _seal(database)

    _tamper(database, statement)

    assert any(sentence in found for found in (await _verify(database)).breaks)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry"])
async def test_the_trail_cannot_be_changed_by_the_application(database: Database, statement: str) -> None:
    await _record(database, 1)

    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_a_backlog_of_hours_is_sealed_whole(database: Database) -> None:
    await _record(database, 5)
    _tamper(
        database, "UPDATE audit_entry SET recorded_at = recorded_at - interval '3 hours' + id * interval '1 minute'"
    )

    assert [await _seal(database, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert (await _verify(database)).unsealed == 0


async def test_entries_are_sealed_though_the_clock_went_back(database: Database) -> None:
    await _record(database, 1)
    _tamper(database, "UPDATE audit_entry SET recorded_at = recorded_at + interval '1 hour'")
    await _seal(database)
    await _record(database, 1)

    assert await _seal(database) == 1


async def test_an_idle_trail_costs_one_statement(database: Database) -> None:
    await _record(database, 3)
    await _seal(database)
    _tamper(database, "UPDATE audit_seal SET sealed_at = sealed_at - interval '1 hour'")

    with statements(database) as asked:
        assert await _seal(database) == 0
    assert len(asked) == 1

    await _record(database, 1)
    assert await _seal(database) == 1


async def test_how_long_the_oldest_entry_waits_for_its_seal(database: Database) -> None:
    assert await _unsealed_seconds(database) == 0
    await _record(database, 2)
    await _seal(database)
    assert await _unsealed_seconds(database) == 0
    await _record(database, 1)
    _tamper(database, "UPDATE audit_entry SET recorded_at = recorded_at - interval '90 seconds' WHERE id = 3")

    assert 90 <= await _unsealed_seconds(database) < 120
