"""`replay` and `backfill`: past events handed to a service's handlers beside its running consumer, once each.

The inbox decides, under the consumer's own name: what was taken before is dropped, what is new takes effect and is
remembered, so neither an interruption nor a second run doubles anything. The consumer's position stays where it is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import SHANGHAI
from shared.delivery import positions
from shared.delivery.envelope import Message, read
from shared.delivery.handlers import Handlers, chain_of
from shared.delivery.part import Fetched
from shared.delivery.reader import Reader, reader
from shared.delivery.rules import INBOX_MEMORY, MOST_NEW_PARKED_KEYS
from shared.events.base import catalogue
from shared.operations.reading import Offsets, Source, distance, source, take_batch, taken_until
from shared.operations.screen import Refused, Screen
from shared.operations.service import Service, audit, one_connection

#: What is older is not handed over: the inbox forgets it soon, and a second run would double it. The day less covers
#: events that waited long in an outbox.
_SAFE_MEMORY = INBOX_MEMORY - timedelta(days=1)

_KNOWN = text("SELECT event_id FROM inbox WHERE consumer = :consumer AND event_id = ANY(:ids)")
_OWN_WITNESS = text("CREATE TEMPORARY TABLE witness (LIKE public.witness INCLUDING ALL)")


@dataclass(slots=True)
class Outcome:
    """What became of past events: handled, taken before, parked, and left out since their id cannot be read."""

    handled: int = 0
    known: int = 0
    parked: int = 0
    nameless: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to hand over.

    Attributes:
        command: `replay` or `backfill`, for the audit trail.
        what: The events, in words.
        topic: Their topic.
        since: The first instant.
        handlers: Who gets them.
    """

    command: str
    what: str
    topic: str
    since: datetime
    handlers: Handlers


def replay_wish(service: Service, topic: str, since: datetime) -> Wish:
    """Return the wish to hand over a topic again from an instant.

    Raises:
        Refused: the inbox does not remember that long.
    """
    now = datetime.now(UTC)
    if since.tzinfo is None:
        since = since.replace(tzinfo=SHANGHAI)
    if since > now:
        raise Refused("That is in the future.")
    if since < now - _SAFE_MEMORY:
        raise Refused(
            f"The inbox remembers {_SAFE_MEMORY.days} days: what is older could take effect twice."
            f" Lost rows of a projection come back by `trust-crm rebuild {service.name}`."
        )
    what = f"the events of {topic} since {since.astimezone(SHANGHAI):%Y-%m-%d %H:%M} (Shanghai)"
    return Wish("replay", what, topic, since, service.handlers())


def backfill_wish(service: Service, event_type: str) -> Wish:
    """Return the wish to hand over all past events of one type.

    Raises:
        Refused: the service does not handle this type.
    """
    handlers, declared = service.handlers(), catalogue()
    event_class = declared.get(event_type)
    chain = chain_of(handlers, event_class) if event_class else ()
    if event_class is None or not chain:
        handled = sorted(name for name, one in declared.items() if chain_of(handlers, one))
        raise Refused(f"{service.name} does not handle {event_type}. It handles: {', '.join(handled)}.")
    since = datetime.now(UTC) - _SAFE_MEMORY
    return Wish("backfill", f"the past events of {event_type}", event_class.topic(), since, {event_class: chain})


async def hand_over(service: Service, wish: Wish, screen: Screen, *, reason: str | None) -> int:
    """Hand past events over, once each, and return 0; 1 if some had to be parked.

    Raises:
        NotConfirmed: nobody said yes.
        Refused: it cannot be done; batches that were committed before stay.
    """
    own = reader(service.name, wish.handlers)
    async with source(service) as kafka, one_connection(service) as session:
        begin, end = await _range(session, kafka, service.name, wish)
        found = await _look(session, kafka, own, begin, end, screen)
        if not found.handled:
            screen.say(f"{service.name} has taken all {found.known} events already: nothing to do")
            return 0
        screen.confirm(
            [
                f"read {wish.what} again up to where {service.name} stands: {distance(begin, end)} messages",
                f"hand {found.handled} events to its handlers that it never took, each once",
                f"drop {found.known} that it took: they take no effect again, in projections neither",
                "leave the running consumer where it is; it may have applied later events of the same keys already",
            ]
        )
        facts = {"what": wish.what, "messages": distance(begin, end), "events": found.handled}
        await _note(session, f"{wish.command}_begun", reason, facts)
        outcome = await _hand(session, kafka, own, begin, end, screen)
        done = {"what": wish.what, "handled": outcome.handled, "known": outcome.known, "parked": outcome.parked}
        await _note(session, f"{wish.command}_finished", reason, done)
    screen.say(f"{outcome.handled} events handed over, {outcome.known} known already, {outcome.parked} parked")
    if outcome.nameless:
        screen.say(
            f"{outcome.nameless} messages have no readable id and were left out: they were parked when they came"
        )
    return 1 if outcome.parked else 0


async def _range(session: AsyncSession, kafka: Source, consumer: str, wish: Wish) -> tuple[Offsets, Offsets]:
    async with session.begin():
        end = await taken_until(session, consumer, [wish.topic])
    if not end:
        raise Refused(f"{consumer} never read {wish.topic}: its worker reads what it handles from the beginning.")
    found = await kafka.at_time(end.keys(), int(wish.since.timestamp() * 1000))
    return {place: min(found.get(place, offset), offset) for place, offset in end.items()}, end


async def _look(
    session: AsyncSession, kafka: Source, own: Reader, begin: Offsets, end: Offsets, screen: Screen
) -> Outcome:
    """Count what the consumer took of a range, and what it did not."""
    outcome = Outcome()
    with screen.progress("looking", distance(begin, end)) as done:
        at = dict(begin)
        async for fetched, reached in kafka.read(begin, end):
            ids = {message.id for message in _messages(own, fetched) if message.id is not None}
            async with session.begin():
                rows = await session.execute(_KNOWN, {"consumer": own.consumer, "ids": list(ids)})
                known = len(rows.all())
            outcome.known, outcome.handled = outcome.known + known, outcome.handled + len(ids) - known
            done(distance(at, reached))
            at |= reached
    return outcome


async def _hand(
    session: AsyncSession, kafka: Source, own: Reader, begin: Offsets, end: Offsets, screen: Screen
) -> Outcome:
    # The consumer's own witness is left alone: a temporary one stands before it on this connection.
    async with session.begin():
        await session.execute(_OWN_WITNESS)
        await positions.begin(session, own.consumer, begin)
    outcome, at, new_keys = Outcome(), dict(begin), 0
    with screen.progress("handing over", distance(begin, end)) as done:
        async for fetched, reached in kafka.read(begin, end):
            nameless = {(one.topic, one.partition, one.offset) for one in _messages(own, fetched) if one.id is None}
            ahead = distance(at, reached)
            taken = await take_batch(session, own, _without(fetched, nameless), reached, at)
            outcome.handled += len(taken.handled)
            outcome.known += taken.duplicates
            outcome.parked += taken.parked
            outcome.nameless += len(nameless)
            new_keys += taken.new_keys
            if new_keys > MOST_NEW_PARKED_KEYS:
                raise Refused(f"More than {MOST_NEW_PARKED_KEYS} keys had to be parked: a bug of ours. Batches stay.")
            done(ahead)
    return outcome


def _messages(own: Reader, fetched: Fetched) -> list[Message]:
    return [message for messages in fetched.values() for message in messages if read(message, own.known)]


def _without(fetched: Fetched, left_out: Collection[tuple[str, int, int]]) -> Fetched:
    kept = {
        place: [message for message in messages if (place.topic, place.partition, message.offset) not in left_out]
        for place, messages in fetched.items()
    }
    return {place: messages for place, messages in kept.items() if messages}


async def _note(session: AsyncSession, action: str, reason: str | None, facts: dict[str, object]) -> None:
    async with session.begin():
        await audit(session, action, kind="consumer", reason=reason, facts=facts)
