"""What the gateway keeps only for a time, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from gateway import housekeeping
from gateway.housekeeping import TIMERS, Housekeeping
from gateway.oauth_tokens import queries
from shared.database import Database
from shared.ids import new_id
from shared.timers import run_due

_CLIENT = text(
    "INSERT INTO oauth_client (client_id, channel_id, name, jwks, scopes, plan, status, registered_by, created_at,"
    " changed_at) VALUES (:id, :id, '某银行', '{}', '{}', 'standard', 'active', 'staff', now(), now())"
)
_KEY = text(
    "INSERT INTO idempotency_key (caller, operation, key, fingerprint, status, headers, body, created_at)"
    " VALUES (:caller, 'POST /x', :key, '', 201, '{}', '', now() - CAST(:age AS interval))"
)


@pytest_asyncio.fixture
async def database(gateway_database: str) -> AsyncIterator[Database]:
    database = Database(gateway_database, service="gateway")
    yield database
    await database.close()


async def test_assertions_are_forgotten_an_hour_after_they_expired_and_not_before(database: Database) -> None:
    client, now = new_id(), datetime.now(UTC)
    async with database.transaction() as session:
        await session.execute(_CLIENT, {"id": client})
        for number in range(150):
            at = now - timedelta(minutes=61)
            assert await queries.use_once(session, client_id=client, jti=f"old-{number}", expires_at=at)
        await queries.use_once(session, client_id=client, jti="late", expires_at=now - timedelta(minutes=59))

    await run_due(TIMERS[0], database)

    assert await known(database, client) == ["late"]


async def known(database: Database, client: UUID) -> list[str]:
    async with database.session() as session:
        found = await session.execute(text("SELECT jti FROM used_assertion WHERE client_id = :id"), {"id": client})
        return list(found.scalars())


async def test_idempotency_records_are_forgotten_after_their_week(database: Database) -> None:
    caller = str(new_id())
    async with database.transaction() as session:
        await session.execute(_KEY, {"caller": caller, "key": "old", "age": "7 days 1 minute"})
        await session.execute(_KEY, {"caller": caller, "key": "young", "age": "6 days"})

    await run_due(TIMERS[1], database)

    async with database.session() as session:
        kept = await session.execute(text("SELECT key FROM idempotency_key WHERE caller = :who"), {"who": caller})
        assert list(kept.scalars()) == ["young"]


async def test_it_outlives_a_database_that_is_away_and_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    away = Database("postgresql://nobody:x@127.0.0.1:1/gateway", service="gateway")
    put_off = asyncio.Event()
    monkeypatch.setattr(housekeeping.log, "warning", lambda *_args, **_facts: put_off.set())
    keeping = Housekeeping(away)

    await keeping.start()
    await asyncio.wait_for(put_off.wait(), 10)
    await asyncio.wait_for(keeping.stop(), 5)
    await away.close()
