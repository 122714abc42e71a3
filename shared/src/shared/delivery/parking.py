"""Parked events: what could not be applied, and every later event of its key, kept in order until somebody replays.

The row of a key is locked by whoever parks or replays, so an event is either held back or comes after the replay.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery import inbox
from shared.delivery.envelope import Message, printable_headers, read
from shared.delivery.handlers import deliver
from shared.delivery.reader import Reader
from shared.events.base import Event, Received
from shared.rows import run

_LOCK_KEYS = (
    "SELECT topic, key FROM parked_key WHERE consumer = %(consumer)s AND (topic, key) IN ("
    "SELECT lane ->> 0, lane ->> 1 FROM jsonb_array_elements(CAST(%(lanes)s AS jsonb)) AS lane)"
    " ORDER BY topic, key FOR UPDATE"
)
_PARK_KEY = text(
    "INSERT INTO parked_key (consumer, topic, key, reason) VALUES (:consumer, :topic, :key, :reason)"
    " ON CONFLICT DO NOTHING"
)
_PARK_EVENT = text(
    "INSERT INTO parked_event"
    ' (consumer, topic, key, partition, "offset", event_id, headers, payload, error)'
    " VALUES (:consumer, :topic, :key, :partition, :offset, :event_id, CAST(:headers AS jsonb), :payload, :error)"
)
_LIST = text(
    "SELECT topic, key, reason, parked_at, (SELECT count(*) FROM parked_event AS event"
    " WHERE event.consumer = held.consumer AND event.topic = held.topic AND event.key = held.key) AS events"
    " FROM parked_key AS held WHERE consumer = :consumer ORDER BY parked_at"
)
_EVENTS = text(
    'SELECT id, topic, key, partition, "offset", event_id, headers, payload, error FROM parked_event'
    " WHERE consumer = :consumer AND topic = :topic AND key = :key ORDER BY id"
)
_FREE_KEY = text("DELETE FROM parked_key WHERE consumer = :consumer AND topic = :topic AND key = :key")
_FREE_EVENTS = text("DELETE FROM parked_event WHERE id = ANY(:ids)")

#: Delete every parked event of `:key`, of whatever topic, and free the key.
FORGET = (
    text("DELETE FROM parked_event WHERE key = :key"),
    text("DELETE FROM parked_key WHERE key = :key"),
)


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A key that is held back: since when, why, and how many events wait."""

    topic: str
    key: str
    reason: str
    parked_at: datetime
    events: int


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A message that is kept, and why; `event_id` is None if it could not be read."""

    id: int
    topic: str
    key: str
    partition: int
    offset: int
    event_id: UUID | None
    headers: dict[str, str]
    payload: bytes | None
    error: str


class NotParked(Exception):
    """Nothing is parked under this key."""


class StillBroken(Exception):
    """A parked event still cannot be applied; the replay was rolled back."""


async def lock_held(session: AsyncSession, consumer: str, lanes: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Lock and return those of `lanes` (topic and key) that are parked; waits for a replay of one of them."""
    values = {"consumer": consumer, "lanes": json.dumps(list(lanes))}
    return {(row.topic, row.key) for row in await run(session, _LOCK_KEYS, values)}


async def park(session: AsyncSession, consumer: str, parked: Sequence[tuple[Message, str]]) -> None:
    """Keep messages, each with its reason, and hold back their keys; the first reason stays with the key."""
    reasons = {message.lane: reason for message, reason in reversed(parked)}
    for (topic, key), reason in sorted(reasons.items()):
        await session.execute(_PARK_KEY, {"consumer": consumer, "topic": topic, "key": key, "reason": reason})
    for message, reason in parked:
        values = {
            "consumer": consumer,
            "topic": message.topic,
            "key": message.key,
            "partition": message.partition,
            "offset": message.offset,
            "event_id": message.id,
            "headers": json.dumps(printable_headers(message.headers)),
            "payload": message.payload,
            "error": reason,
        }
        await session.execute(_PARK_EVENT, values)


async def events_of(session: AsyncSession, consumer: str, topic: str, key: str) -> list[ParkedEvent]:
    """Return every parked event of `key`, in order."""
    rows = await session.execute(_EVENTS, {"consumer": consumer, "topic": topic, "key": key})
    return [ParkedEvent(**row._mapping) for row in rows]


async def replay(session: AsyncSession, reader: Reader, topic: str, key: str) -> int:
    """Apply every parked event of `key` in order and free the key; return how many were applied.

    The caller's transaction does all of it or nothing.

    Raises:
        NotParked: nothing is parked under this key.
        StillBroken: an event still cannot be read; handlers' own errors pass through.
    """
    await _lock(session, reader.consumer, topic, key)
    events = await events_of(session, reader.consumer, topic, key)
    received: list[Received[Event]] = []
    for event in events:
        message = _message(event)
        if not read(message, reader.known):
            continue
        if message.received is None:
            raise StillBroken(f"offset {message.offset}: {message.problem}")
        # An event that could not be read when it came is not in the inbox yet.
        if event.event_id is None and not await inbox.enter(session, reader.consumer, [message.received.id]):
            continue
        received.append(message.received)
    # At once, not one by one: whoever takes an event of this key waits meanwhile, and all other keys with it.
    if reader.lock is not None and received:
        await reader.lock(session, received)
    await deliver(session, reader.handlers, received)
    await session.execute(_FREE_EVENTS, {"ids": [event.id for event in events]})
    await session.execute(_FREE_KEY, {"consumer": reader.consumer, "topic": topic, "key": key})
    return len(received)


async def discard_first(session: AsyncSession, consumer: str, topic: str, key: str) -> ParkedEvent:
    """Give up the first parked event of `key` and return it; the others wait for a replay.

    Raises:
        NotParked: nothing is parked under this key.
    """
    await _lock(session, consumer, topic, key)
    events = await events_of(session, consumer, topic, key)
    if not events:
        raise NotParked(f"{topic} {key} holds no event any more; replay it to free the key")
    await session.execute(_FREE_EVENTS, {"ids": [events[0].id]})
    return events[0]


async def _lock(session: AsyncSession, consumer: str, topic: str, key: str) -> None:
    if not await lock_held(session, consumer, [(topic, key)]):
        raise NotParked(f"{topic} {key} is not parked")


async def list_keys(session: AsyncSession, consumer: str) -> list[ParkedKey]:
    """Return every key that is held back, oldest first."""
    rows = await session.execute(_LIST, {"consumer": consumer})
    return [ParkedKey(**row._mapping) for row in rows]


def _message(event: ParkedEvent) -> Message:
    headers = {name: value.encode() for name, value in event.headers.items()}
    return Message(event.topic, event.partition, event.offset, event.key, headers, event.payload)
