"""`status`: how events flow, in one look: what waits, who leads, what is parked, what holds things up."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery import positions, topics
from shared.delivery.faults import told
from shared.events.topics import TOPICS
from shared.operations.reading import distance, source
from shared.operations.screen import Screen
from shared.operations.service import Service, transaction

#: Beyond these an operator should look.
_OUTBOX_SECONDS = 60
_SNAPSHOT_SECONDS = 300

_OUTBOX = text(
    "SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0) AS seconds"
    " FROM (SELECT recorded_at FROM outbox ORDER BY seq LIMIT 100000) AS waiting"
)
_LEADER = text(
    "SELECT coalesce(host(client_addr), 'local') || ' since '"
    " || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'"
    " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
    " AND datname = current_database() AND application_name = :application LIMIT 1"
)
_PARKED = text(
    "SELECT (SELECT count(*) FROM parked_key WHERE consumer = :consumer) AS keys,"
    " (SELECT count(*) FROM parked_event WHERE consumer = :consumer) AS events"
)
_SEALED = text(
    "SELECT entry.recorded_at FROM audit_seal AS seal JOIN audit_entry AS entry ON entry.id = seal.entry_id"
    " ORDER BY seal.seq DESC LIMIT 1"
)
_UNSEALED = text(
    "SELECT count(*) FROM audit_entry AS entry WHERE recorded_at > CAST(:since AS timestamptz) - interval '1 hour'"
    " AND NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = entry.id)"
)
_SNAPSHOT = text(
    "SELECT application_name, coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0) AS seconds,"
    " age(backend_xmin) AS transactions FROM pg_stat_activity"
    " WHERE backend_xmin IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()"
    " ORDER BY xact_start LIMIT 1"
)


@dataclass(slots=True)
class Status:
    """One service's delivery at a moment; None where it could not be asked.

    Attributes:
        outbox_rows: Events not yet sent; counted up to 100,000.
        outbox_seconds: Age of the oldest of them.
        leader: Where the relay that leads runs, and since when.
        lag: Events not yet taken, by topic.
        sealed_until: Instant of the last audit entry in the sealed chain.
        snapshot_seconds: Age of the oldest transaction that holds a snapshot: dead rows after it cannot be removed.
        problems: What an operator should look at.
    """

    service: str
    outbox_rows: int | None = None
    outbox_seconds: float | None = None
    leader: str | None = None
    lag: dict[str, int] | None = None
    parked_keys: int | None = None
    parked_events: int | None = None
    sealed_until: datetime | None = None
    unsealed: int | None = None
    snapshot_seconds: float | None = None
    snapshot_holder: str | None = None
    missing_topics: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"sealed_until": self.sealed_until.isoformat() if self.sealed_until else None}


async def look(service: Service) -> Status:
    """Return the status of one service; what does not answer is among its problems."""
    status = Status(service.name)
    positions_of: dict[Any, int] = {}
    try:
        async with asyncio.timeout(15), transaction(service) as session:
            await _look_at_database(session, status)
            positions_of = await positions.read(session, service.name)
    except Exception as error:  # whatever it is, the other services' status is wanted all the same
        status.problems.append(f"the database does not answer: {told(error)}")
    if service.kafka is None:
        status.problems.append("Kafka was not asked: set KAFKA_BOOTSTRAP_SERVERS")
        return status
    try:
        await _look_at_kafka(service, positions_of, status)
    except (KafkaError, OSError, TimeoutError) as error:
        status.problems.append(f"Kafka does not answer: {told(error)}")
    return status


async def _look_at_database(session: AsyncSession, status: Status) -> None:
    outbox = (await session.execute(_OUTBOX)).one()
    status.outbox_rows, status.outbox_seconds = outbox.rows, round(float(outbox.seconds), 1)
    if status.outbox_seconds > _OUTBOX_SECONDS:
        status.problems.append(f"the oldest event waits in the outbox since {status.outbox_seconds:.0f} s")
    application = {"application": f"{status.service} relay"}
    status.leader = (await session.execute(_LEADER, application)).scalar_one_or_none()
    if status.leader is None:
        status.problems.append("no relay leads: is a worker running?")
    parked = (await session.execute(_PARKED, {"consumer": status.service})).one()
    status.parked_keys, status.parked_events = parked.keys, parked.events
    if parked.keys:
        status.problems.append(f"events are parked: trust-crm parked list {status.service}")
    status.sealed_until = (await session.execute(_SEALED)).scalar_one_or_none()
    status.unsealed = (await session.execute(_UNSEALED, {"since": status.sealed_until or "-infinity"})).scalar_one()
    snapshot = (await session.execute(_SNAPSHOT)).one_or_none()
    if snapshot is not None:
        status.snapshot_seconds, status.snapshot_holder = round(float(snapshot.seconds), 1), snapshot.application_name
        if status.snapshot_seconds > _SNAPSHOT_SECONDS:
            status.problems.append(
                f"{snapshot.application_name} holds a snapshot since {status.snapshot_seconds:.0f} s"
            )


async def _look_at_kafka(service: Service, taken: Mapping[Any, int], status: Status) -> None:
    read = {place.topic for place in taken}
    own = {topic.name for topic in TOPICS if topic.name.partition(".")[0] == service.name}
    status.missing_topics = await topics.verify(service.bootstrap, read | own, prefix=service.topic_prefix)
    status.problems += status.missing_topics
    gone = {name for name in read if any(f" {service.topic_prefix}{name} " in line for line in status.missing_topics)}
    places = [place for place in taken if place.topic not in gone]
    async with source(service) as kafka:
        ends = await kafka.ends(places) if places else {}
    status.lag = {
        topic: distance(taken, {place: end for place, end in ends.items() if place.topic == topic})
        for topic in sorted(read - gone)
    }


async def show(services: Mapping[str, Service], screen: Screen, *, as_json: bool) -> int:
    """Print the status of each service; return 0 if nothing needs an operator, else 1."""
    found = await asyncio.gather(*(look(service) for service in services.values()))
    if as_json:
        screen.say_json([status.as_json() for status in found])
    else:
        screen.show(_COLUMNS, [_row(status) for status in found])
        behind = [(one.service, topic, lag) for one in found for topic, lag in (one.lag or {}).items() if lag]
        if behind:
            screen.say("")
            screen.show(["behind", "topic", "#events"], behind)
        for status in found:
            for problem in status.problems:
                screen.say(f"{status.service}: {problem}")
        if not any(status.problems for status in found):
            screen.say("nothing needs you")
    return 1 if any(status.problems for status in found) else 0


_COLUMNS = ["service", "#outbox", "#oldest", "relay leads at", "#lag", "#parked", "audit sealed until", "#snapshot"]


def _row(status: Status) -> list[str]:
    sealed = f"{status.sealed_until:%Y-%m-%d %H:%M:%S}" if status.sealed_until else "-"
    return [
        status.service,
        _number(status.outbox_rows),
        _seconds(status.outbox_seconds),
        status.leader or "nobody",
        _number(None if status.lag is None else sum(status.lag.values())),
        "?" if status.parked_keys is None else f"{status.parked_keys} / {status.parked_events}",
        f"{sealed} (+{status.unsealed})" if status.unsealed else sealed,
        _seconds(status.snapshot_seconds),
    ]


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
