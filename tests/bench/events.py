"""Events from a committed change to its committed effect in another database, against writing rows directly."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from tests.bench import backbone, machine
from tests.bench.event_worker import PREFIX, READY, SINK, SINK_TABLE, SOURCE, SOURCE_TABLE, Sample

from local_stack import databases, kafka, postgres, processes
from shared.audit import trail
from shared.context import SYSTEM
from shared.database import Database
from shared.delivery import outbox, topics
from shared.delivery.envelope import headers
from shared.events.topics import TOPICS
from shared.ids import new_id
from shared.schema import SHARED

RATE, SECONDS = 200, 10
#: Connections that make changes; where the machine is slower than the rate they begin later, which no delay contains.
AT_ONCE = 4
ROUNDS, EVENTS, BATCH = 3, 10_000, 500
#: An import as fast as a bulk endpoint takes it, and what users do meanwhile.
IMPORT_CHUNK, CHUNKS_PER_SECOND, LIVE_RATE = 1_000, 2, 20
WRITES = 1_000
WITHIN_SECONDS = 120
# Commit times are what is measured, so PostgreSQL has to keep them.
SETTINGS = {**postgres.DURABLE, "track_commit_timestamp": "on"}
COMMITTED_AT = "SELECT id, pg_xact_commit_timestamp(xmin) FROM sample"
CHANGE = """
WITH changed AS (INSERT INTO sample VALUES (%(aggregate_id)s, 1, %(key)s::uuid))
INSERT INTO outbox (event_id, topic, key, type, aggregate_id, aggregate_version, headers, payload)
VALUES (%(event_id)s, %(topic)s, %(key)s, %(type)s, %(aggregate_id)s, 1, %(headers)s, convert_to(%(payload)s, 'UTF8'))
"""
EFFECTIVE_AT = "SELECT sample_id, pg_xact_commit_timestamp(xmin) FROM effect"


@dataclass(frozen=True)
class Bench:
    """The two databases of the measurement: where changes are made, and where they have their effect."""

    source: Database
    sink_url: str


async def measure(folder: Path) -> dict[str, float]:
    """Return delays in milliseconds, and rows, events and changes per second; on servers of its own."""
    broker = await asyncio.to_thread(kafka.start, folder / "kafka")
    try:
        return await _measure(folder, broker.bootstrap_servers)
    finally:
        await asyncio.to_thread(broker.stop)


async def _measure(folder: Path, bootstrap: str) -> dict[str, float]:
    async with _servers(bootstrap, folder / "postgres") as bench:
        async with _workers(bench, bootstrap, folder):
            await _steady(bench, RATE, 2)  # connections and statements become warm
            delays = await _steady(bench, RATE, SECONDS)
            live = await _live_during_an_import(bench)
            drained, direct, loops = [], [], []
            for _ in range(ROUNDS):
                loops.append(await asyncio.to_thread(machine.loops_ms))
                direct.append(await asyncio.to_thread(_write_directly, bench.sink_url))
                drained.append(await _drain(bench))
        plain, recorded = [], []
        for _ in range(ROUNDS):
            plain.append(await _changes(bench, with_event=False))
            recorded.append(await _changes(bench, with_event=True))
        loops.append(await asyncio.to_thread(machine.loops_ms))
        alone = await backbone.measure(bench.source.url, bench.sink_url, bootstrap)
    return {
        "p50_ms": delays[len(delays) // 2],
        "p99_ms": delays[len(delays) * 99 // 100],
        "live_p50_ms": live[len(live) // 2],
        "live_p99_ms": live[len(live) * 99 // 100],
        "drained_per_second": median(drained),
        "direct_per_second": median(direct),
        "changes_per_second": median(plain),
        "recorded_per_second": median(recorded),
        "loop_ms": median(alone_ms for alone_ms, _ in loops),
        "loops_ms": median(all_ms for _, all_ms in loops),
        **alone,
    }


async def _steady(bench: Bench, rate: int, seconds: int) -> list[float]:
    """Make a change with its event each 1/rate s in a transaction of its own; return all delays in ms, sorted."""
    _clear(bench)
    await _make_changes(bench, rate, seconds)
    return sorted((await _delays(bench, rate * seconds)).values())


async def _make_changes(bench: Bench, rate: int, seconds: int) -> list[UUID]:
    """Make the changes, one statement each, so that whoever makes them hardly uses the machine; return their ids."""
    free: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()
    for _ in range(AT_ONCE):
        free.put_nowait(await psycopg.AsyncConnection.connect(bench.source.url, autocommit=True))
    began, made, tasks = time.perf_counter(), list[UUID](), list[asyncio.Task[None]]()

    async def make(connection: psycopg.AsyncConnection, change: dict[str, object]) -> None:
        await connection.execute(CHANGE, change)
        free.put_nowait(connection)

    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        change = _change()
        made.append(change["aggregate_id"])
        tasks.append(asyncio.create_task(make(await free.get(), change)))
    await asyncio.gather(*tasks)
    for _ in range(AT_ONCE):
        await free.get_nowait().close()
    return made


def _change() -> dict[str, Any]:
    event, event_id, key = backbone.example(), new_id(), str(new_id())
    id = event.interaction_id
    head = headers(event, id=event_id, aggregate_id=id, version=1, key=key, cause=SYSTEM)
    told = {"topic": event.topic(), "type": event.type, "headers": json.dumps(head), "payload": event.model_dump_json()}
    return {"event_id": event_id, "aggregate_id": id, "key": key, **told}


async def _live_during_an_import(bench: Bench) -> list[float]:
    """Return the delays in ms of single changes, sorted, while chunks of an import are recorded beside them."""
    _clear(bench)
    importing = asyncio.create_task(asyncio.to_thread(_import, bench.source.url))
    made = await _make_changes(bench, LIVE_RATE, SECONDS)
    rows = await importing
    delays = await _delays(bench, len(made), others=rows)
    return sorted(delays[id] for id in made)


def _import(url: str) -> int:
    """Record chunk after chunk, a transaction each; return how many events."""
    began, chunks = time.perf_counter(), CHUNKS_PER_SECOND * SECONDS
    for number in range(chunks):
        time.sleep(max(0.0, began + number / CHUNKS_PER_SECOND - time.perf_counter()))
        backbone.fill(url, IMPORT_CHUNK)
    return chunks * IMPORT_CHUNK


async def _changes(bench: Bench, *, with_event: bool) -> float:
    """Return changes per second as a command makes them: lock the row, change it, note it in the audit trail."""
    _clear(bench)
    ids = [new_id() for _ in range(WRITES)]
    async with bench.source.transaction() as session:
        session.add_all([Sample(id=id, event_key=id) for id in ids])
    left = iter(ids)

    async def work() -> None:
        for id in left:
            async with bench.source.transaction() as session:
                sample = await session.get_one(Sample, id, with_for_update=True)
                await trail.record(session, "sample_changed", kind="sample", id=id)
                if with_event:
                    await outbox.record(session, sample, backbone.example())
                else:
                    sample.version += 1

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return WRITES / (time.perf_counter() - began)


async def _drain(bench: Bench) -> float:
    """Record many events in one transaction; return how many a second had their effect from its commit on."""
    _clear(bench)
    await _record(bench.source, EVENTS)
    return EVENTS / (max((await _delays(bench, EVENTS)).values()) / 1000)


async def _record(database: Database, count: int) -> None:
    samples = [Sample(event_key=new_id()) for _ in range(count)]
    async with database.transaction() as session:
        session.add_all(samples)
        pairs = [(it, backbone.example().model_copy(update={"interaction_id": it.id})) for it in samples]
        await outbox.record_many(session, pairs)


async def _delays(bench: Bench, count: int, *, others: int = 0) -> dict[UUID, float]:
    """Wait until all have had their effect; return milliseconds from commit to commit of each sample."""
    deadline = time.monotonic() + WITHIN_SECONDS
    with psycopg.connect(bench.sink_url, autocommit=True) as sink, psycopg.connect(bench.source.url) as source:
        while (done := sink.execute("SELECT count(*) FROM effect").fetchall()[0][0]) < count + others:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{done} of {count + others} events had their effect within {WITHIN_SECONDS} s")
            await asyncio.sleep(0.5)
        committed: dict[UUID, datetime] = dict(source.execute(COMMITTED_AT).fetchall())
        effective: dict[UUID, datetime] = dict(sink.execute(EFFECTIVE_AT).fetchall())
    return {id: (effective[id] - at).total_seconds() * 1000 for id, at in committed.items()}


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
async def _servers(bootstrap: str, folder: Path) -> AsyncIterator[Bench]:
    server = await asyncio.to_thread(partial(postgres.start, folder, settings=SETTINGS, tied=False))
    try:
        source = Database(_database(server, "source", SOURCE_TABLE), service=SOURCE, pool_size=AT_ONCE)
        wanted = [topic for topic in TOPICS if topic.name.partition(".")[0] in (SOURCE, SINK)]
        problems = await topics.create(bootstrap, topics=wanted, prefix=PREFIX)
        assert not problems, problems
        yield Bench(source, _database(server, "sink", SINK_TABLE))
        await source.close()
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def _workers(bench: Bench, bootstrap: str, folder: Path) -> AsyncIterator[None]:
    workers: list[asyncio.subprocess.Process] = []
    try:
        for side, url in (("source", bench.source.url), ("sink", bench.sink_url)):
            workers.append(await _start_worker(side, url, bootstrap, folder / f"{side}.log"))
        yield
    finally:
        for worker in workers:
            worker.terminate()
        await asyncio.gather(*(worker.wait() for worker in workers))


def _database(server: postgres.PostgresServer, name: str, table: str) -> str:
    databases.ensure_role(server.url(), role=name, password=name)
    databases.ensure_database(server.url(), database=name, owner=name)
    url = server.url(name, user=name, password=name)
    with psycopg.connect(url) as connection:
        connection.execute((SHARED + table).encode())
    return url


async def _start_worker(side: str, url: str, bootstrap: str, log: Path) -> asyncio.subprocess.Process:
    """Start a worker that logs as a service does, into a file: a pipe that nobody empties would stop it."""
    command = processes.tied_to_parent([sys.executable, "-m", "tests.bench.event_worker", side])
    with log.open("wb") as out:
        worker = await asyncio.create_subprocess_exec(
            *command, stdout=out, env={**os.environ, "URL": url, "KAFKA": bootstrap}
        )
    async with asyncio.timeout(60):
        while READY not in await asyncio.to_thread(log.read_text):  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.1)
    return worker
