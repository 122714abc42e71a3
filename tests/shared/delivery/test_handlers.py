"""Which handlers an event meets, in which order, and in which runs."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import WidgetMade, WidgetMoved

from shared.context import SYSTEM, Cause, current_cause, set_cause
from shared.delivery.handlers import Handlers, chain_of, deliver, effect, merge, projection, projections
from shared.events.base import Event, Received
from shared.ids import new_id

NO_SESSION = cast(AsyncSession, None)


def received(event_class: type[WidgetMade] | type[WidgetMoved], number: int, hops: int = 0) -> Received[Event]:
    event = event_class(occurred_at=datetime(2026, 3, 2, tzinfo=UTC), widget_id=new_id(), number=number)
    place: dict[str, Any] = {
        "topic": event.topic(),
        "partition": 0,
        "offset": number,
        "key": "k",
        "time": event.occurred_at,
    }
    origin: dict[str, Any] = {"actor": "staff:1", "correlation_id": f"request-{number}", "hops": hops}
    return Received(
        event=event, id=new_id(), type=event.type, aggregate_id=event.widget_id, aggregate_version=1, **place, **origin
    )


MIXED = [received(WidgetMade, 1), received(WidgetMade, 2), received(WidgetMoved, 3), received(WidgetMade, 4)]


@pytest.fixture
def seen() -> list[Any]:
    return []


def one(seen: list[Any], name: str) -> Any:
    async def handle(_session: AsyncSession, received: Received[WidgetMade]) -> None:
        seen.append((name, received.event.number))

    return handle


def run(seen: list[Any], name: str) -> Any:
    async def handle(_session: AsyncSession, received: list[Received[WidgetMade]]) -> None:
        seen.append((name, [each.event.number for each in received]))

    return handle


async def test_events_meet_their_handlers_in_order(seen: list[Any]) -> None:
    handlers: Handlers = {WidgetMade: effect(one(seen, "made")), WidgetMoved: effect(one(seen, "moved"))}

    await deliver(NO_SESSION, handlers, MIXED)

    assert seen == [("made", 1), ("made", 2), ("moved", 3), ("made", 4)]


async def test_features_that_share_an_event_are_called_in_the_order_of_merge(seen: list[Any]) -> None:
    first: Handlers = {WidgetMade: projection(one(seen, "first"))}
    second: Handlers = {WidgetMade: effect(one(seen, "second"))}

    await deliver(NO_SESSION, merge(first, second), MIXED[:2])

    assert seen == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


async def test_a_batch_handler_gets_runs_of_consecutive_events(seen: list[Any]) -> None:
    handlers: Handlers = {
        WidgetMade: projection(run(seen, "made"), batch=True),
        WidgetMoved: projection(run(seen, "moved"), batch=True),
    }

    await deliver(NO_SESSION, handlers, MIXED)

    assert seen == [("made", [1, 2]), ("moved", [3]), ("made", [4])]


async def test_the_base_class_matches_every_event_in_one_run(seen: list[Any]) -> None:
    await deliver(NO_SESSION, {Event: projection(run(seen, "all"), batch=True)}, MIXED)

    assert seen == [("all", [1, 2, 3, 4])]


async def test_single_and_batch_handlers_of_one_event_share_the_run(seen: list[Any]) -> None:
    handlers = merge({WidgetMade: effect(one(seen, "one"))}, {WidgetMade: effect(run(seen, "run"), batch=True)})

    await deliver(NO_SESSION, handlers, MIXED[:2])

    assert seen == [("one", 1), ("one", 2), ("run", [1, 2])]


async def test_each_event_is_the_cause_of_what_its_handler_does() -> None:
    causes: list[Cause] = []

    async def handle(_session: AsyncSession, _received: Received[WidgetMade]) -> None:
        causes.append(current_cause())

    async def handle_run(_session: AsyncSession, _received: list[Received[WidgetMade]]) -> None:
        causes.append(current_cause())

    set_cause(SYSTEM)
    events = [received(WidgetMade, 1, hops=5), received(WidgetMade, 2)]
    await deliver(NO_SESSION, merge({WidgetMade: effect(handle)}, {Event: effect(handle_run, batch=True)}), events)

    assert [(cause.correlation_id, cause.hops) for cause in causes] == [
        ("request-1", 6),
        ("request-2", 1),
        ("request-2", 6),
    ]
    assert {cause.chain for cause in causes} == {"widgets.widget.made.v1"}
    assert [cause.causation_id for cause in causes] == [events[0].id, events[1].id, events[1].id]
    assert current_cause() == SYSTEM


def test_a_rebuild_sees_projections_only(seen: list[Any]) -> None:
    handlers: Handlers = {
        WidgetMade: (*effect(one(seen, "a")), *projection(one(seen, "b"))),
        WidgetMoved: effect(one(seen, "c")),
    }

    kept = projections(handlers)

    assert len(chain_of(kept, WidgetMade)) == 1
    assert chain_of(kept, WidgetMoved) == ()
