"""Collects what the checker looks at: from Kafka itself and both databases, not through what is tested."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from tests.faults.checker import Booking, Copy, Evidence
from tests.faults.ledger import SERVICE
from tests.faults.stage import Stage
from tests.faults.teller import Paid

from shared.events.topics import PARTITIONS

_BOOKINGS = "SELECT event_id, fact_id, account_id, version, key, fen FROM booking ORDER BY place"


async def read_log(stage: Stage) -> tuple[list[Copy], dict[int, int]]:
    """Return everything that stands in the topic, and where each partition ends."""
    places = [TopicPartition(stage.topic, number) for number in range(PARTITIONS)]
    reader = AIOKafkaConsumer(bootstrap_servers=stage.world.kafka, enable_auto_commit=False)
    await reader.start()
    try:
        reader.assign(places)
        ends = await reader.end_offsets(places)
        beginnings = await reader.beginning_offsets(places)
        for place in places:
            reader.seek(place, beginnings[place])
        found: list[Copy] = []
        while len(found) < sum(ends.values()) - sum(beginnings.values()):
            for records in (await reader.getmany(timeout_ms=1000)).values():
                found += [_copy(record, stage.life) for record in records]
        return found, {place.partition: end for place, end in ends.items()}
    finally:
        await reader.stop()


def _copy(record: ConsumerRecord[bytes, bytes], life: int) -> Copy:
    headers = dict(record.headers)
    key = (record.key or b"").decode(errors="replace")
    event = _id(headers.get("ce_id", b""))
    if headers.get("ce_type") != Paid.type.encode() or "foreign" in headers:
        return Copy(record.partition, record.offset, key, event, None, None, 0, life)
    account, version = UUID(headers["ce_subject"].decode()), int(headers["ce_aggversion"])
    fact = UUID(json.loads(record.value or b"")["fact_id"])
    return Copy(record.partition, record.offset, key, event, fact, account, version, life)


def _id(raw: bytes) -> UUID | None:
    try:
        return UUID(raw.decode())
    except ValueError:
        return None


async def collect(stage: Stage) -> Evidence:
    """Return the evidence of a scenario that has drained."""
    log, ends = await read_log(stage)
    with psycopg.connect(stage.world.database_url("teller")) as teller:
        postings = {id: (account, version) for id, account, version, _ in _rows(teller, "SELECT * FROM posting")}
        accounts = dict(_rows(teller, "SELECT id, version FROM account"))
        waiting = _rows(teller, "SELECT count(*) FROM outbox")[0][0]
    with psycopg.connect(stage.world.database_url("ledger")) as ledger:
        return Evidence(
            facts=stage.history.facts,
            postings=postings,
            accounts=accounts,
            log=[*stage.log_before, *log],
            ends=ends,
            bookings=[Booking(*row) for row in _rows(ledger, _BOOKINGS)],
            balances=dict(_rows(ledger, "SELECT key, fen FROM balance")),
            latest=dict(_rows(ledger, "SELECT account_id, version FROM latest")),
            inbox=frozenset(row[0] for row in _rows(ledger, "SELECT event_id FROM inbox")),
            parked=frozenset(_rows(ledger, 'SELECT partition, "offset" FROM parked_event')),
            witnesses=dict(_rows(ledger, f"SELECT partition, next_offset FROM witness WHERE consumer = '{SERVICE}'")),
            outbox_rows=waiting,
            refused=frozenset(stage.refused),
            foreign=stage.foreign,
        )


def _rows(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> Sequence[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()
