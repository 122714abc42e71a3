"""`trust-crm parked`: a stuck event is found, understood, given up or replayed, and all of it is in the audit trail."""

import asyncio
import sys
from typing import Any

import pytest
import shelves
from records import fetched
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    NOTE_ALL,
    PLACES,
    SERVICE,
    TOPIC,
    Widget,
    WidgetMade,
    WidgetMoved,
    Workshop,
    a_widget,
    made,
    message,
    moved,
    note,
    running,
)

from shared.database import Database
from shared.delivery import positions
from shared.delivery.batch import take
from shared.delivery.handlers import Handlers, effect
from shared.delivery.reader import reader
from shared.events.base import Received

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "widgets.worker", shelves.worker(NOTE_ALL))


async def a_parked_widget(database: Database, *numbers: int, value: bytes | None = b"{", first: int = 0) -> Widget:
    """Return a widget with parked events, the first of which cannot be read."""
    widget = a_widget()
    records = [message(first, widget, made(widget, numbers[0]), value=value, ce_hops="9")]
    records += [message(first + n, widget, made(widget, number)) for n, number in enumerate(numbers[1:], start=1)]
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[0]: first})
        await take(session, reader(SERVICE, NOTE_ALL), fetched({PLACES[0]: records}), sought={})
    return widget


async def audited(database: Database) -> list[tuple[Any, ...]]:
    async with database.session() as session:
        return [
            tuple(row)
            for row in await session.execute(text("SELECT action, reason, facts, actor FROM audit_entry ORDER BY id"))
        ]


async def applied(database: Database) -> list[int]:
    async with database.session() as session:
        return list((await session.execute(text("SELECT number FROM applied ORDER BY place"))).scalars())


async def test_a_stuck_event_is_found_understood_given_up_and_the_rest_replayed(
    database: Database, trust_crm: Any
) -> None:
    widget = await a_parked_widget(database, 1, 2)

    found = await trust_crm("parked", "list")
    assert [line.split()[0] for line in found.out.splitlines()] == ["service", SERVICE]
    assert f"{TOPIC}  {widget.id}" in found.out
    assert "unreadable: json_invalid" in found.out
    shown = await trust_crm("parked", "show", SERVICE, TOPIC, widget.id, "--reason", "a client asks")
    assert "widgets.widget[0] offset 0" in shown.out
    assert f'"widget_id": "{widget.id}"' in shown.out
    assert "1 bytes that are no JSON" in shown.out
    broken = await trust_crm("parked", "replay", SERVICE, TOPIC, widget.id, "--yes")
    assert (broken.code, "offset 0: unreadable: json_invalid" in broken.out) == (1, True)
    given_up = await trust_crm("parked", "discard", SERVICE, TOPIC, widget.id, "--reason", "cut off", "--yes")
    assert (given_up.code, "give up widgets.widget.made.v1 at widgets.widget[0]" in given_up.err) == (0, True)
    replayed = await trust_crm("parked", "replay", SERVICE, TOPIC, widget.id, "--yes", "--reason", "the rest is fine")
    assert (replayed.code, "the key is free, events applied: 1" in replayed.out) == (0, True)
    assert "nothing is parked" in (await trust_crm("parked", "list", SERVICE)).out

    assert await applied(database) == [2]
    trail = await audited(database)
    assert [entry[:2] for entry in trail] == [
        ("parked_events_shown", "a client asks"),
        ("parked_event_discarded", "cut off"),
        ("parked_events_replayed", "the rest is fine"),
    ]
    assert (trail[1][2]["partition"], trail[1][2]["offset"], trail[2][2]["applied"]) == (0, 0, 1)
    assert all(entry[3].startswith("operator:") for entry in trail)


async def test_all_keys_of_a_reason_are_replayed_and_one_that_still_fails_stays(
    database: Database, trust_crm: Any
) -> None:
    looping = [await a_parked_widget(database, n, value=None, first=n - 1) for n in (1, 2)]
    await a_parked_widget(database, 3, first=2)
    async with database.transaction() as session:
        mend = 'UPDATE parked_event SET headers = headers || \'{"ce_hops": "0"}\' WHERE key = :key'
        await session.execute(text(mend), {"key": str(looping[0].id)})

    said = await trust_crm("parked", "replay", SERVICE, "--because", "endless loop", "--yes", "--reason", "loop cut")

    assert said.code == 1
    assert f"{looping[0].id}: the key is free" in said.out
    assert f"{looping[1].id}: nothing changed" in said.out
    assert await applied(database) == [1]
    assert [entry[0] for entry in await audited(database)] == ["parked_events_replayed"]
    assert len((await trust_crm("parked", "list")).out.splitlines()) == 3


@pytest.mark.parametrize(
    ("payload", "secret"),
    [
        (b'{"name": "\xe5\xbc\xa0\xe4\xb8\x89", "note": "called back", "code": "c1"}', "called back"),
        (b'{"card": "6222021234567890123", "who": "a@b.cn"}', "6222021234567890123"),
        (b"ID 110101199003077758 and more", "110101199003077758"),
    ],
)
async def test_what_another_program_put_on_the_topic_is_masked_until_asked_for(
    database: Database, trust_crm: Any, payload: bytes, secret: str
) -> None:
    widget = await a_parked_widget(database, 1, value=payload)

    masked = await trust_crm("parked", "show", SERVICE, TOPIC, widget.id)
    as_is = await trust_crm("parked", "show", SERVICE, TOPIC, widget.id, "--as-is", "--reason", "to tell the sender")

    assert (secret in masked.out, secret in as_is.out) == (False, True)
    assert "张三" not in masked.out
    assert [entry[2]["as_is"] for entry in await audited(database)] == [False, True]


async def test_what_is_not_parked_is_refused(database: Database, trust_crm: Any) -> None:
    for arguments in (
        ("show", SERVICE, TOPIC, "nobody"),
        ("replay", SERVICE, TOPIC, "nobody", "--yes"),
        ("replay", SERVICE, "--because", "nothing", "--yes"),
        ("discard", SERVICE, TOPIC, "nobody", "--reason", "why", "--yes"),
        ("list", "gadgets"),
    ):
        assert (await trust_crm("parked", *arguments)).code == 1
    assert await audited(database) == []


async def test_nothing_is_done_without_a_yes(database: Database, trust_crm: Any) -> None:
    widget = await a_parked_widget(database, 1, 2)

    assert (await trust_crm("parked", "replay", SERVICE, TOPIC, widget.id)).code == 3
    assert (await trust_crm("parked", "discard", SERVICE, TOPIC, widget.id, "--reason", "why")).code == 3

    assert "2" in (await trust_crm("parked", "list")).out
    assert await audited(database) == []


async def test_a_key_and_a_reason_for_many_exclude_each_other(trust_crm: Any) -> None:
    for arguments in ((), (TOPIC,), (TOPIC, "key", "--because", "why")):
        with pytest.raises(SystemExit):
            await trust_crm("parked", "replay", SERVICE, *arguments)


async def test_giving_up_an_event_needs_a_reason(trust_crm: Any) -> None:
    with pytest.raises(SystemExit):
        await trust_crm("parked", "discard", SERVICE, TOPIC, "somebody", "--yes")


async def test_a_key_replayed_again_and_again_while_its_events_arrive_strands_none(
    workshop: Workshop, trust_crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fifth event fails when it comes and applies when it is replayed, so the key is parked and freed in turn."""
    is_replay = False

    async def fail_at_first(session: AsyncSession, received: Received[WidgetMoved]) -> None:
        if received.event.number % 5 == 0 and not is_replay:
            raise ValueError("not yet")
        await note(session, received)

    async def note_as_replay(session: AsyncSession, received: Received[WidgetMoved]) -> None:
        await note(session, received)

    live: Handlers = {WidgetMade: effect(note), WidgetMoved: effect(fail_at_first)}
    mended: Handlers = {WidgetMade: effect(note), WidgetMoved: effect(note_as_replay)}
    monkeypatch.setitem(sys.modules, "widgets.worker", shelves.worker(mended))
    widget, events = a_widget(), 41
    async with running(workshop.relay(), workshop.consumer(live)):
        await workshop.record(widget, made(widget, 1))

        async def keep_recording() -> None:
            for number in range(2, events + 1):
                await workshop.record(widget, moved(widget, number))
                await asyncio.sleep(0.05)

        recording = asyncio.create_task(keep_recording())
        codes = []
        while await workshop.value("SELECT count(*) FROM applied") < events:
            if await workshop.value("SELECT count(*) FROM parked_key"):
                codes.append((await trust_crm("parked", "replay", SERVICE, TOPIC, widget.id, "--yes")).code)
            await asyncio.sleep(0.02)
        await recording

    assert codes
    assert set(codes) == {0}
    assert [version for (version,) in await workshop.rows("SELECT version FROM applied ORDER BY place")] == list(
        range(1, events + 1)
    )
    assert await workshop.value("SELECT count(*) FROM parked_event") == 0
