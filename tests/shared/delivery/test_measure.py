"""What only the database knows is measured, whoever holds or forgot it, by a role without further rights."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg.conninfo import conninfo_to_dict
from widgets import SERVICE, Workshop

from shared.audit import trail
from shared.clock import system_clock
from shared.database import Database
from shared.delivery.measure import Measure, held_since
from shared.ids import new_id
from shared.testing.postgres import TestPostgres


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels or {"service": SERVICE})


@pytest.fixture
def other_role(postgres_server: TestPostgres, database: Database) -> Iterator[psycopg.Connection]:
    """A session of somebody else in the widgets' database, who reads one and the same state of it."""
    name = str(conninfo_to_dict(database.url)["dbname"])
    with psycopg.connect(postgres_server.url(name)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


async def test_a_snapshot_of_another_role_is_noticed_and_its_end_too(
    database: Database, other_role: psycopg.Connection
) -> None:
    measure = Measure(database)
    await asyncio.to_thread(other_role.execute, "SELECT count(*) FROM widget")

    await measure.measure(1000.0)
    await measure.measure(1700.0)
    assert gauge("oldest_snapshot_seconds") == 700

    other_role.rollback()
    await measure.measure(1800.0)
    assert gauge("oldest_snapshot_seconds") == 0


async def test_a_transaction_that_wrote_and_rests_is_noticed(
    database: Database, other_role: psycopg.Connection
) -> None:
    measure = Measure(database)
    other_role.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    await asyncio.to_thread(other_role.execute, "INSERT INTO tally VALUES ('held', 1)")

    await measure.measure(0.0)
    await measure.measure(60.0)

    assert gauge("oldest_snapshot_seconds") == 60
    other_role.rollback()


def test_a_holder_that_moves_on_begins_anew() -> None:
    first = held_since({}, [(1, "700"), (2, "700")], 10)
    second = held_since(first, [(1, "701"), (2, "700")], 20)

    assert first == {(1, "700"): 10, (2, "700"): 10}
    assert second == {(1, "701"): 20, (2, "700"): 10}


async def test_parked_keys_and_events_are_counted_and_go_back_to_nothing(workshop: Workshop) -> None:
    measure = Measure(workshop.database)
    await workshop.change("INSERT INTO parked_key (consumer, topic, key, reason) VALUES (:c, 't', 'k', 'r')", c=SERVICE)
    for offset in (1, 2):
        await workshop.change(
            'INSERT INTO parked_event (consumer, topic, key, partition, "offset", headers, error)'
            " VALUES (:c, 't', 'k', 0, :offset, '{}', 'e')",
            c=SERVICE,
            offset=offset,
        )

    await measure.measure(0.0)
    assert gauge("parked_keys", consumer=SERVICE) == 1
    assert gauge("parked_events", consumer=SERVICE) == 2

    await workshop.change("TRUNCATE parked_key, parked_event")
    await measure.measure(1.0)
    assert gauge("parked_keys", consumer=SERVICE) == gauge("parked_events", consumer=SERVICE) == 0


async def test_audit_entries_without_a_seal_show_their_age(database: Database) -> None:
    measure = Measure(database)
    async with database.transaction() as session:
        await trail.record(session, "widget.made", kind="widget", id=new_id())
    await asyncio.sleep(0.05)

    await measure.measure(0.0)
    assert 0.05 <= (gauge("audit_unsealed_seconds") or 0) < 60

    async with database.transaction() as session:
        await trail.seal(session, system_clock(), 100)
    await measure.measure(1.0)
    assert gauge("audit_unsealed_seconds") == 0
