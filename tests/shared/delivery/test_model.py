"""Relay and consumer in thousands of interleavings: nothing lost, nothing doubled, nothing out of order.

A failing run prints its rules, each with the seed of the scheduler; MODEL_RUNS asks for more of them.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from model_processes import Member, World, move, relay, replay, writer
from model_stores import PLACES, SQL, TOPIC, Event, Flight, Steps

RUNS = int(os.environ.get("MODEL_RUNS", "150"))
#: Steps of the scheduler between two faults, and how many at most until everything is done once all is healed.
BURST, DRAIN = 40, 1_000
RELAYS, MEMBERS, WRITERS, AGGREGATES = 2, 3, 3, 6
LOST_SESSION = psycopg.OperationalError("the server closed the connection")
DEADLOCK = psycopg.errors.DeadlockDetected("deadlock detected")


class Process:
    """A generator that can be killed and started again."""

    def __init__(self, start: Callable[[], Steps]) -> None:
        self._start = start
        self._steps = start()
        self.at: str | None = None

    def step(self) -> bool:
        """Go one step; return whether there are more: a command ends with its work, or with its connection."""
        try:
            self.at = next(self._steps, None)
        except psycopg.OperationalError:
            self.at = None
        return self.at is not None

    def kill(self) -> None:
        self._steps.close()
        self._steps, self.at = self._start(), None

    def fail(self, error: Exception) -> None:
        """Let the statement at hand fail."""
        if self.at == SQL:
            self.at = self._steps.throw(error)


def fault(happen: Callable[["Delivery", Random], None]) -> Any:
    """Make a rule: something happens, then everybody works for a while, in an order that the seed decides."""

    def run(self: "Delivery", seed: int) -> None:
        self.bursts += 1
        self.world.random.seed(f"{self.bursts} {seed}")
        happen(self, self.world.random)
        self.work(BURST)
        self.check()

    run.__name__ = happen.__name__
    return rule(seed=st.integers(0, 2**32 - 1))(run)


class Delivery(RuleBasedStateMachine):
    """One service's outbox, relays, Kafka, and another service's consumers."""

    def __init__(self) -> None:
        super().__init__()
        self.world = world = World()
        self.bursts = 0
        self.relays = [Process(lambda: relay(world)) for _ in range(RELAYS)]
        self.members = [Process(lambda number=number: Member(world, number).run()) for number in range(MEMBERS)]
        self.others: list[Process] = []

    # What happens.

    @fault
    def nothing_fails(self, random: Random) -> None:
        pass

    @fault
    def a_relay_dies(self, random: Random) -> None:
        random.choice(self.relays).kill()

    @fault
    def a_leader_loses_its_lock_unawares(self, random: Random) -> None:
        if leader := self.world.source.locks.get("leader"):
            leader.end()

    @fault
    def a_writer_rolls_back(self, random: Random) -> None:
        if self.others:
            self.others.pop(random.randrange(len(self.others))).kill()

    @fault
    def a_consumer_dies(self, random: Random) -> None:
        random.choice(self.members).kill()

    @fault
    def a_frozen_consumers_transaction_is_ended(self, random: Random) -> None:
        if holder := self.world.sink.locks.get(random.choice(PLACES)):
            holder.end()

    @fault
    def a_consumers_statement_fails(self, random: Random) -> None:
        random.choice(self.members).fail(random.choice([LOST_SESSION, DEADLOCK]))

    @fault
    def transactions_cross(self, random: Random) -> None:
        for member in self.members:
            member.fail(DEADLOCK)

    @fault
    def partitions_are_shared_out_anew(self, random: Random) -> None:
        self.world.kafka.share_out({place: random.randrange(MEMBERS) for place in PLACES})

    @fault
    def offsets_are_reset(self, random: Random) -> None:
        kafka, place = self.world.kafka, random.choice(PLACES)
        kafka.committed[place] = random.randint(0, kafka.ends[place])

    @fault
    def offsets_expire(self, random: Random) -> None:
        self.world.kafka.committed.clear()

    @fault
    def an_offset_holds_no_event(self, random: Random) -> None:
        self.world.kafka.leave_a_gap(random.choice(PLACES))

    @fault
    def the_consumers_database_is_backed_up(self, random: Random) -> None:
        self.world.sink.keep_a_backup()

    @fault
    def the_consumers_database_is_restored(self, random: Random) -> None:
        self.world.sink.restore()

    @fault
    def an_event_cannot_be_handled(self, random: Random) -> None:
        if self.world.committed:
            random.choice([self.world.broken, self.world.unreadable]).add(random.choice(self.world.committed[-6:]).id)

    @fault
    def the_handler_is_mended(self, random: Random) -> None:
        self._mend()

    @fault
    def a_parked_key_is_replayed(self, random: Random) -> None:
        if lanes := sorted(self.world.sink.tables.parked):
            lane = random.choice(lanes)
            self.others.append(Process(lambda: replay(self.world, lane)))

    @fault
    def a_position_is_moved_back(self, random: Random) -> None:
        place = random.choice(PLACES)
        to = random.choice([None, random.randint(0, self.world.kafka.ends[place])])
        self.others.append(Process(lambda: move(self.world, place, to)))

    # Who works.

    def work(self, steps: int) -> None:
        random = self.world.random
        # Somebody is slow for this while, frozen even.
        crowd = [*self.relays, *self.members]
        weights = [random.choice((0, 1, 1, 4)) for _ in crowd]
        for _ in range(steps):
            kind = random.randrange(8)
            if kind == 0 and len(self.others) < WRITERS:
                aggregates = random.sample(range(AGGREGATES), random.randint(1, 2))
                self.others.append(Process(lambda wanted=aggregates: writer(self.world, wanted)))
            elif kind <= 2:
                self._step_others()
            elif kind == 3:
                self._network()
            elif any(weights):
                random.choices(crowd, weights)[0].step()

    def _step_others(self) -> None:
        if self.others:
            other = self.world.random.choice(self.others)
            if not other.step():
                self.others.remove(other)

    def _network(self) -> None:
        """One batch under way lands, is answered, or its answer or itself is lost."""
        kafka, random = self.world.kafka, self.world.random
        if not kafka.under_way:
            return
        flight = random.choice(kafka.under_way)
        chance = random.random()
        if not flight.is_appended and chance < 0.7:
            kafka.append(flight)
        elif flight.is_acknowledged is None:
            flight.is_acknowledged = flight.is_appended and chance < 0.9
        if _is_over(flight) or (chance > 0.95 and flight.is_acknowledged is not None):
            kafka.under_way.remove(flight)

    def _mend(self) -> None:
        self.world.broken.clear()
        self.world.unreadable.clear()

    # What must hold.

    def check(self) -> None:
        world = self.world
        committed = {event.id for event in world.committed}
        sent: dict[int, Event] = {}
        for place in PLACES:
            sent |= {event.id: event for _, event in world.kafka.logs[place]}
        assert sent.keys() <= committed, "nothing that was rolled back is sent"
        waiting = {event.id for event in world.source.tables.outbox.values()}
        assert committed <= sent.keys() | waiting, "nothing that was committed is lost"
        for versions in _by(lambda event: event.aggregate, iter(sent.values())).values():
            assert [event.version for event in versions] == list(range(1, len(versions) + 1)), "in order, without gaps"
        tables = world.sink.tables
        came = _by(lambda event: (TOPIC, event.key), iter(sent.values()))
        applied = _by(lambda event: (TOPIC, event.key), iter(tables.effects))
        for lane, events in came.items():
            taken = applied[lane] + tables.parked.get(lane, [])
            assert taken == events[: len(taken)], "each event once, in the order in which it first came"
        done = {event.id for taken in (tables.effects, *tables.parked.values()) for event in taken}
        for place, witness in tables.witness.items():
            passed = {event.id for offset, event in world.kafka.logs[place] if offset < witness}
            assert passed <= done, "nothing before the witness is left out"

    def teardown(self) -> None:
        """Heal everything, and let everybody finish: every event has its effect."""
        world, random = self.world, self.world.random
        crowd = [*self.relays, *self.members]
        self._mend()
        for _ in range(DRAIN):
            if self._is_drained():
                break
            for lane in sorted(world.sink.tables.parked) if not self.others else ():
                self.others.append(Process(lambda lane=lane: replay(world, lane)))
            for flight in list(world.kafka.under_way):
                self._land(flight)
            for process in random.sample(crowd, len(crowd)):
                process.step()
            self._step_others()
        self.check()
        assert self._is_drained(), "once everything is healed, every event has its effect"
        for process in (*self.relays, *self.members, *self.others):
            process.kill()

    def _land(self, flight: Flight) -> None:
        if not flight.is_appended:
            self.world.kafka.append(flight)
        flight.is_acknowledged = flight.is_acknowledged is not False
        self.world.kafka.under_way.remove(flight)

    def _is_drained(self) -> bool:
        world = self.world
        return (
            not self.others
            and not world.source.tables.outbox
            and len(world.sink.tables.effects) == len(world.committed)
        )


def _is_over(flight: Flight) -> bool:
    return flight.is_appended and flight.is_acknowledged is not None


def _by(key: Callable[[Event], Any], events: Iterator[Event]) -> dict[Any, list[Event]]:
    found: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        found[key(event)].append(event)
    return found


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(
    max_examples=RUNS,
    stateful_step_count=30,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
