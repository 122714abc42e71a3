"""One trace leads from the caller's request over outbox, Kafka and handlers to what the last handler records."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    SERVICE,
    Widget,
    WidgetMade,
    WidgetMoved,
    Workshop,
    a_widget,
    eventually,
    is_,
    made,
    moved,
    running,
)

from shared import log
from shared.context import Cause, current_cause
from shared.delivery import handlers as handlers_module
from shared.delivery import outbox
from shared.delivery.handlers import Handlers, deliver, effect
from shared.events.base import Event, Received
from shared.http.app import create_api
from shared.http.permissions import ALL
from shared.http.routing import SessionDep, router
from shared.serve import service_worker
from shared.settings import ServiceSettings
from shared.testing.service import ServiceKit

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

routes = router("Widgets")


@routes.post("/widgets", status_code=201)
async def make_widget(session: SessionDep) -> None:
    """Make a widget."""
    session.add(widget := a_widget())
    await outbox.record(session, widget, made(widget))


@pytest_asyncio.fixture
async def kit(workshop: Workshop, tmp_path: Path) -> AsyncIterator[ServiceKit]:
    key = ECKey.generate_key("P-256", auto_kid=True)
    keys_file = tmp_path / "keys.json"
    keys_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = ServiceSettings(
        environment="dev",
        database_url=SecretStr(workshop.database.url),
        kafka_bootstrap_servers="127.0.0.1:1",
        internal_keys_file=keys_file,
    )
    app = create_api(
        SERVICE,
        settings,
        routers=[routes],
        permissions={"POST /v1/widgets": {"admin": ALL}},
        create_worker=lambda settings, database: service_worker(settings, database, handlers={}),
    )
    yield ServiceKit(SERVICE, app, app.state.database, key, ())
    await app.state.database.close()


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def span(traceparent: str | None) -> tuple[str, str]:
    _version, trace_id, span_id, _flags = (traceparent or "").split("-")
    return trace_id, span_id


async def test_one_trace_from_the_request_to_the_event_of_the_second_handler(
    workshop: Workshop, kit: ServiceKit, caplog: pytest.LogCaptureFixture
) -> None:
    causes: dict[str, Cause] = {}

    async def move(session: AsyncSession, received: Received[WidgetMade]) -> None:
        causes["made"] = current_cause()
        widget = await session.get_one(Widget, received.aggregate_id)
        await outbox.record(session, widget, moved(widget))

    async def arrive(_session: AsyncSession, _received: Received[WidgetMoved]) -> None:
        causes["moved"] = current_cause()

    handlers: Handlers = {WidgetMade: effect(move), WidgetMoved: effect(arrive)}
    caller = kit.staff("admin")
    answer = await caller.post("/v1/widgets", headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})
    assert answer.status_code == 201, answer.text
    async with running(workshop.relay(), workshop.consumer(handlers)):
        await eventually(lambda: is_(len(causes) == 2), 60, "both events were handled")
        await workshop.until_sent()

    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (request,) = [line for line in lines if line["event"] == "request"]
    assert not [line for line in lines if line["event"] == "batch"], "a round that goes well is no line at info"
    sent = {
        headers["ce_type"].decode(): headers["ce_traceparent"].decode()
        for headers in (dict(record.headers) for record in await workshop.published())
    }
    first, second = sent[WidgetMade.type], sent[WidgetMoved.type]
    assert (request["trace_id"], request["parent_id"]) == (TRACE, CALLER)
    assert span(first) == (TRACE, request["span_id"]), "the event tells the span of the request that recorded it"
    assert causes["made"].parent_id == request["span_id"]
    assert span(second) == span(causes["made"].traceparent), "the answer tells the span of its handler"
    assert causes["moved"].parent_id == span(second)[1]
    spans = {CALLER, *(span(one)[1] for one in (first, second, causes["moved"].traceparent))}
    assert len(spans) == 4
    assert span(causes["moved"].traceparent)[0] == TRACE


def received(**changes: object) -> Received[Event]:
    widget = a_widget()
    given = {
        "event": made(widget),
        "id": UUID(int=1),
        "type": WidgetMade.type,
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "key": "k",
        "aggregate_id": widget.id,
        "aggregate_version": 1,
        "time": made(widget).occurred_at,
        "actor": "system",
        "correlation_id": "test-request",
        **changes,
    }
    return Received(**given)  # type: ignore[arg-type]  # fields with changes over them


@pytest.mark.parametrize("traceparent", [None, "00-1-2-01", f"00-{'0' * 32}-{CALLER}-01", "ff-" + "a" * 49])
def test_what_is_no_trace_context_begins_a_new_trace(traceparent: str | None) -> None:
    cause = received(traceparent=traceparent).cause()

    assert cause.parent_id is None
    assert len(span(cause.traceparent)[0]) == 32
    assert int(span(cause.traceparent)[0], 16)


def test_whoever_asks_twice_for_the_cause_of_an_event_is_told_the_same_span() -> None:
    event = received(traceparent=f"00-{TRACE}-{CALLER}-00")

    assert event.cause() == event.cause()
    assert event.cause().traceparent == f"00-{TRACE}-{event.span_id}-00", "whether to sample is handed on"
    assert received(id=UUID(int=2)).span_id != event.span_id


async def test_a_slow_handler_is_named_with_its_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def handle(_session: AsyncSession, _received: Received[WidgetMade]) -> None:
        return None

    event = received(traceparent=f"00-{TRACE}-{CALLER}-01")
    log.configure(SERVICE)
    monkeypatch.setattr(handlers_module, "SLOW_SECONDS", -1.0)
    await deliver(None, {WidgetMade: effect(handle)}, [event])  # type: ignore[arg-type]  # no database

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["event"], line["type"], line["events"]) == ("handled", WidgetMade.type, 1)
    assert (line["trace_id"], line["span_id"], line["parent_id"]) == (TRACE, event.span_id, CALLER)
