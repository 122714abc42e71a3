"""A PostgreSQL and a Kafka of dictionaries: what delivery relies on in them, and nothing else."""

import copy
from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from aiokafka import TopicPartition

from shared.delivery.relay import Batch, partition_for

TOPIC = "widgets.widget"
PARTITIONS = 3
PLACES = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
#: What a process yields where others may act, or it may die; at `SQL` a statement may also fail.
SQL, ELSEWHERE, WAITS = "sql", "elsewhere", "waits"
Steps = Generator[str, None, Any]
Lane = tuple[str, str]


@dataclass(frozen=True)
class Event:
    """A fact about an aggregate; `id` is unique over all."""

    id: int
    aggregate: int
    version: int
    key: str
    size: int


@dataclass
class Message:
    """An event as a consumer reads it."""

    place: TopicPartition
    offset: int
    event: Event
    problem: str | None = None

    @property
    def id(self) -> int:
        return self.event.id

    @property
    def lane(self) -> Lane:
        return TOPIC, self.event.key


@dataclass
class Tables:
    """What is committed."""

    versions: dict[int, int] = field(default_factory=dict)
    outbox: dict[int, Event] = field(default_factory=dict)
    witness: dict[TopicPartition, int] = field(default_factory=dict)
    inbox: set[int] = field(default_factory=set)
    effects: list[Event] = field(default_factory=list)
    parked: dict[Lane, list[Event]] = field(default_factory=dict)


class Database:
    """Tables, locks, and transactions that commit as a whole or not at all."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.locks: dict[Hashable, Transaction] = {}
        self._kept = Tables()

    def begin(self) -> "Transaction":
        return Transaction(self)

    def keep_a_backup(self) -> None:
        self._kept = copy.deepcopy(self.tables)

    def restore(self) -> None:
        """Go back to the backup; whoever is connected notices only at the next statement."""
        self.tables = copy.deepcopy(self._kept)
        for transaction in {*self.locks.values()}:
            transaction.end()


class Transaction:
    """A session's transaction: nobody sees its writes before it commits; it ends when its process dies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes: list[Callable[[Tables], object]] = []
        self._is_open = True

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def lock(self, names: Iterable[Hashable]) -> Steps:
        """Wait for row locks, or for an advisory one."""
        for name in names:
            while self._database.locks.get(name, self) is not self:
                yield WAITS
            self.read()
            self._database.locks[name] = self
        yield SQL

    def read(self) -> Tables:
        if not self._is_open:
            raise psycopg.OperationalError("the connection was closed")
        return self._database.tables

    def write(self, write: Callable[[Tables], object]) -> None:
        self._writes.append(write)

    def commit(self) -> None:
        tables = self.read()
        for write in self._writes:
            write(tables)
        self._writes = []

    def end(self) -> None:
        self._is_open = False
        for name in [name for name, holder in self._database.locks.items() if holder is self]:
            del self._database.locks[name]


class Room:
    """A batch under way to Kafka, with room for four."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, *, value: Event, **_: object) -> object | None:
        if sum(event.size for event in self.events) + value.size > 4:
            return None
        self.events.append(value)
        return value


@dataclass(eq=False)
class Flight:
    """A batch on its way: its answer may be lost, and it may land when nobody waits for it any more."""

    batch: Batch
    is_appended: bool = False
    is_acknowledged: bool | None = None


class Kafka:
    """Partitions with their logs, what is under way to them, and the group of the consumers."""

    def __init__(self) -> None:
        self.logs: dict[TopicPartition, list[tuple[int, Event]]] = {place: [] for place in PLACES}
        self.ends = dict.fromkeys(PLACES, 0)
        self.under_way: list[Flight] = []
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 0
        self.owners: dict[TopicPartition, int] = dict.fromkeys(PLACES, 0)

    def send(self, batch: Batch) -> Flight:
        self.under_way.append(flight := Flight(batch))
        return flight

    def append(self, flight: Flight) -> None:
        place = TopicPartition(flight.batch.topic, flight.batch.partition)
        for event in flight.batch.builder.events:
            assert place.partition == partition_for(event.key, PARTITIONS)
            self.logs[place].append((self.ends[place], event))
            self.ends[place] += 1
        flight.is_appended = True

    def leave_a_gap(self, place: TopicPartition) -> None:
        """Use up an offset as transaction markers and compaction do."""
        self.ends[place] += 1

    def share_out(self, owners: dict[TopicPartition, int]) -> None:
        self.owners = owners
        self.generation += 1

    def assigned(self, member: int) -> list[TopicPartition]:
        return [place for place in PLACES if self.owners[place] == member]
