"""What the services declare as projections keeps to its tables and follows from events alone: a rebuild equals it."""

import importlib
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared import migrations
from shared.delivery.handlers import Projection, deliver
from shared.delivery.reader import reader
from shared.events import all as _declare_all_events  # noqa: F401  # declares every event
from shared.events.base import Event, Received
from shared.ids import new_id
from shared.operations import shadow
from shared.operations.service import Service, one_connection
from shared.testing.postgres import TestPostgres, clone, template_database

EXAMPLES = Path(__file__).parents[3] / "shared" / "contracts" / "events"
SERVICES = ("interaction_log", "ops_dashboard")
DECLARED = [
    pytest.param(service, one, id=f"{service}-{name}")
    for service in SERVICES
    for name, one in importlib.import_module(f"{service}.worker").PROJECTIONS.items()
]


def received(event: Event, version: int) -> Received[Event]:
    subject = next(value for name, value in event if name != "occurred_at" and isinstance(value, UUID))
    return Received(
        event=event,
        id=new_id(),
        type=event.type,
        topic=event.topic(),
        partition=0,
        offset=0,
        key=str(subject),
        aggregate_id=subject,
        aggregate_version=version,
        time=event.occurred_at,
        actor="system",
        correlation_id="test",
    )


def told(handled: dict[str, type[Event]]) -> list[Received[Event]]:
    """Return the committed example of each type, twice over, in any order of types."""
    examples = [
        event_class.model_validate_json((EXAMPLES / f"{name}.example.json").read_text())
        for name, event_class in handled.items()
        if (EXAMPLES / f"{name}.example.json").exists()  # the tests of delivery declare types of their own
    ]
    random.shuffle(examples)
    return [received(event, version) for version, event in enumerate(examples * 2, start=1)]


@pytest.mark.parametrize(("import_name", "declared"), DECLARED)
async def test_a_declared_projection_equals_its_rebuild(
    postgres_server: TestPostgres, import_name: str, declared: Projection
) -> None:
    template = template_database(postgres_server, import_name, lambda url: migrations.upgrade(import_name, url))
    url = clone(postgres_server, template, suffix="_operations")
    own = reader("any", declared.handlers, rebuilding=True)
    events: list[Any] = told(dict(own.known.handled))

    async with one_connection(Service(import_name.replace("_", "-"), url, None, "")) as session:
        async with session.begin():
            await deliver(session, declared.handlers, events)
        async with session.begin():
            await shadow.make(session, declared.tables)
        async with session.begin():
            for event in events:
                await deliver(session, own.handlers, [event])
        async with session.begin():
            found = [await shadow.compare(session, table) for table in declared.tables]

    assert [one.table for one in found if not one.is_equal or not one.live] == []
