"""How a service declares what it does with events, and how a batch of events is handed over."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from typing import Any, Literal, TypeVar, overload

from sqlalchemy.ext.asyncio import AsyncSession

from shared.context import Cause, current_cause, set_cause
from shared.events.base import Event, Received
from shared.log import get_logger

#: A handler that takes longer is named in the log; a whole batch should take less.
SLOW_SECONDS = 0.2

_log = get_logger(__name__)
_tells_all = logging.getLogger(__name__).isEnabledFor

E = TypeVar("E", bound=Event)

HandleOne = Callable[[AsyncSession, Received[E]], Awaitable[None]]
HandleRun = Callable[[AsyncSession, list[Received[E]]], Awaitable[None]]


class Kind(Enum):
    """What a handler does, which decides whether it may run again over old events."""

    PROJECTION = "keeps rows that follow from events alone; rebuilt from the beginning when its form changes"
    EFFECT = "does something once; its rows carry the causing event's id in a unique key of their own; never rebuilt"


# Two declarations of one function are two handlers, so identity decides.
@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """A function that handles events in the consumer's transaction; SQL only, nothing that cannot be rolled back."""

    function: Callable[[AsyncSession, Any], Awaitable[None]]
    kind: Kind
    batch: bool


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that follow from events alone, and the handlers that keep them: what can be rebuilt beside the live ones.

    The handlers touch no other table, nobody else writes these, and nothing in them depends on when an event arrived.
    """

    handlers: "Handlers"
    tables: tuple[str, ...]


#: Per event class the handlers called for it and for its subclasses, in this order. `Event` itself matches every event
#: of the subscribed topics.
Handlers = Mapping[type[Event], tuple[Handler, ...]]


@overload
def projection(function: HandleOne[E]) -> tuple[Handler, ...]: ...
@overload
def projection(function: HandleRun[E], *, batch: Literal[True]) -> tuple[Handler, ...]: ...
def projection(function: Callable[..., Awaitable[None]], *, batch: bool = False) -> tuple[Handler, ...]:
    """Declare `function(session, received)` a projection.

    Args:
        function: The handler.
        batch: Hand it a list instead: the run of consecutive events of this type in one transaction.
    """
    return (Handler(function, Kind.PROJECTION, batch),)


@overload
def effect(function: HandleOne[E]) -> tuple[Handler, ...]: ...
@overload
def effect(function: HandleRun[E], *, batch: Literal[True]) -> tuple[Handler, ...]: ...
def effect(function: Callable[..., Awaitable[None]], *, batch: bool = False) -> tuple[Handler, ...]:
    """Declare `function(session, received)` an effect; arguments as for `projection`."""
    return (Handler(function, Kind.EFFECT, batch),)


def merge(*features: Handlers) -> Handlers:
    """Return the handlers of several features as one; those of the same event class are called in this order."""
    merged: dict[type[Event], tuple[Handler, ...]] = {}
    for handlers in features:
        for event_class, chain in handlers.items():
            merged[event_class] = (*merged.get(event_class, ()), *chain)
    return merged


def projections(handlers: Handlers) -> Handlers:
    """Return the projections among `handlers`: what a rebuild runs."""
    kept = {
        event_class: tuple(handler for handler in chain if handler.kind is Kind.PROJECTION)
        for event_class, chain in handlers.items()
    }
    return {event_class: chain for event_class, chain in kept.items() if chain}


def chain_of(handlers: Handlers, event_class: type[Event]) -> tuple[Handler, ...]:
    """Return the handlers for events of `event_class`, in the order declared."""
    return tuple(
        handler for declared, chain in handlers.items() if issubclass(event_class, declared) for handler in chain
    )


async def deliver(session: AsyncSession, handlers: Handlers, batch: Sequence[Received[Event]]) -> None:
    """Hand `batch` to the handlers in order, in the transaction of `session`.

    Each event is the cause of what its handlers record. Consecutive events with the same handlers are one run: a
    handler declared with `batch` gets the run as a list.
    """
    chains = {event_class: chain_of(handlers, event_class) for event_class in {type(one.event) for one in batch}}
    for chain, group in groupby(batch, key=lambda received: chains[type(received.event)]):
        run = list(group)
        if any(handler.batch for handler in chain):
            for handler in chain:
                await _hand_over(session, handler, run)
            continue
        for received in run:
            with _span(received.cause(), received.type, 1):
                for handler in chain:
                    await handler.function(session, received)


async def _hand_over(session: AsyncSession, handler: Handler, run: list[Received[Event]]) -> None:
    if handler.batch:
        with _span(cause_of_run(run), run[-1].type, len(run)):
            await handler.function(session, run)
        return
    for received in run:
        with _span(received.cause(), received.type, 1):
            await handler.function(session, received)


def cause_of_run(run: Sequence[Received[Event]]) -> Cause:
    """Return the cause of what a whole run brings: its last event, with the longest chain of all.

    Whoever records several events from one run gives `outbox.record_many` the cause of each instead.
    """
    longest = max(run, key=lambda received: received.hops).cause()
    return replace(run[-1].cause(), hops=longest.hops, chain=longest.chain)


@contextmanager
def _span(cause: Cause, event_type: str, events: int) -> Iterator[None]:
    """Let `cause` be the cause of what is done inside; log how long it took: always at debug, at info if it is slow."""
    before, started = current_cause(), time.perf_counter()
    set_cause(cause)
    try:
        yield
    finally:
        seconds = time.perf_counter() - started
        if seconds > SLOW_SECONDS or _tells_all(logging.DEBUG):
            level = logging.INFO if seconds > SLOW_SECONDS else logging.DEBUG
            _log.log(level, "handled", type=event_type, events=events, ms=round(seconds * 1000, 1))
        set_cause(before)
