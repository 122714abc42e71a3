"""`rebuild`: projections made anew from all events in temporary tables, compared with the live ones, and swapped in.

The rebuild reads on a connection of its own. Everything it writes goes to temporary tables that stand under the names
of the live ones, and its search path holds nothing else: a handler that touches any other table fails instead of
changing live data. Whatever ends the connection leaves nothing behind.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery import positions
from shared.delivery.handlers import Projection, merge
from shared.delivery.part import Fetched
from shared.delivery.reader import Reader, reader
from shared.operations import shadow
from shared.operations.reading import Offsets, Source, distance, source, take_batch, take_in, taken_until
from shared.operations.screen import Refused, Screen
from shared.operations.service import Service, audit, one_connection

#: The live consumer is held only when this few offsets are left.
_NEAR = 100
_MOST_ROUNDS = 20

_GIVEN_UP = text(
    "SELECT facts ->> 'topic', CAST(facts ->> 'partition' AS int), CAST(facts ->> 'offset' AS bigint)"
    " FROM audit_entry WHERE action = 'parked_event_discarded' AND facts ->> 'partition' IS NOT NULL"
)
_LIVE_PARKED = text("SELECT count(*) FROM public.parked_key WHERE consumer = :consumer AND topic = ANY(:topics)")
_OWN_PARKED = text("SELECT topic, key, reason FROM parked_key ORDER BY topic, key LIMIT 3")

#: Topic, partition and offset of events that somebody gave up.
GivenUp = Collection[tuple[str, int, int]]


def chosen(service: Service, name: str | None) -> Mapping[str, Projection]:
    """Return the projections to rebuild: the one called `name`, or all.

    Raises:
        Refused: there is none.
    """
    found = service.projections()
    if not found:
        raise Refused(f"{service.name} declares no projection that could be rebuilt.")
    if name is not None and name not in found:
        raise Refused(f"{service.name} has no projection {name}. It has: {', '.join(found)}.")
    return found if name is None else {name: found[name]}


async def rebuild(
    service: Service, wanted: Mapping[str, Projection], screen: Screen, *, is_dry: bool, reason: str | None
) -> int:
    """Rebuild projections, compare them with the live tables at the same offsets, and swap unless `is_dry`.

    Returns:
        0 if the live tables were, or now are, what the events say; 1 if a dry run found a difference.

    Raises:
        NotConfirmed: nobody said yes.
        Refused: it cannot be done; the live tables are as before.
    """
    own = reader(service.name, merge(*(one.handlers for one in wanted.values())), rebuilding=True)
    tables = [table for one in wanted.values() for table in one.tables]
    topics = {event_class.topic() for event_class in own.known.handled.values()}
    async with source(service) as kafka, one_connection(service) as session:
        async with session.begin():
            live = await taken_until(session, service.name, topics)
            given_up = {tuple(row) for row in await session.execute(_GIVEN_UP)}
        begin = await _beginnings(kafka, live, service.name)
        screen.confirm(_plan(service.name, wanted, distance(begin, live), is_dry=is_dry))
        async with session.begin():
            await shadow.make(session, tables)
            await positions.begin(session, own.consumer, begin)
        at = dict(begin)
        await _catch_up(session, kafka, own, at, live, given_up, screen)
        async with session.begin():
            found = await _compare(session, kafka, own, at, tables, given_up)
            if not is_dry:
                for table in tables:
                    await shadow.swap(session, table)
            await session.execute(text("SET LOCAL search_path TO public"))
            facts = {"projections": list(wanted), "offsets": sum(at.values()), "tables": [one.facts() for one in found]}
            action = "projection_compared" if is_dry else "projection_rebuilt"
            await audit(session, action, kind="projection", reason=reason, facts=facts)
    return _tell(found, screen, is_dry=is_dry)


def _plan(consumer: str, wanted: Mapping[str, Projection], messages: int, *, is_dry: bool) -> list[str]:
    tables = ", ".join(table for one in wanted.values() for table in one.tables)
    last = (
        "change nothing: a dry run"
        if is_dry
        else "replace, in one transaction, the rows of the live tables that differ; readers see all of it or nothing"
    )
    return [
        f"read {messages} messages from the beginning and rebuild {', '.join(wanted)} in temporary tables",
        f"hold {consumer} for a moment where it stands, and compare {tables} with the live tables there",
        last,
    ]


async def _beginnings(kafka: Source, live: Offsets, consumer: str) -> Offsets:
    if not live:
        raise Refused(f"{consumer} has taken nothing yet of the topics that these projections follow from.")
    begin = await kafka.beginnings(live.keys())
    lost = [f"{place.topic}[{place.partition}]" for place, offset in sorted(begin.items()) if offset]
    if lost:
        raise Refused(
            f"Kafka no longer holds the first events of {', '.join(lost)}: a rebuild would lose what they brought."
        )
    return begin


async def _catch_up(
    session: AsyncSession,
    kafka: Source,
    own: Reader,
    at: Offsets,
    live: Offsets,
    given_up: GivenUp,
    screen: Screen,
) -> None:
    """Follow the live consumer until little is left."""
    with screen.progress("rebuilding", distance(at, live)) as done:
        for _ in range(_MOST_ROUNDS):
            async for fetched, reached in kafka.read(dict(at), live):
                ahead = distance(at, reached)
                await take_batch(session, own, _without(fetched, given_up), reached, at)
                done(ahead)
            async with session.begin():
                live = await taken_until(session, own.consumer, {place.topic for place in at})
            if live.keys() - at.keys():
                raise Refused("The consumer began with another partition meanwhile: try again.")
            if distance(at, live) <= _NEAR:
                return
    raise Refused("Events arrive faster than they can be rebuilt: try again when less is going on.")


async def _compare(
    session: AsyncSession, kafka: Source, own: Reader, at: Offsets, tables: Sequence[str], given_up: GivenUp
) -> list[shadow.Comparison]:
    """Hold the live consumer, take the last few messages, and compare: both sides then stand at the same offsets."""
    topics = sorted({place.topic for place in at})
    live = await taken_until(session, own.consumer, topics, is_locked=True)
    await shadow.hold(session, tables)
    async for fetched, reached in kafka.read(dict(at), live):
        await take_in(session, own, _without(fetched, given_up), reached, at, alone=True)
        at |= reached
    if parked := (await session.execute(_OWN_PARKED)).all():
        told = "; ".join(f"{row.topic} {row.key}: {row.reason}" for row in parked)
        raise Refused(f"Some events cannot be applied: {told}")
    if (await session.execute(_LIVE_PARKED, {"consumer": own.consumer, "topics": topics})).scalar_one():
        raise Refused(
            f"Keys of these topics are parked: a rebuild would apply their events before their replay does."
            f" Replay or discard them first: trust-crm parked list {own.consumer}"
        )
    return [await shadow.compare(session, table) for table in tables]


def _without(fetched: Fetched, given_up: GivenUp) -> Fetched:
    kept = {
        place: [message for message in messages if (place.topic, place.partition, message.offset) not in given_up]
        for place, messages in fetched.items()
    }
    return {place: messages for place, messages in kept.items() if messages}


def _tell(found: Sequence[shadow.Comparison], screen: Screen, *, is_dry: bool) -> int:
    screen.show(
        ["table", "#live rows", "#rebuilt", "#missing", "#extra", "#changed", "live hash", "rebuilt hash"],
        [
            (one.table, one.live, one.rebuilt, one.missing, one.extra, one.changed, one.live_hash, one.rebuilt_hash)
            for one in found
        ],
    )
    if all(one.is_equal for one in found):
        screen.say("the live tables are what the events say; nothing was changed")
        return 0
    screen.say("the live tables differ; nothing was changed" if is_dry else "the rebuilt rows are live")
    return 1 if is_dry else 0
