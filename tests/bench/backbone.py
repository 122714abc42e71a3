"""Relay and consumer alone, each against the bare library it stands on: `python -m tests.bench.backbone` prints JSON.

Told by SOURCE_URL, SINK_URL and KAFKA. Events are put into the outbox by SQL, all in one commit; the clock runs from
that commit until the last of them is gone, and at the consumer from its first committed effect to its last one.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg
from tests.bench.event_worker import HANDLERS, PREFIX, SINK, SOURCE

from local_stack import processes
from shared.context import SYSTEM
from shared.database import Database
from shared.delivery import envelope, topics
from shared.delivery.consumer import Consumer
from shared.delivery.kafka import POLL_MS, create_consumer, create_producer
from shared.delivery.reader import reader
from shared.delivery.relay import ROUND_ROWS, Relay, pack
from shared.events import all as _declare_all_events  # noqa: F401  # a consumer knows types by their being declared
from shared.events.interaction_log import InteractionRecorded
from shared.events.topics import PARTITIONS, TOPICS
from shared.ids import new_id
from shared.serve import spare_collections

ROUNDS, EVENTS, KEYS, BATCH = 5, 50_000, 2_000, 500
#: How many rows an inbox of long service holds, and how many events wait after an outage.
INBOX_ROWS = int(os.environ.get("BENCH_INBOX_ROWS", "1000000"))
WAITING_ROWS = int(os.environ.get("BENCH_WAITING_ROWS", "1000000"))
WITHIN_SECONDS = 300
BARE_PREFIX = f"{PREFIX}bare-"
TOPIC = InteractionRecorded.topic()

_FILL = """
WITH filled AS (INSERT INTO outbox (event_id, topic, key, type, aggregate_id, aggregate_version, headers, payload)
SELECT event_id, %(topic)s, key, %(type)s, aggregate_id, 1, %(headers)s::jsonb || jsonb_build_object(
    'ce_id', event_id, 'ce_subject', aggregate_id, 'ce_correlationid', event_id, 'ce_partitionkey', key),
    convert_to(jsonb_set(jsonb_set(%(payload)s, '{interaction_id}', to_jsonb(aggregate_id)),
        '{client_id}', to_jsonb(key))::text, 'UTF8')
FROM (SELECT uuidv7() AS event_id, uuidv7() AS aggregate_id, keys[1 + number %% cardinality(keys)] AS key
    FROM generate_series(1, %(rows)s) AS number,
        (SELECT array_agg(gen_random_uuid()::text) AS keys FROM generate_series(1, %(keys)s)) AS made) AS row
RETURNING seq) SELECT min(seq), max(seq) FROM filled
"""
_ROWS = "SELECT seq, topic, key, headers, payload FROM outbox ORDER BY seq"
_GONE = "SELECT NOT EXISTS (SELECT FROM outbox WHERE seq = %s)"
_DONE = "SELECT count(*) >= %s FROM effect"
_SPAN = """
SELECT sum(events) - max(events) FILTER (WHERE place = 1), extract(epoch FROM max(at) - min(at)) FROM (
    SELECT at, count(*) AS events, row_number() OVER (ORDER BY at) AS place
    FROM (SELECT pg_xact_commit_timestamp(xmin) AS at FROM effect) AS effect GROUP BY at) AS batch
"""
_BARE_INBOX = "INSERT INTO inbox (consumer, event_id) SELECT 'bare', unnest(%s::text::uuid[]) ON CONFLICT DO NOTHING"
_BARE_EFFECT = (
    "INSERT INTO effect SELECT (row ->> 'interaction_id')::uuid, (row ->> 'client_id')::uuid, row ->> 'kind'"
    " FROM jsonb_array_elements(%s::jsonb) AS row"
)
_BARE_WITNESS = "UPDATE witness SET next_offset = next_offset + 1 WHERE consumer = 'bare'"
_OLD_INBOX = """
INSERT INTO inbox SELECT %s, uuidv7(make_interval(secs => (number - %s) / 10.0)) FROM generate_series(1, %s) AS number
"""


def example() -> InteractionRecorded:
    """Return the event that is measured with."""
    return InteractionRecorded(
        occurred_at=datetime.now(UTC),
        interaction_id=new_id(),
        client_id=new_id(),
        kind="call",
        direction="outbound",
        is_reached=True,
    )


def fill(url: str, rows: int) -> tuple[int, int]:
    """Put events of many clients into the outbox in one commit; return the first and the last place."""
    event, id = example(), new_id()
    head = envelope.headers(event, id=id, aggregate_id=id, version=1, key=str(id), cause=SYSTEM)
    values = {
        "topic": TOPIC,
        "type": event.type,
        "headers": json.dumps(head),
        "payload": event.model_dump_json(),
        "rows": rows,
        "keys": KEYS,
    }
    with psycopg.connect(url) as connection:
        ((first, last),) = connection.execute(_FILL, values).fetchall()
    return first, last


async def _relay(database: Database, kafka: str, *, waiting: int = EVENTS) -> float:
    """Return how many events a second a relay sends while so many wait; the last of three times if that is enough."""
    async with _running(Relay(database=database, kafka_bootstrap=kafka, topic_prefix=PREFIX)):
        _, warm = await asyncio.to_thread(fill, database.url, 100)
        await _until(database.url, _GONE, warm)
        first, last = await asyncio.to_thread(fill, database.url, waiting)
        for reached in range(first + EVENTS - 1, min(last + 1, first + 3 * EVENTS), EVENTS):
            began = time.perf_counter()
            await _until(database.url, _GONE, reached)
        return EVENTS / (time.perf_counter() - began)


async def _bare_send(database: Database, kafka: str) -> float:
    """Return how many messages a second aiokafka sends: the same ones, from memory, a batch per partition at once."""
    await asyncio.to_thread(fill, database.url, EVENTS)
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(_ROWS).fetchall()
        connection.execute("TRUNCATE outbox")
    producer = create_producer(kafka)
    await producer.start()
    try:
        rounds = [
            pack(rows[first : first + ROUND_ROWS], {TOPIC: PARTITIONS}, producer.create_batch)
            for first in range(0, EVENTS, ROUND_ROWS)
        ]
        began = time.perf_counter()
        for batches in rounds:
            sent = [await producer.send_batch(b.builder, BARE_PREFIX + TOPIC, partition=b.partition) for b in batches]
            await asyncio.gather(*sent)
        return EVENTS / (time.perf_counter() - began)
    finally:
        await producer.stop()


async def _consumer(database: Database, kafka: str) -> float:
    """Return how many events a second a consumer applies of those that a relay run has left in the topic."""
    with psycopg.connect(database.url) as connection:
        connection.execute("TRUNCATE effect")
    consumer = Consumer(
        database=database,
        kafka_bootstrap=kafka,
        reader=reader(SINK, HANDLERS),
        topics=[TOPIC],
        topic_prefix=PREFIX,
    )
    async with _running(consumer):
        await _until(database.url, _DONE, EVENTS + 100)
    with psycopg.connect(database.url) as connection:
        ((events, seconds),) = connection.execute(_SPAN).fetchall()
    return float(events / seconds)


async def _bare_consumer(database: Database, kafka: str) -> float:
    """Return how many messages a second the shortest loop applies: fetched, parsed, three statements for each batch.

    It checks nothing, handles no fault and reads in one place only.
    """
    with psycopg.connect(database.url) as connection:
        connection.execute("TRUNCATE effect, inbox")
    consumer = create_consumer(kafka, group=f"{BARE_PREFIX}group")
    consumer.subscribe([PREFIX + TOPIC])
    await consumer.start()
    own = await psycopg.AsyncConnection.connect(database.url)
    try:
        done, began = 0, 0.0
        while done < EVENTS:
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
            began = began or time.perf_counter()
            records = [record for come in fetched.values() for record in come]
            ids = ",".join(dict(record.headers)["ce_id"].decode() for record in records)
            effects = json.dumps([json.loads(record.value) for record in records])
            await own.execute(_BARE_INBOX, [f"{{{ids}}}"])
            await own.execute(_BARE_EFFECT, [effects])
            await own.execute(_BARE_WITNESS)
            await own.commit()
            done += len(records)
        return done / (time.perf_counter() - began)
    finally:
        await own.close()
        await consumer.stop()


async def _until(url: str, query: str, value: int) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with asyncio.timeout(WITHIN_SECONDS), connection:
        while not (await (await connection.execute(query.encode(), [value])).fetchall())[0][0]:  # noqa: ASYNC110  # another process sets it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _running(part: Any) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(part.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def measure(source_url: str, sink_url: str, kafka: str) -> dict[str, float]:
    """Return what this module prints when it runs in a process of its own, where nothing else takes its time."""
    process = await asyncio.create_subprocess_exec(
        *processes.tied_to_parent([sys.executable, "-m", __name__]),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "SOURCE_URL": source_url, "SINK_URL": sink_url, "KAFKA": kafka},
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, "the measurement failed; see above"
    found: dict[str, float] = json.loads(printed.splitlines()[-1])
    return found


async def main(source: Database, sink: Database, kafka: str) -> dict[str, float]:
    """Return events per second of everything measured here; medians of rounds in turn."""
    wanted = [topic for topic in TOPICS if topic.name == TOPIC]
    for prefix in (PREFIX, BARE_PREFIX):
        assert not await topics.create(kafka, topics=wanted, prefix=prefix)
    relay, bare, consumer, bare_consumer = [], [], [], []
    for _ in range(ROUNDS):
        bare.append(await _bare_send(source, kafka))
        relay.append(await _relay(source, kafka))
        consumer.append(await _consumer(sink, kafka))
        bare_consumer.append(await _bare_consumer(sink, kafka))
    with psycopg.connect(sink.url, autocommit=True) as connection:
        connection.execute(_OLD_INBOX, [SINK, INBOX_ROWS, INBOX_ROWS])
        connection.execute("ANALYZE inbox")
    waiting = await _relay(source, kafka, waiting=WAITING_ROWS)
    with psycopg.connect(source.url) as connection:
        connection.execute("TRUNCATE outbox")
    large = await _consumer(sink, kafka)
    return {
        "relay": median(relay),
        "bare_send": median(bare),
        "consumer": median(consumer),
        "bare_consumer": median(bare_consumer),
        "fastest_relay": max(relay),
        "fastest_consumer": max(consumer),
        "relay_waiting": waiting,
        "consumer_large": large,
        "waiting_rows": WAITING_ROWS,
        "inbox_rows": INBOX_ROWS,
    }


def _database(name: str, service: str) -> Database:
    return Database(os.environ[name], service=service)


if __name__ == "__main__":
    import uvloop

    run: Callable[..., Any] = uvloop.run
    spare_collections()  # as a worker does
    print(json.dumps(run(main(_database("SOURCE_URL", SOURCE), _database("SINK_URL", SINK), os.environ["KAFKA"]))))
