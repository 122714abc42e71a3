"""One session leads; one that falls silent loses the lead; one that waits shows signs of life."""

import asyncio

import psycopg
import pytest

from shared.database import Database
from shared.delivery import leadership
from shared.delivery.leadership import become_leader, execute, session, stay_leader

NEVER = asyncio.Event()


async def leads(connection: leadership.Session) -> bool:
    """Try once to become the leader."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(0.3, stopping.set)
    return await become_leader(connection, stopping)


async def test_one_of_two_leads_and_the_other_follows_when_it_ends(database: Database) -> None:
    async with session(database.url, application="second") as second:
        async with session(database.url, application="first") as first:
            assert await leads(first)
            assert not await leads(second)
            waiting = asyncio.create_task(become_leader(second, NEVER))
        assert await asyncio.wait_for(waiting, 10)


async def test_a_session_that_falls_silent_loses_the_lead(database: Database) -> None:
    async with session(database.url, application="silent") as silent:
        assert (await execute(silent, "SHOW idle_session_timeout"))[0] == ("10s",)
        assert await leads(silent)
        await execute(silent, "SET idle_session_timeout = '300ms'")
        await asyncio.sleep(1)

        with pytest.raises(psycopg.OperationalError):
            await execute(silent, "SELECT 1")
        async with session(database.url, application="other") as other:
            assert await leads(other)


async def test_a_leader_that_waits_for_kafka_keeps_the_lead(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "_SIGN_OF_LIFE_SECONDS", 0.1)
    async with session(database.url, application="waiting") as waiting:
        assert await leads(waiting)
        await execute(waiting, "SET idle_session_timeout = '500ms'")

        assert await stay_leader(waiting, asyncio.sleep(1.5, "sent"), seconds=10) == "sent"

        assert await execute(waiting, "SELECT 1") == [(1,)]


async def test_work_that_takes_too_long_is_given_up(database: Database) -> None:
    async with session(database.url, application="patient") as patient:
        work = asyncio.ensure_future(asyncio.sleep(60))
        with pytest.raises(TimeoutError):
            await stay_leader(patient, work, seconds=0.2)
        await asyncio.wait([work], timeout=1)
        assert work.cancelled()


async def test_work_ends_with_the_session(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "_SIGN_OF_LIFE_SECONDS", 0.1)
    async with session(database.url, application="lost") as lost:
        pid = (await execute(lost, "SELECT pg_backend_pid()"))[0][0]
        work = asyncio.ensure_future(asyncio.sleep(60))
        async with session(database.url, application="killer") as killer:
            await execute(killer, "SELECT pg_terminate_backend(%s)", [pid])

        with pytest.raises(psycopg.OperationalError):
            await stay_leader(lost, work, seconds=30)
        await asyncio.wait([work], timeout=1)
        assert work.cancelled()
