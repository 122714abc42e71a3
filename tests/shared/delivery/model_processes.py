"""Writers, relays, consumers and an operator over the model stores, as generators: dead where they are closed.

Every decision is production code: `pack`, `start_offset`, `in_place`, `first_occurrences`, `hold_back`, `verdict`,
`Part.instead`, `still_sought`. What stands here is the order of statements only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random

import psycopg
from aiokafka import TopicPartition
from model_stores import (
    ELSEWHERE,
    PARTITIONS,
    SQL,
    TOPIC,
    WAITS,
    Database,
    Event,
    Kafka,
    Lane,
    Message,
    Room,
    Steps,
    Tables,
    Transaction,
)

from shared.delivery.faults import Verdict, verdict
from shared.delivery.part import Fetched, Part, in_place, still_sought
from shared.delivery.relay import pack
from shared.delivery.rules import first_occurrences, hold_back, start_offset

ROUND_ROWS = 6


@dataclass
class Record:
    """A message in Kafka."""

    offset: int
    event: Event


@dataclass
class World:
    """Two databases, Kafka between them, and what is broken at the moment."""

    source: Database = field(default_factory=Database)
    sink: Database = field(default_factory=Database)
    kafka: Kafka = field(default_factory=Kafka)
    random: Random = field(default_factory=Random)
    #: Events that the handler, or the reader, fails on until somebody mends it.
    broken: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    committed: list[Event] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    seqs: Iterator[int] = field(default_factory=lambda: count(1))


def writer(world: World, aggregates: Sequence[int]) -> Steps:
    """Record an event on each aggregate in one transaction; two aggregates share a key."""
    written: list[Event] = []
    with world.source.begin() as transaction:
        for aggregate in sorted(aggregates):
            yield from transaction.lock([aggregate])
            version = transaction.read().versions.get(aggregate, 0) + 1
            event = Event(next(world.ids), aggregate, version, f"key {aggregate // 2}", world.random.randint(1, 2))
            transaction.write(partial(_insert, seq=next(world.seqs), event=event))
            written.append(event)
            yield SQL
        transaction.commit()
        world.committed += written


def _insert(tables: Tables, *, seq: int, event: Event) -> None:
    tables.versions[event.aggregate] = event.version
    tables.outbox[seq] = event


def relay(world: World) -> Steps:
    """Lead whenever nobody else does."""
    while True:
        try:
            with world.source.begin() as session:
                yield from session.lock(["leader"])
                while True:
                    yield from _send_first_rows(world, session)
        except psycopg.OperationalError:
            yield ELSEWHERE


def _send_first_rows(world: World, session: Transaction) -> Steps:
    first = sorted(session.read().outbox.items())[:ROUND_ROWS]
    yield SQL
    rows = [(seq, TOPIC, event.key, {}, event) for seq, event in first]
    flights = []
    for batch in pack(rows, {TOPIC: PARTITIONS}, Room):
        flights.append(world.kafka.send(batch))
        yield ELSEWHERE
    while any(flight.is_acknowledged is None for flight in flights):
        yield WAITS
    for flight in flights:
        for seq in flight.batch.seqs if flight.is_acknowledged else ():
            session.read().outbox.pop(seq)
    yield SQL


class Member:
    """One consumer process of the group."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number
        self._placed: int | None = None
        self._next: dict[TopicPartition, int] = {}
        self._sought: dict[TopicPartition, int] = {}
        self._untold: dict[TopicPartition, int] = {}
        self._ahead: Fetched | None = None

    def run(self) -> Steps:
        while True:
            try:
                if self._placed != self._world.kafka.generation:
                    yield from self._place()
                else:
                    yield from self._round()
            except Exception as error:
                if verdict(error) is not Verdict.RETRY:
                    raise
                self._placed = None
            yield ELSEWHERE

    def _place(self) -> Steps:
        kafka = self._world.kafka
        generation, assigned, ends = kafka.generation, kafka.assigned(self._number), dict(kafka.ends)
        with self._world.sink.begin() as transaction:
            witnesses = dict(transaction.read().witness)
        yield ELSEWHERE
        offsets = {}
        for place in assigned:
            committed, end = kafka.committed.get(place), ends[place]
            offsets[place] = start_offset(
                witness=witnesses.get(place), committed=committed, beginning=0, end=end, start_at="beginning"
            )
        with self._world.sink.begin() as transaction:
            for place in offsets.keys() - witnesses.keys():
                transaction.read().witness.setdefault(place, offsets[place])
        yield ELSEWHERE
        if generation == kafka.generation:
            self._next, self._sought, self._untold, self._placed = offsets, {}, {}, generation
            self._ahead = None

    def _round(self) -> Steps:
        kafka = self._world.kafka
        fetched = self._fetch() if self._ahead is None else self._ahead
        self._ahead = None
        yield ELSEWHERE
        if fetched and self._placed == kafka.generation:
            yield from self._take_all(Part(fetched))
        if self._untold and self._placed == kafka.generation:
            kafka.committed |= self._untold
            self._untold = {}

    def _fetch(self) -> Fetched:
        fetched = {}
        for place, start in self._next.items():
            most = self._world.random.randint(0, 5)
            if records := [Record(*entry) for entry in self._world.kafka.logs[place] if entry[0] >= start][:most]:
                fetched[place] = records
                self._next[place] = records[-1].offset + 1
        return fetched

    def _take_all(self, fetched: Part) -> Steps:
        left = [fetched]
        while left:
            part = left.pop()
            # What is fetched ahead arrives at any moment while this is taken.
            if self._ahead is None and self._world.random.random() < 0.3:
                self._ahead = self._fetch()
            try:
                seek = yield from self._take(part)
            except Exception as error:
                failed = verdict(error)
                if instead := part.instead(failed):
                    left += reversed(instead)
                    continue
                if failed is Verdict.HALVE:
                    raise TimeoutError from error
                raise
            if seek:
                self._next |= {place: records[0].offset for place, records in (self._ahead or {}).items()}
                self._ahead = None
            self._next |= seek
            left = [rest for one in left if (rest := one.without(seek)).fetched]

    def _take(self, part: Part) -> Steps:
        with self._world.sink.begin() as transaction:
            yield from transaction.lock(sorted(part.fetched))
            witnesses = transaction.read().witness
            follow, seek = in_place(part.fetched, witnesses, self._sought)
            messages = [self._read(place, record) for place, records in follow.items() for record in records]
            new = {message.id for message in messages} - transaction.read().inbox
            fresh = first_occurrences(messages, new)
            yield SQL
            held = yield from _lock_parked(transaction, {message.lane for message in fresh})
            apply, park = hold_back(fresh, held)
            if part.alone:
                yield from self._find_broken(apply)
                apply, more = hold_back(apply, ())
                park += more
            elif any(message.id in self._world.broken for message in apply):
                raise ValueError("the handler fails")
            reached = {place: records[-1].offset + 1 for place, records in follow.items()}
            transaction.write(partial(_keep, reached=reached, new=new, applied=apply, parked=park))
            yield SQL
            transaction.commit()
        yield ELSEWHERE  # committed, and nobody knows it yet
        self._sought = still_sought(self._sought, seek=seek, reached=reached)
        self._untold |= reached
        return seek

    def _find_broken(self, messages: Sequence[Message]) -> Steps:
        for message in messages:
            yield SQL
            if message.id in self._world.broken:
                message.problem = "the handler fails"

    def _read(self, place: TopicPartition, record: Record) -> Message:
        problem = "unreadable" if record.event.id in self._world.unreadable else None
        return Message(place, record.offset, record.event, problem)


def _lock_parked(transaction: Transaction, lanes: set[Lane]) -> Steps:
    """Lock the rows of parked keys; one that a replay frees meanwhile is not held any more."""
    there = sorted(lanes & transaction.read().parked.keys())
    yield from transaction.lock(there)
    return set(there) & transaction.read().parked.keys()


def _keep(
    tables: Tables,
    *,
    reached: dict[TopicPartition, int],
    new: set[int],
    applied: Sequence[Message],
    parked: Sequence[tuple[Message, str]],
) -> None:
    for place, offset in reached.items():
        assert offset > tables.witness[place], "only an operator sends a witness back"
    tables.witness |= reached
    tables.inbox |= new
    tables.effects += [message.event for message in applied]
    for message, _ in sorted(parked, key=lambda entry: entry[0].offset):
        tables.parked.setdefault(message.lane, []).append(message.event)


def replay(world: World, lane: Lane) -> Steps:
    """Apply everything parked under a key and free it; nothing, if one of it still fails."""
    with world.sink.begin() as transaction:
        if not (yield from _lock_parked(transaction, {lane})):
            return
        events = list(transaction.read().parked[lane])
        if any(event.id in world.broken | world.unreadable for event in events):
            return
        transaction.write(lambda tables: (tables.effects.extend(events), tables.parked.pop(lane)))
        yield SQL
        transaction.commit()


def move(world: World, place: TopicPartition, to: int | None) -> Steps:
    """Send the consumer back, or let it forget its position, as an operator does."""
    with world.sink.begin() as transaction:
        yield from transaction.lock([place])
        if to is None:
            transaction.write(lambda tables: tables.witness.pop(place, None))
        elif to < transaction.read().witness.get(place, 0):
            transaction.write(lambda tables: tables.witness.update({place: to}))
        transaction.commit()
