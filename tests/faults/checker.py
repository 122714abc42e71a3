"""The one checker: what must hold after every fault is healed and everything has drained.

Each check takes the evidence and returns what is wrong, one sentence each. Whoever adds an invariant (a projection that
was rebuilt, the feed of the dashboard) adds a field to the evidence and a function to `CHECKS`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from tests.faults.history import Fact

from shared.delivery.relay import partition_for
from shared.events.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that stands in Kafka. What another program put there has no `fact`.

    Attributes:
        life: Counts up when the topic is made anew, since offsets begin again then.
    """

    partition: int
    offset: int
    key: str
    event: UUID | None
    fact: UUID | None
    account: UUID | None
    version: int
    life: int = 0

    @property
    def place(self) -> tuple[int, int, int]:
        return self.life, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Booking:
    """An effect in the ledger, in the order made."""

    event: UUID
    fact: UUID
    account: UUID
    version: int
    key: str
    fen: int


@dataclass
class Evidence:
    """What history, Kafka and both databases hold in the end.

    Attributes:
        postings: By fact, what its transaction wrote beside the event: account and version.
        accounts: Version of each account in the teller's database.
        parked: Partition and offset of each parked message.
        refused: Facts that the ledger cannot book: their keys are held back from there on.
        foreign: What must become of messages of other programs, by partition and offset.
    """

    facts: Mapping[UUID, Fact]
    postings: Mapping[UUID, tuple[UUID, int]]
    accounts: Mapping[UUID, int]
    log: Sequence[Copy]
    ends: Mapping[int, int]
    bookings: Sequence[Booking]
    balances: Mapping[str, int]
    latest: Mapping[UUID, int]
    inbox: frozenset[UUID]
    parked: frozenset[tuple[int, int]]
    witnesses: Mapping[int, int]
    outbox_rows: int
    refused: frozenset[UUID] = frozenset()
    foreign: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def committed(self) -> dict[UUID, Fact]:
        """Return the facts whose transaction committed: of those nobody heard of, the database knows."""
        return {
            id: fact
            for id, fact in self.facts.items()
            if fact.outcome == "committed" or (fact.outcome == "unknown" and id in self.postings)
        }

    def first_copies(self) -> list[Copy]:
        """Return the first occurrence of every fact, partition by partition in order."""
        seen: set[UUID] = set()
        found = []
        for copy in sorted(self.log, key=lambda copy: copy.place):
            if copy.fact is not None and copy.fact not in seen:
                seen.add(copy.fact)
                found.append(copy)
        return found

    def held_back(self) -> set[UUID]:
        """Return the facts that must be parked: those that are refused, and everything later of their keys."""
        keys: set[str] = set()
        held = set()
        for copy in self.first_copies():
            assert copy.fact is not None
            if copy.fact in self.refused:
                keys.add(copy.key)
            if copy.key in keys:
                held.add(copy.fact)
        return held


def database_keeps_what_it_answered(found: Evidence) -> Iterator[str]:
    for id, fact in found.facts.items():
        if fact.outcome == "committed" and id not in found.postings:
            yield f"{id} was committed and is gone"
        if fact.outcome == "rolled back" and id in found.postings:
            yield f"{id} was rolled back and is there"


def every_committed_event_is_in_kafka_and_no_other(found: Evidence) -> Iterator[str]:
    committed, sent = found.committed().keys(), {copy.fact for copy in found.first_copies()}
    yield from (f"{id} was committed and is not in Kafka" for id in committed - sent)
    yield from (f"{id} is in Kafka and was not committed" for id in sent - committed)


def versions_come_in_order_without_gaps(found: Evidence) -> Iterator[str]:
    versions: dict[UUID, list[int]] = defaultdict(list)
    for copy in found.first_copies():
        assert copy.account is not None
        versions[copy.account].append(copy.version)
    for account, last in found.accounts.items():
        if (came := versions[account]) != list(range(1, last + 1)):
            yield f"account {account} has version {last}, its events came as {_shortened(came)}"


def copies_of_an_event_are_alike(found: Evidence) -> Iterator[str]:
    first: dict[UUID, Copy] = {}
    for copy in found.log:
        if copy.event is None:
            continue
        known = first.setdefault(copy.event, copy)
        if (known.fact, known.version, known.partition) != (copy.fact, copy.version, copy.partition):
            yield f"event {copy.event} stands in Kafka in two forms"
        if copy.fact is not None and copy.partition != partition_for(copy.key, PARTITIONS):
            yield f"event {copy.event} stands in partition {copy.partition}, where its key does not belong"


def causes_come_before_effects(found: Evidence) -> Iterator[str]:
    """Within a key, what began after another was committed comes after it."""
    by_key = sorted(found.first_copies(), key=lambda copy: copy.key)
    for key, copies in groupby(by_key, key=lambda copy: copy.key):
        latest_begin = 0.0
        for copy in copies:
            fact = found.facts.get(copy.fact) if copy.fact else None
            if fact is None:
                continue
            if fact.ended is not None and fact.ended < latest_begin:
                yield f"{fact.id} of key {key} comes after one that began when it was committed"
            latest_begin = max(latest_begin, fact.began)


def every_payment_is_booked_once(found: Evidence) -> Iterator[str]:
    wanted = found.committed().keys() - found.held_back()
    booked = Counter(booking.fact for booking in found.bookings)
    yield from (f"{id} is not booked" for id in wanted - booked.keys())
    yield from (f"{id} is booked and must not be" for id in booked.keys() - wanted)
    yield from (f"{id} is booked {times} times" for id, times in booked.items() if times > 1)


def accounts_are_booked_in_order(found: Evidence) -> Iterator[str]:
    last: Counter[UUID] = Counter()
    for booking in found.bookings:
        if booking.version <= last[booking.account]:
            yield f"account {booking.account}: version {booking.version} is booked after {last[booking.account]}"
        last[booking.account] = booking.version


def balances_are_right_to_the_fen(found: Evidence) -> Iterator[str]:
    oracle: Counter[str] = Counter()
    held = found.held_back()
    for id, fact in found.committed().items():
        if id not in held:
            oracle[str(fact.key)] += fact.fen
    for key in oracle.keys() | found.balances.keys():
        if oracle[key] != found.balances.get(key, 0):
            yield f"key {key} has {found.balances.get(key, 0)} fen instead of {oracle[key]}"


def projection_shows_the_last_version(found: Evidence) -> Iterator[str]:
    held, last = found.held_back(), Counter[UUID]()
    for copy in found.first_copies():
        if copy.fact not in held and copy.account is not None:
            last[copy.account] = max(last[copy.account], copy.version)
    if dict(last) != dict(found.latest):
        yield f"the projection shows {len(found.latest)} accounts, of {len(last)} not all with their last version"


def everything_consumed_is_applied_parked_or_dropped(found: Evidence) -> Iterator[str]:
    applied = {booking.event for booking in found.bookings}
    seen: set[UUID] = set()
    became: Counter[str] = Counter()
    for copy in sorted(found.log, key=lambda copy: copy.place):
        place = (copy.partition, copy.offset)
        if copy.event is not None and copy.event in seen:
            became["dropped"] += 1
        elif place in found.parked:
            became["parked"] += 1
        elif copy.event in applied:
            became["applied"] += 1
        elif found.foreign.get(place) == "ignored":
            became["dropped"] += 1
        else:
            yield f"partition {copy.partition} offset {copy.offset} was consumed and nothing became of it"
        seen |= {copy.event} if copy.event is not None else set()
    if became["parked"] != len(found.parked) or became["applied"] != len(applied):
        yield f"{len(found.parked)} are parked and {len(applied)} applied, but of what Kafka holds {dict(became)}"


def what_must_be_parked_is_parked(found: Evidence) -> Iterator[str]:
    held = found.held_back()
    wanted = {(copy.partition, copy.offset) for copy in found.first_copies() if copy.fact in held}
    wanted |= {place for place, fate in found.foreign.items() if fate == "parked"}
    if wanted != found.parked:
        yield f"parked are {sorted(found.parked - wanted)} too many and {sorted(wanted - found.parked)} too few"


def inbox_knows_what_was_taken(found: Evidence) -> Iterator[str]:
    known = {copy.event for copy in found.log if copy.event is not None and copy.fact is not None}
    if missing := known - found.inbox:
        yield f"{len(missing)} events of Kafka are not in the inbox"


def nothing_waits(found: Evidence) -> Iterator[str]:
    if found.outbox_rows:
        yield f"{found.outbox_rows} events wait in the outbox"
    for partition, end in found.ends.items():
        if found.witnesses.get(partition, 0) != end:
            yield f"partition {partition} ends at {end}, the consumer stands at {found.witnesses.get(partition)}"


CHECKS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    database_keeps_what_it_answered,
    every_committed_event_is_in_kafka_and_no_other,
    versions_come_in_order_without_gaps,
    copies_of_an_event_are_alike,
    causes_come_before_effects,
    every_payment_is_booked_once,
    accounts_are_booked_in_order,
    balances_are_right_to_the_fen,
    projection_shows_the_last_version,
    everything_consumed_is_applied_parked_or_dropped,
    what_must_be_parked_is_parked,
    inbox_knows_what_was_taken,
    nothing_waits,
)
_MOST_PROBLEMS = 5


def problems(found: Evidence) -> list[str]:
    """Return what is wrong, a few sentences for each invariant that does not hold."""
    told = []
    for check in CHECKS:
        wrong = list(check(found))
        told += [f"{check.__name__}: {sentence}" for sentence in wrong[:_MOST_PROBLEMS]]
        if len(wrong) > _MOST_PROBLEMS:
            told.append(f"{check.__name__}: … and {len(wrong) - _MOST_PROBLEMS} more")
    return told


def _shortened(versions: Sequence[int]) -> str:
    return f"{list(versions[:20])}{' …' if len(versions) > 20 else ''} ({len(versions)})"
