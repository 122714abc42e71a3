"""Named points at which a process of the campaign ends as if it were killed. Production code knows nothing of them.

Each wraps one function in the child process. `under way` means: the bytes have left, the answer is never read.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

from shared.delivery import batch, consumer, inbox, leadership, parking, relay

KILLED = 137
#: How long the process stands still before it ends, so that the other side surely gets what was sent.
_STANDS_STILL_SECONDS = 0.1

When = Callable[..., Any]


class Trap:
    """Ends the process when it is stepped on for the `after + 1`-th time."""

    def __init__(self, after: int) -> None:
        self._left = after

    def step(self) -> None:
        """End the process if it is time."""
        if self.is_due():
            os._exit(KILLED)

    def is_due(self) -> bool:
        """Count one step; return whether it is the one."""
        self._left -= 1
        return self._left < 0


def arm(point: str, *, after: int = 0) -> None:
    """Set the trap at a point of `POINTS`, to be passed `after` times unharmed."""
    owner, name, place, when = POINTS[point]
    setattr(owner, name, place(getattr(owner, name), when, Trap(after)))


def _before(function: Callable[..., Awaitable[Any]], when: When, trap: Trap) -> Callable[..., Awaitable[Any]]:
    async def wrapped(*args: Any, **named: Any) -> Any:
        if when(args, None):
            trap.step()
        return await function(*args, **named)

    return wrapped


def _after(function: Callable[..., Awaitable[Any]], when: When, trap: Trap) -> Callable[..., Awaitable[Any]]:
    async def wrapped(*args: Any, **named: Any) -> Any:
        result = await function(*args, **named)
        if when(args, result):
            trap.step()
        return result

    return wrapped


def _under_way(function: Callable[..., Awaitable[Any]], when: When, trap: Trap) -> Callable[..., Awaitable[Any]]:
    async def wrapped(*args: Any, **named: Any) -> Any:
        if not when(args, None) or not trap.is_due():
            return await function(*args, **named)
        task = asyncio.ensure_future(function(*args, **named))
        for _ in range(5):
            await asyncio.sleep(0)
        time.sleep(_STANDS_STILL_SECONDS)  # noqa: ASYNC251  # nothing else of this process may go on
        task.cancel()
        os._exit(KILLED)

    return wrapped


def _always(_args: Any, _result: Any) -> bool:
    return True


def _result(_args: Any, result: Any) -> bool:
    return bool(result)


def _reads(args: Any, result: Any) -> bool:
    return args[1] is relay._SELECT and bool(result)


def _deletes(args: Any, _result: Any) -> bool:
    return args[1] is relay._DELETE


def _produces(args: Any, _result: Any) -> bool:
    return "Produce" in type(args[2]).__name__


_Wrap = Callable[[Callable[..., Awaitable[Any]], When, Trap], Callable[..., Awaitable[Any]]]

POINTS: dict[str, tuple[Any, str, _Wrap, When]] = {
    "relay.after_read": (leadership, "execute", _after, _reads),
    "relay.before_send": (AIOKafkaProducer, "send_batch", _before, _always),
    "relay.after_send": (AIOKafkaClient, "send", _under_way, _produces),
    "relay.after_ack": (leadership, "execute", _before, _deletes),
    "relay.during_delete": (leadership, "execute", _under_way, _deletes),
    "relay.after_delete": (leadership, "execute", _after, _deletes),
    "consumer.while_placed": (consumer, "offsets_to_begin", _after, _always),
    "consumer.after_fetch": (consumer, "take", _before, _always),
    "consumer.after_inbox": (inbox, "enter", _after, _result),
    "consumer.after_handlers": (batch, "deliver", _after, _always),
    "consumer.before_commit": (consumer, "take", _after, _always),
    "consumer.during_commit": (psycopg.AsyncConnection, "commit", _under_way, _always),
    "consumer.after_commit": (consumer.Consumer, "_take", _after, _always),
    "consumer.during_telling": (AIOKafkaConsumer, "commit", _under_way, _always),
    "consumer.after_telling": (AIOKafkaConsumer, "commit", _after, _always),
    "consumer.after_parking": (parking, "park", _after, _always),
    "writer.before_commit": (psycopg.AsyncConnection, "commit", _before, _always),
    "writer.during_commit": (psycopg.AsyncConnection, "commit", _under_way, _always),
    "writer.after_commit": (psycopg.AsyncConnection, "commit", _after, _always),
}


def points(part: str) -> list[str]:
    """Return the points of `relay`, `consumer` or `writer`, those of everyday work only."""
    return [point for point in POINTS if point.startswith(f"{part}.") and point != "consumer.after_parking"]
