"""One batch in one transaction: witnesses, inbox, locks, handlers, parking, witnesses."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiokafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery import inbox, metrics, parking, positions
from shared.delivery.envelope import Message, event_id, read
from shared.delivery.faults import ConsumerStopped, Verdict, told, verdict
from shared.delivery.handlers import deliver
from shared.delivery.part import Fetched, in_place
from shared.delivery.positions import Seen
from shared.delivery.reader import Reader
from shared.delivery.rules import first_occurrences, hold_back, oldest_remembered, recorded_at
from shared.events.base import Event, Received
from shared.log import get_logger

_log = get_logger(__name__)


@dataclass(slots=True)
class Taken:
    """What became of a batch.

    Attributes:
        next_offsets: The offset after the batch, of each partition of which something was taken.
        seen: The last event of each of those partitions, where its id could be read.
        seek: Partitions that were left alone since earlier events come first, with the offset to seek to.
        handled: Events handed over.
        parked: Events parked.
        new_keys: Keys parked that were not held before.
    """

    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    seen: dict[TopicPartition, Seen] = field(default_factory=dict)
    seek: dict[TopicPartition, int] = field(default_factory=dict)
    handled: list[Received[Event]] = field(default_factory=list)
    parked: int = 0
    new_keys: int = 0
    duplicates: int = 0
    ignored: int = 0


async def take(
    session: AsyncSession,
    reader: Reader,
    fetched: Fetched,
    *,
    sought: Mapping[TopicPartition, int],
    alone: bool = False,
) -> Taken:
    """Take what was fetched, partition after partition, in the caller's transaction.

    Args:
        session: The transaction; the caller commits it, and tells Kafka afterwards.
        reader: Who takes it.
        fetched: What to take.
        sought: Where this consumer last sought in a partition because of a gap.
        alone: Hand each event over in a savepoint of its own and park those that fail.

    Raises:
        Misplaced: a partition has no witness.
        ConsumerStopped: an event is too old to be told from its duplicates.
    """
    session.info["rebuilding"] = reader.rebuilding
    taken = Taken()
    messages = await _in_place(session, reader, fetched, sought, taken)
    new = await _not_seen(session, reader, messages, taken)
    held = await parking.lock_held(session, reader.consumer, {message.lane for message in new}) if new else set()
    apply, park = hold_back(new, held)
    if alone:
        park = await _apply_alone(session, reader, apply, park, taken)
    else:
        await _apply(session, reader, apply, taken)
    if park:
        await parking.park(session, reader.consumer, park)
        taken.parked = len(park)
        taken.new_keys = len({message.lane for message, _ in park} - held)
    if taken.next_offsets:
        await positions.advance(session, reader.consumer, taken.next_offsets, taken.seen)
    return taken


def show(consumer: str, taken: Taken) -> None:
    """Count a committed batch; tell of it where something was out of the ordinary."""
    now, age = time.time(), metrics.EVENT_AGE.labels(consumer)
    for received in taken.handled:
        age.observe(now - recorded_at(received.id))
    metrics.EVENTS_HANDLED.labels(consumer).inc(len(taken.handled))
    metrics.INBOX_DUPLICATES.labels(consumer).inc(taken.duplicates)
    metrics.EVENTS_IGNORED.labels(consumer).inc(taken.ignored)
    metrics.EVENTS_PARKED.labels(consumer).inc(taken.parked)
    counts = {"duplicates": taken.duplicates, "ignored": taken.ignored, "parked": taken.parked}
    # A round takes a few milliseconds, and its figures are metrics: a line for each would cost more than it tells.
    tell = _log.info if any(counts.values()) else _log.debug
    tell("batch", consumer=consumer, handled=len(taken.handled), **counts)


async def _in_place(
    session: AsyncSession, reader: Reader, fetched: Fetched, sought: Mapping[TopicPartition, int], taken: Taken
) -> list[Message]:
    """Lock the witnesses and return the messages that follow them; note in `taken` where to go on."""
    witnesses = await positions.lock(session, reader.consumer, fetched.keys())
    follow, taken.seek = in_place(fetched, witnesses, sought)
    messages: list[Message] = []
    for place, come in follow.items():
        taken.next_offsets[place] = come[-1].offset + 1
        messages += _of_concern(reader, place, come, taken)
    return messages


def _of_concern(reader: Reader, place: TopicPartition, messages: Sequence[Message], taken: Taken) -> list[Message]:
    """Return the messages that are handled here, or cannot be read; note in `taken` the last of all."""
    oldest = oldest_remembered(datetime.now(UTC))
    found = []
    for message in messages:
        if not read(message, reader.known):
            taken.ignored += 1
            continue
        if message.id is not None and message.id < oldest and not reader.rebuilding:
            raise ConsumerStopped(
                f"{place.topic}[{place.partition}] offset {message.offset} is older than the inbox remembers, so it"
                " could be applied twice: move the position behind it, or rebuild projections under a new consumer name"
            )
        found.append(message)
    if (last := event_id(messages[-1])) is not None:
        taken.seen[place] = Seen(messages[-1].offset, last)
    return found


async def _not_seen(session: AsyncSession, reader: Reader, messages: Sequence[Message], taken: Taken) -> list[Message]:
    """Return the messages to take: each event once, at its first place; what has no readable id as it is."""
    new = await inbox.enter(session, reader.consumer, [message.id for message in messages if message.id is not None])
    if len(new) == len(messages):
        return list(messages)
    found = first_occurrences(messages, new)
    taken.duplicates = len(messages) - len(found)
    return found


async def _apply(session: AsyncSession, reader: Reader, messages: Sequence[Message], taken: Taken) -> None:
    events = [message.received for message in messages if message.received is not None]
    if not events:
        return
    if reader.lock is not None:
        await reader.lock(session, events)
    await deliver(session, reader.handlers, events)
    await session.flush()
    taken.handled += events


async def _apply_alone(
    session: AsyncSession,
    reader: Reader,
    messages: Sequence[Message],
    park: Sequence[tuple[Message, str]],
    taken: Taken,
) -> list[tuple[Message, str]]:
    """Apply one by one; return everything to park, each lane in the order of offsets."""
    failed: set[tuple[str, str]] = set()
    tried: list[Message] = []
    for message in messages:
        tried.append(message)
        if message.lane in failed:
            continue
        try:
            async with session.begin_nested():
                await _apply(session, reader, [message], taken)
        except Exception as error:
            if verdict(error) is not Verdict.PARK:
                raise
            session.expunge_all()
            failed.add(message.lane)
            # A copy: if this transaction does not commit, the next try begins without the problem.
            tried[-1] = replace(message, problem=told(error).replace("\x00", ""))
    _, more = hold_back(tried, ())
    return sorted([*park, *more], key=lambda entry: (entry[0].lane, entry[0].offset))
