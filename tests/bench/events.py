"""Events from a committed change to its committed effect in another database, against writing rows directly."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg
from run.system import System
from tests.bench.event_worker import PREFIX, SINK, SINK_TABLE, SOURCE, SOURCE_TABLE, Sample

from local_stack import databases, postgres, processes
from shared.database import Database
from shared.delivery import outbox, topics
from shared.events.interaction_log import InteractionRecorded
from shared.events.topics import TOPICS
from shared.ids import new_id
from shared.schema import SHARED_V1

RATE, SECONDS = 200, 10
#: Changes made at the same time; where the machine is slower than the rate they begin later, which no delay contains.
AT_ONCE = 10
ROUNDS, EVENTS, BATCH = 3, 10_000, 500
WITHIN_SECONDS = 120
# Commit times are what is measured, so PostgreSQL has to keep them.
SETTINGS = {**postgres.DURABLE, "track_commit_timestamp": "on"}
COMMITTED_AT = "SELECT id, pg_xact_commit_timestamp(xmin) FROM sample"
EFFECTIVE_AT = "SELECT sample_id, pg_xact_commit_timestamp(xmin) FROM effect"


@dataclass(frozen=True)
class Bench:
    """The two databases of the measurement: where changes are made, and where they have their effect."""

    source: Database
    sink_url: str


async def measure(system: System, folder: Path) -> dict[str, float]:
    """Return delays in milliseconds at a steady rate, and rows per second drained and written directly."""
    async with _started(system, folder) as bench:
        await _steady(bench, RATE, 2)  # connections and statements become warm
        delays = await _steady(bench, RATE, SECONDS)
        drained, direct = [], []
        for _ in range(ROUNDS):
            direct.append(await asyncio.to_thread(_write_directly, bench.sink_url))
            drained.append(await _drain(bench))
    return {
        "p50_ms": delays[len(delays) // 2],
        "p99_ms": delays[len(delays) * 99 // 100],
        "drained_per_second": median(drained),
        "direct_per_second": median(direct),
    }


async def _steady(bench: Bench, rate: int, seconds: int) -> list[float]:
    """Record one event each 1/rate s in a transaction of its own; return all delays in ms, sorted."""
    _clear(bench)
    began, tasks = time.perf_counter(), []
    free = asyncio.Semaphore(AT_ONCE)
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await free.acquire()
        tasks.append(asyncio.create_task(_record(bench.source, 1)))
        tasks[-1].add_done_callback(lambda _: free.release())
    await asyncio.gather(*tasks)
    return sorted(await _delays(bench, rate * seconds))


async def _drain(bench: Bench) -> float:
    """Record many events in one transaction; return how many a second had their effect from its commit on."""
    _clear(bench)
    await _record(bench.source, EVENTS)
    return EVENTS / (max(await _delays(bench, EVENTS)) / 1000)


async def _record(database: Database, count: int) -> None:
    samples = [Sample(event_key=new_id()) for _ in range(count)]
    async with database.transaction() as session:
        session.add_all(samples)
        await outbox.record_many(session, [(sample, _event(sample)) for sample in samples])


def _event(sample: Sample) -> InteractionRecorded:
    return InteractionRecorded(
        occurred_at=datetime.now(UTC),
        interaction_id=sample.id,
        client_id=sample.event_key,
        kind="call",
        direction="outbound",
        is_reached=True,
    )


async def _delays(bench: Bench, count: int) -> list[float]:
    """Wait until all have had their effect; return milliseconds from commit to commit."""
    deadline = time.monotonic() + WITHIN_SECONDS
    with psycopg.connect(bench.sink_url, autocommit=True) as sink, psycopg.connect(bench.source.url) as source:
        while (done := sink.execute("SELECT count(*) FROM effect").fetchall()[0][0]) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{done} of {count} events had their effect within {WITHIN_SECONDS} s")
            await asyncio.sleep(0.5)
        committed: dict[UUID, datetime] = dict(source.execute(COMMITTED_AT).fetchall())
        effective: dict[UUID, datetime] = dict(sink.execute(EFFECTIVE_AT).fetchall())
    return [(effective[id] - at).total_seconds() * 1000 for id, at in committed.items()]


def _write_directly(url: str) -> float:
    """Write as many rows as events into the same table in batches, a transaction each; return rows per second."""
    rows = [(new_id(), new_id(), "call") for _ in range(EVENTS)]
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE effect")
        connection.commit()
        began = time.perf_counter()
        for first in range(0, EVENTS, BATCH):
            columns = [list(column) for column in zip(*rows[first : first + BATCH], strict=True)]
            connection.execute("INSERT INTO effect SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[])", columns)
            connection.commit()
        return EVENTS / (time.perf_counter() - began)


def _clear(bench: Bench) -> None:
    for url, table in ((bench.source.url, "sample"), (bench.sink_url, "effect")):
        with psycopg.connect(url) as connection:
            connection.execute(f"TRUNCATE {table}".encode())


@asynccontextmanager
async def _started(system: System, folder: Path) -> AsyncIterator[Bench]:
    server = await asyncio.to_thread(partial(postgres.start, folder, settings=SETTINGS, tied=False))
    workers: list[asyncio.subprocess.Process] = []
    try:
        source = Database(_database(server, "source", SOURCE_TABLE), service=SOURCE)
        sink_url = _database(server, "sink", SINK_TABLE)
        wanted = [topic for topic in TOPICS if topic.name.partition(".")[0] in (SOURCE, SINK)]
        problems = await topics.create(system.kafka, topics=wanted, prefix=PREFIX)
        assert not problems, problems
        for side, url in (("source", source.url), ("sink", sink_url)):
            workers.append(await _start_worker(side, url, system.kafka))
        yield Bench(source, sink_url)
        await source.close()
    finally:
        for worker in workers:
            worker.terminate()
        await asyncio.gather(*(worker.wait() for worker in workers))
        await asyncio.to_thread(server.stop)


def _database(server: postgres.PostgresServer, name: str, table: str) -> str:
    databases.ensure_role(server.url(), role=name, password=name)
    databases.ensure_database(server.url(), database=name, owner=name)
    url = server.url(name, user=name, password=name)
    with psycopg.connect(url) as connection:
        connection.execute((SHARED_V1 + table).encode())
    return url


async def _start_worker(side: str, url: str, kafka: str) -> asyncio.subprocess.Process:
    command = processes.tied_to_parent([sys.executable, "-m", "tests.bench.event_worker", side])
    worker = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "URL": url, "KAFKA": kafka}
    )
    assert worker.stdout is not None
    await asyncio.wait_for(worker.stdout.readline(), 60)
    return worker
