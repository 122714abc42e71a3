"""Decisions of delivery as plain functions: where a consumer begins, what it holds back, how long it rests."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar
from uuid import UUID

StartAt = Literal["beginning", "now"]

#: Events that passed through more services than this go in circles.
MOST_HOPS = 8
#: How long the inbox remembers an event; an older one could be applied twice.
INBOX_MEMORY = timedelta(days=400)
#: Why an event is parked that has no problem of its own.
HELD_BACK = "held back: an earlier event of this key is parked"
#: More new parked keys than this within the window are our bug, not bad data.
MOST_NEW_PARKED_KEYS = 20
PARKING_WINDOW_SECONDS = 60.0


class OutOfRange(Exception):
    """A consumer's position lies outside what the topic holds, so events are lost or the topic is another one."""


def start_offset(*, witness: int | None, committed: int | None, beginning: int, end: int, start_at: StartAt) -> int:
    """Return the offset at which a consumer begins to read a partition.

    The witness in the database wins over Kafka's committed offset, since it was written together with the effects.
    Without a witness nothing took effect: a consumer that wants all events starts over, whatever Kafka remembers.

    Args:
        witness: The next offset according to the database; None if the consumer never read this partition.
        committed: The next offset according to Kafka; None if there is none.
        beginning: The first offset that the partition still holds.
        end: The offset that the next message will get.
        start_at: Where a consumer without any position begins.

    Raises:
        OutOfRange: the position lies before `beginning` or after `end`.
    """
    if witness is None and start_at == "beginning":
        return beginning
    position = committed if witness is None else witness
    if position is None:
        return end
    if not beginning <= position <= end:
        raise OutOfRange(f"the next offset is {position}, but the topic holds {beginning} to {end}")
    return position


def must_seek(*, first_offset: int, next_offset: int, sought: int | None) -> bool:
    """Return whether a batch leaves out events that a seek to `next_offset` may still bring.

    A gap that is there again after a seek to the same offset is real (compaction, transaction markers) and accepted.

    Args:
        first_offset: Offset of the first message of the batch.
        next_offset: The offset that the witness expects.
        sought: Where this consumer last sought in this partition because of a gap; None if it did not.
    """
    return first_offset > next_offset and sought != next_offset


class Identified(Protocol):
    """What the rule of first occurrences needs to know of a message."""

    @property
    def id(self) -> UUID | None:
        """The event's id; None if it could not be read."""


D = TypeVar("D", bound=Identified)


def first_occurrences(messages: Iterable[D], new: Collection[UUID]) -> list[D]:
    """Return each event once, at its first place, and what has no readable id as it is; order is kept.

    Args:
        messages: As they came.
        new: Ids that were not seen in earlier batches.
    """
    left = set(new)
    found = []
    for message in messages:
        if message.id is not None and message.id not in left:
            continue
        left.discard(message.id)
        found.append(message)
    return found


class Held(Protocol):
    """What the parking rule needs to know of a message."""

    @property
    def lane(self) -> tuple[str, str]:
        """Topic and key: what must stay in order."""

    @property
    def problem(self) -> str | None:
        """Why it cannot be handled; None if it can."""


M = TypeVar("M", bound=Held)


def hold_back(messages: Iterable[M], parked: Iterable[tuple[str, str]]) -> tuple[list[M], list[tuple[M, str]]]:
    """Split messages into those to hand over and those to park, each with the reason; order is kept.

    A message with a problem is parked and takes every later message of its lane with it.

    Args:
        messages: As they came.
        parked: Lanes that are parked already.
    """
    held = set(parked)
    pass_on: list[M] = []
    park: list[tuple[M, str]] = []
    for message in messages:
        if message.problem is not None:
            held.add(message.lane)
            park.append((message, message.problem))
        elif message.lane in held:
            park.append((message, HELD_BACK))
        else:
            pass_on.append(message)
    return pass_on, park


def too_many_parked(parked_at: Sequence[float], now: float) -> bool:
    """Return whether so many keys were newly parked of late that a bug of ours is likelier than bad data.

    Args:
        parked_at: When each key was parked, in seconds of the same clock as `now`.
        now: The present, in seconds.
    """
    return sum(now - at <= PARKING_WINDOW_SECONDS for at in parked_at) > MOST_NEW_PARKED_KEYS


def recorded_at(event_id: UUID) -> float:
    """Return when an event was recorded, in seconds since 1970 to the millisecond, as its UUIDv7 tells."""
    return (event_id.int >> 80) / 1000


def oldest_remembered(now: datetime) -> UUID:
    """Return the smallest event id that the inbox still remembers at `now`."""
    return UUID(int=int((now - INBOX_MEMORY).timestamp() * 1000) << 80)


def backoff_seconds(failures: int, *, most: float) -> float:
    """Return how long to rest after `failures` failures in a row: about 0.1 s, doubling up to `most`.

    The last half is random, so that those who failed together do not come back together.
    """
    longest: float = min(most, 0.1 * 2 ** min(failures - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, keeps no secret
