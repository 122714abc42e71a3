"""What a consumer is: its name, what it can read, and what it does with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery.envelope import Known
from shared.delivery.handlers import Handlers, chain_of, projections
from shared.events.base import Event, Received, catalogue

#: Locks every row that a batch will touch, in one statement that sorts them.
Lock = Callable[[AsyncSession, list[Received[Event]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """What a consumer is: its name and what it does with events.

    Attributes:
        consumer: Name under which witness, inbox and parked events are kept.
        rebuilding: Runs projections only, over events of any age; recording is refused.
    """

    consumer: str
    handlers: Handlers
    known: Known
    lock: Lock | None = None
    rebuilding: bool = False


def reader(consumer: str, handlers: Handlers, *, lock: Lock | None = None, rebuilding: bool = False) -> Reader:
    """Return the reader for `handlers`; every event module must have been imported."""
    used = projections(handlers) if rebuilding else handlers
    declared = catalogue()
    handled = {name: event_class for name, event_class in declared.items() if chain_of(used, event_class)}
    return Reader(consumer, used, Known(handled, frozenset(declared)), lock, rebuilding)
