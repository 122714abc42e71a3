"""The widgets' service as the operators' command finds it: an effect, two projections, and ways to die in the middle.

Run as a program it is the command on this service: `python shelves.py rebuild widgets …`.
"""

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

sys.path.insert(0, str(Path(__file__).parent.parent / "delivery"))  # the widgets are plain Python beside those tests

import widgets
from widgets import WidgetMade, WidgetMoved, note

from shared.delivery.handlers import Handlers, Projection, effect, merge, projection
from shared.events import base
from shared.events.base import Received
from shared.operations import shadow
from shared.operations.__main__ import main

TABLES = """
CREATE TABLE shelf (
    widget_id uuid PRIMARY KEY, version bigint NOT NULL, number numeric NOT NULL CHECK (number < 1000),
    moves int NOT NULL DEFAULT 0, at timestamptz NOT NULL, told jsonb NOT NULL
);
CREATE INDEX shelf_number_idx ON shelf (number);
"""
_PUT = text(
    "INSERT INTO shelf (widget_id, version, number, at, told)"
    " VALUES (:widget_id, :version, :number, :at, CAST(:told AS jsonb))"
    " ON CONFLICT (widget_id) DO UPDATE SET version = excluded.version, number = excluded.number, at = excluded.at,"
    " told = excluded.told, moves = shelf.moves + 1 WHERE shelf.version < excluded.version"
)
_COUNT = text(
    "INSERT INTO tally (key, events) VALUES (:key, 1) ON CONFLICT (key) DO UPDATE SET events = tally.events + 1"
)

_handled = 0


async def put(session: AsyncSession, received: Received[WidgetMade] | Received[WidgetMoved]) -> None:
    """Keep the last that was told of a widget, and how often it was told."""
    event = received.event
    row = {"widget_id": received.aggregate_id, "version": received.aggregate_version, "number": event.number}
    await session.execute(_PUT, row | {"at": event.occurred_at, "told": event.model_dump_json()})
    _die_after()


async def count(session: AsyncSession, received: Received[WidgetMade] | Received[WidgetMoved]) -> None:
    """Count: an event handed over twice shows."""
    await session.execute(_COUNT, {"key": received.key})


def _die_after() -> None:
    global _handled
    _handled += 1
    if _handled == int(os.environ.get("DIE_AFTER_EVENTS", "0")):
        os.kill(os.getpid(), signal.SIGKILL)


SHELF: Handlers = {WidgetMade: projection(put), WidgetMoved: projection(put)}
TALLY: Handlers = {WidgetMade: projection(count), WidgetMoved: projection(count)}
EFFECTS: Handlers = {WidgetMade: effect(note), WidgetMoved: effect(note)}
ALL: Handlers = merge(SHELF, TALLY, EFFECTS)
PROJECTIONS = {"shelf": Projection(SHELF, ("shelf",)), "tally": Projection(TALLY, ("tally",))}


def worker(handlers: Handlers = ALL, projections: dict[str, Projection] = PROJECTIONS) -> Any:
    """Return what stands in for the module `widgets.worker`."""
    return SimpleNamespace(HANDLERS=handlers, PROJECTIONS=projections)


async def _swap_and_die(session: AsyncSession, table: str) -> None:
    await _swap(session, table)
    os.kill(os.getpid(), signal.SIGKILL)


_swap = shadow.swap

if __name__ == "__main__":
    base._BY_TYPE.update(widgets.TYPES)
    sys.modules["widgets.worker"] = worker()
    if "DIE_IN_SWAP" in os.environ:
        shadow.swap = _swap_and_die
    sys.exit(main(sys.argv[1:]))
