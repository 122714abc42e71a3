"""The outbox: events are recorded in the business transaction and leave through the relay, in order per aggregate.

Why the order holds: `seq` is drawn only after the aggregate's row was updated, hence locked. If one event of an
aggregate precedes another, its transaction committed before the other got the lock, so its `seq` is the smaller one and
whoever sees the later row also sees the earlier one, or it was already delivered and deleted.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Table, inspect, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from shared.context import Cause, current_cause
from shared.database import Aggregate
from shared.delivery.envelope import headers
from shared.errors import Invalid, Stale
from shared.events.base import Event
from shared.ids import new_id
from shared.rows import copy, run

LARGEST_PAYLOAD_BYTES = 256 * 1024

_COLUMNS = ("event_id", "topic", "key", "type", "aggregate_id", "aggregate_version", "headers", "payload")
_VALUES = "%s::uuid, %s, %s, %s, %s::uuid, %s::bigint, %s::jsonb, %s::bytea"
_INSERT = f"INSERT INTO outbox ({', '.join(_COLUMNS)}) SELECT {_VALUES}"
# `seq` is drawn for what the update returns, so only after it has the row's lock.
_RAISE = "WITH raised AS (UPDATE {} SET version = version + 1 WHERE id = %s AND version = %s - 1 RETURNING id) "


class Place(NamedTuple):
    """Where an event stands: its aggregate, the aggregate's key and the version it makes."""

    id: UUID
    event_key: UUID
    version: int


async def record(session: AsyncSession, aggregate: Aggregate, event: Event) -> None:
    """Record `event` as the next fact about `aggregate`; it is sent once the caller's transaction has committed.

    Raises the aggregate's version by one and writes its pending changes. A new aggregate must have been added to the
    session; its version becomes 1. The event is attributed to `shared.context.current_cause()`.

    Raises:
        Stale: somebody else recorded on the aggregate since it was read.
        Invalid: the event is larger than 256 KiB.
        RuntimeError: the topic belongs to another service, a rebuild runs, or the aggregate is not in the session.
    """
    payload = _checked_payload(session, aggregate, event)
    is_new = inspect(aggregate).pending
    if is_new:
        aggregate.version = 1
    await session.flush()
    version = 1 if is_new else aggregate.version + 1
    row = _row(Place(aggregate.id, aggregate.event_key, version), event, payload, cause=current_cause())
    if is_new:
        await run(session, _INSERT, row)
        return
    table = _table(aggregate)
    raised = await run(session, _RAISE.format(table.fullname) + _INSERT + " FROM raised", (aggregate.id, version, *row))
    if raised.rowcount != 1:
        raise _stale(table, aggregate.id)
    set_committed_value(aggregate, "version", version)


async def record_many(
    session: AsyncSession, pairs: Sequence[tuple[Aggregate, Event]], *, causes: Sequence[Cause] | None = None
) -> None:
    """Record many events at once, in the order given: a few statements for thousands of events.

    An aggregate may come several times. All aggregates are locked in the order of their ids, table by table.

    Args:
        session: The caller's transaction.
        pairs: Aggregates, each with its next event.
        causes: What caused each event, where that differs from one to the next (a handler of many events);
            otherwise `current_cause()` caused all.

    Raises:
        Stale: somebody else recorded on one of the aggregates since it was read; nothing is recorded.
        Invalid: an event is larger than 256 KiB; nothing is recorded.
        RuntimeError: as for `record`.
    """
    if not pairs:
        return
    payloads = [_checked_payload(session, aggregate, event) for aggregate, event in pairs]
    aggregates = {aggregate.id: aggregate for aggregate, _ in pairs}
    new = [aggregate for aggregate in aggregates.values() if inspect(aggregate).pending]
    known = [aggregate for aggregate in aggregates.values() if not inspect(aggregate).pending]
    versions = {**{aggregate.id: 0 for aggregate in new}, **{aggregate.id: aggregate.version for aggregate in known}}
    await _raise_versions(session, new, known, Counter(aggregate.id for aggregate, _ in pairs))
    rows = []
    for n, ((aggregate, event), payload) in enumerate(zip(pairs, payloads, strict=True)):
        versions[aggregate.id] += 1
        cause = current_cause() if causes is None else causes[n]
        place = Place(aggregate.id, aggregate.event_key, versions[aggregate.id])
        rows.append(_row(place, event, payload, cause=cause))
    await copy(session, "outbox", _COLUMNS, rows)


async def record_inserted(
    session: AsyncSession, facts: Sequence[tuple[UUID, UUID, Event]], *, causes: Sequence[Cause] | None = None
) -> None:
    """Record the first event of each of many aggregates that the caller has just inserted by SQL, with version 1.

    Nobody else sees such a row before the transaction commits, so nothing needs to be locked, read or raised.

    Args:
        session: The caller's transaction, in which the rows were inserted.
        facts: Per aggregate its id, its event key and the event.
        causes: What caused each, as for `record_many`.

    Raises:
        Invalid: an event is larger than 256 KiB; nothing is recorded.
        RuntimeError: the topic belongs to another service, or a rebuild runs.
    """
    caused = causes or [current_cause()] * len(facts)
    rows = [
        _row(Place(id, key, 1), event, _own_payload(session, event), cause=cause)
        for (id, key, event), cause in zip(facts, caused, strict=True)
    ]
    if rows:
        await copy(session, "outbox", _COLUMNS, rows)


def _checked_payload(session: AsyncSession, aggregate: Aggregate, event: Event) -> bytes:
    if inspect(aggregate).session is not session.sync_session:
        raise RuntimeError(f"{event.type}: add the aggregate to this session before recording")
    return _own_payload(session, event)


def _own_payload(session: AsyncSession, event: Event) -> bytes:
    if session.info.get("rebuilding"):
        raise RuntimeError(f"{event.type} recorded during a rebuild: only projections are rebuilt")
    service = session.info["service"]
    if event.topic().partition(".")[0] != service:
        raise RuntimeError(f"{service} may not record {event.type}: the topic belongs to another service")
    payload = event.model_dump_json().encode()
    if len(payload) > LARGEST_PAYLOAD_BYTES:
        raise Invalid(f"an event may hold {LARGEST_PAYLOAD_BYTES} bytes; this {event.type} has {len(payload)}")
    return payload


def _row(place: Place, event: Event, payload: bytes, *, cause: Cause) -> tuple[object, ...]:
    """Return the values of `_COLUMNS`."""
    event_id, key = new_id(), str(place.event_key)
    head = headers(event, id=event_id, aggregate_id=place.id, version=place.version, key=key, cause=cause)
    return event_id, event.topic(), key, event.type, place.id, place.version, json.dumps(head), payload


def _table(aggregate: Aggregate) -> Table:
    table = inspect(type(aggregate)).local_table
    assert isinstance(table, Table)  # noqa: S101  # an aggregate is mapped to a plain table
    return table


def _table_name(aggregate: Aggregate) -> str:
    return _table(aggregate).name


async def _raise_versions(
    session: AsyncSession, new: Sequence[Aggregate], known: Sequence[Aggregate], events: Mapping[UUID, int]
) -> None:
    for aggregate in new:
        aggregate.version = events[aggregate.id]
    by_table = [(table, list(group)) for table, group in groupby(sorted(known, key=_table_name), key=_table)]
    for table, found in by_table:
        await _lock(session, table, found)
    await session.flush()
    for table, found in by_table:
        result = await session.execute(
            text(
                f"UPDATE {table.fullname} AS known SET version = known.version + wanted.events "
                "FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:events AS bigint[])) "
                "AS wanted (id, version, events) "
                "WHERE known.id = wanted.id AND known.version = wanted.version RETURNING known.id"
            ),
            {
                "ids": [aggregate.id for aggregate in found],
                "versions": [aggregate.version for aggregate in found],
                "events": [events[aggregate.id] for aggregate in found],
            },
        )
        raised: set[UUID] = set(result.scalars())
        for aggregate in found:
            if aggregate.id not in raised:
                raise _stale(table, aggregate.id)
            set_committed_value(aggregate, "version", aggregate.version + events[aggregate.id])


async def _lock(session: AsyncSession, table: Table, aggregates: Sequence[Aggregate]) -> None:
    statement = f"SELECT FROM {table.fullname} WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"
    with session.no_autoflush:
        await session.execute(text(statement), {"ids": [aggregate.id for aggregate in aggregates]})


def _stale(table: Table, id: UUID) -> Stale:
    return Stale(f"{table.name} {id} was changed by somebody else in the meantime; read it again")
