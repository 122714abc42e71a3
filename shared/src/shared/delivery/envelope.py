"""The envelope: CloudEvents 1.0, Kafka binding, binary mode. Headers say what an event is, the value is its JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NotRequired
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from pydantic import UUID7, AwareDatetime, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from shared.context import SYSTEM, Cause
from shared.delivery.rules import MOST_HOPS
from shared.events.base import Event, Received


class _Head(TypedDict):
    """The headers that a consumer needs, as they are read."""

    ce_id: UUID7
    ce_subject: UUID
    ce_aggversion: int
    ce_time: AwareDatetime
    ce_actor: str
    ce_correlationid: str
    ce_hops: int
    ce_chain: NotRequired[str]
    ce_traceparent: NotRequired[str]


_HEAD = TypeAdapter(_Head)
_ID = TypeAdapter(UUID7)


@dataclass(slots=True)
class Message:
    """A Kafka message as read: an event that can be handled, or the problem that forbids it.

    Attributes:
        id: The event's id; None if even that could not be read.
        received: The event; None exactly if there is a `problem`.
        is_of_concern: What `read` found; None before it.
    """

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, bytes]
    payload: bytes | None
    id: UUID | None = None
    received: Received[Event] | None = None
    problem: str | None = None
    is_of_concern: bool | None = None

    @property
    def lane(self) -> tuple[str, str]:
        """Topic and key: what must stay in order, and is parked together."""
        return self.topic, self.key


@dataclass(frozen=True, slots=True)
class Known:
    """The event types a consumer can read.

    Attributes:
        handled: Event classes that have a handler, by type.
        declared: All types of the catalogue: a declared type without a handler is passed over.
    """

    handled: Mapping[str, type[Event]]
    declared: frozenset[str]

    def is_other_version(self, event_type: str) -> bool:
        """Return whether an undeclared type is another major version of a handled one."""
        name = event_type.rpartition(".v")[0]
        return any(handled.rpartition(".v")[0] == name for handled in self.handled)


def headers(event: Event, *, id: UUID, aggregate_id: UUID, version: int, key: str, cause: Cause) -> dict[str, str]:
    """Return the message headers of a new event.

    Work that nobody asked for (a timer) begins a chain of its own: its correlation id is the event's id.
    """
    service = event.topic().partition(".")[0]
    found = {
        "ce_specversion": "1.0",
        "ce_id": str(id),
        "ce_source": f"/trust-crm/{service}",
        "ce_type": event.type,
        "ce_subject": str(aggregate_id),
        "ce_time": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_partitionkey": key,
        "ce_aggversion": str(version),
        "ce_correlationid": str(id) if cause.correlation_id == SYSTEM.correlation_id else cause.correlation_id,
        "ce_actor": f"system:{service}" if cause.actor == SYSTEM.actor else cause.actor,
        "ce_hops": str(cause.hops),
        "content-type": "application/json",
    }
    if cause.causation_id is not None:
        found["ce_causationid"] = str(cause.causation_id)
    if cause.chain:
        found["ce_chain"] = cause.chain
    if cause.traceparent is not None:
        found["ce_traceparent"] = cause.traceparent
    return found


#: The headers as a JSON Schema, for other readers.
HEADERS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binding, binary mode; every value is UTF-8 text.",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "Id of the event (UUIDv7); a copy has the same."},
        "ce_source": {"type": "string", "description": "`/trust-crm/` and the service that recorded it."},
        "ce_type": {"type": "string", "description": "`<service>.<aggregate>.<past tense>.v<major>`."},
        "ce_subject": {"type": "string", "format": "uuid", "description": "Id of the aggregate."},
        "ce_time": {"type": "string", "format": "date-time", "description": "Business instant of the fact (UTC)."},
        "ce_partitionkey": {"type": "string", "description": "The message key."},
        "ce_aggversion": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Version of the aggregate that the event made: one more than that of its last event.",
        },
        "ce_correlationid": {"type": "string", "description": "The request that began the chain of events."},
        "ce_causationid": {"type": "string", "format": "uuid", "description": "Id of the event that was answered."},
        "ce_actor": {
            "type": "string",
            "description": "`staff:<uuid>`, `channel:<uuid>`, `client:<uuid>` or `system:<service>`.",
        },
        "ce_hops": {"type": "string", "pattern": "^[0-9]+$", "description": "Services passed through before."},
        "ce_chain": {"type": "string", "description": "Types of the events that led here, joined by `>`; if any did."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context."},
        "content-type": {"const": "application/json"},
    },
    "required": [
        *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_partitionkey"),
        *("ce_aggversion", "ce_correlationid", "ce_actor", "ce_hops", "content-type"),
    ],
}


def message_of(place: TopicPartition, record: ConsumerRecord[Any, Any]) -> Message:
    """Return a record of Kafka as a message that `read` can read; `place` names the topic without prefix."""
    headers = dict(record.headers)
    return Message(place.topic, place.partition, record.offset, printable(record.key), headers, record.value)


def read(message: Message, known: Known) -> bool:
    """Read `message` in place: fill in its event or its problem.

    A message is read once: who reads it again, because its transaction is tried again, gets the same answer.

    Returns:
        False if the message is of no concern: its type is unknown, or known and not handled here.
    """
    if message.is_of_concern is None:
        message.is_of_concern = _read(message, known)
    return message.is_of_concern


def _read(message: Message, known: Known) -> bool:
    try:
        event_type = message.headers["ce_type"].decode()
        event_class = known.handled.get(event_type)
        if event_class is None:
            if event_type in known.declared or not known.is_other_version(event_type):
                return False
            message.id, message.problem = event_id(message), f"unknown major version: {event_type}"
            return True
        head = _HEAD.validate_python(message.headers)
        event = event_class.model_validate_json(message.payload or b"")
    except (KeyError, ValueError) as error:
        message.id, message.problem = event_id(message), f"unreadable: {_short(error)}"
        return True
    message.id = head["ce_id"]
    if head["ce_hops"] > MOST_HOPS:
        chain = head.get("ce_chain", "unknown").replace(">", " > ")
        message.problem = f"went through {head['ce_hops']} services, an endless loop: {chain} > {event_type}"
    else:
        message.received = _received(message, event, event_type, head)
    return True


def event_id(message: Message) -> UUID | None:
    """Return the id of the event, of whatever type; None if it cannot be read."""
    try:
        return _ID.validate_python(message.headers["ce_id"])
    except (KeyError, ValidationError):
        return None


def _received(message: Message, event: Event, event_type: str, head: _Head) -> Received[Event]:
    return Received(
        event=event,
        id=head["ce_id"],
        type=event_type,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        aggregate_id=head["ce_subject"],
        aggregate_version=head["ce_aggversion"],
        time=head["ce_time"],
        actor=head["ce_actor"],
        correlation_id=head["ce_correlationid"],
        hops=head["ce_hops"],
        chain=head.get("ce_chain", ""),
        traceparent=head.get("ce_traceparent"),
    )


def _short(error: Exception) -> str:
    """Say what is wrong without repeating the payload: places and kinds only."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(".".join(map(str, (*problem["loc"], problem["type"]))) for problem in found[:5])
    return f"no {error}" if isinstance(error, KeyError) else str(error)[:200]


def printable(raw: bytes | None) -> str:
    """Return bytes as text that PostgreSQL can hold; what is not UTF-8 or is NUL is escaped."""
    return (raw or b"").decode(errors="backslashreplace").replace("\x00", "\\x00")


def printable_headers(pairs: Iterable[tuple[str, bytes]] | Mapping[str, bytes]) -> dict[str, str]:
    """Return headers as a JSON object that PostgreSQL can hold."""
    found = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {printable(name.encode()): printable(value) for name, value in found}
