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
from shared.schema import SHARED_V1
from shared.testing.postgres import TestPostgres, clone, template_database


def _migrate(url: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(SHARED_V1)
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
