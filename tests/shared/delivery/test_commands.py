"""The commands of the operator: what is parked and where a consumer stands, seen and changed by one line."""

import asyncio
import sys
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from sqlalchemy import text
from widgets import NOTE_ALL, PLACES, SERVICE, TOPIC, Widget, a_widget, made, message

from shared.database import Database
from shared.delivery import parked, positions
from shared.delivery.batch import take
from shared.delivery.reader import reader


@pytest.fixture(autouse=True)
def _service(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands find of a service: its address and its handlers."""
    monkeypatch.setenv("WIDGETS_DATABASE_URL", database.url)
    monkeypatch.setitem(sys.modules, "widgets.worker", SimpleNamespace(HANDLERS=NOTE_ALL))  # type: ignore[arg-type]  # stands in for a module


async def a_parked_widget(database: Database) -> Widget:
    """Return a widget with two parked events, the first of which can never be read."""
    widget = a_widget()
    records = [message(0, widget, made(widget, 1), value=b"{"), message(1, widget, made(widget, 2))]
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[0]: 0})
        await take(session, reader(SERVICE, NOTE_ALL), {PLACES[0]: records}, sought={})
    return widget


async def run(*arguments: object) -> int:
    return await asyncio.to_thread(parked.main, [SERVICE, *map(str, arguments)])


async def test_a_stuck_event_is_found_understood_given_up_and_the_rest_replayed(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    widget = await a_parked_widget(database)

    assert await run("list") == 0
    assert f"{TOPIC} {widget.id} (2 events): unreadable: json_invalid" in capsys.readouterr().out
    assert await run("show", TOPIC, widget.id) == 0
    shown = capsys.readouterr().out
    assert "widgets.widget[0] offset 0 widgets.widget.made.v1" in shown
    assert f'"widget_id":"{widget.id}"' in shown
    assert await run("replay", TOPIC, widget.id) == 1
    assert "offset 0: unreadable: json_invalid" in capsys.readouterr().err
    assert await run("discard", TOPIC, widget.id, "--reason", "cut off in transit") == 0
    assert await run("replay", TOPIC, widget.id) == 0
    assert "1 events applied" in capsys.readouterr().out
    assert await run("list") == 0
    assert "nothing is parked" in capsys.readouterr().out

    async with database.session() as session:
        assert list((await session.execute(text("SELECT number FROM applied"))).scalars()) == [2]
        trail = (await session.execute(text("SELECT action, actor, reason, facts FROM audit_entry ORDER BY id"))).all()
    assert [entry.action for entry in trail] == ["parked_event_discarded", "parked_events_replayed"]
    assert (trail[0].reason, trail[0].facts["offset"]) == ("cut off in transit", 0)
    assert trail[0].actor.startswith("operator:")


async def test_what_is_not_parked_cannot_be_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("replay", TOPIC, "nobody") == 1
    assert f"{TOPIC} nobody is not parked" in capsys.readouterr().err


async def test_giving_up_an_event_needs_a_reason() -> None:
    with pytest.raises(SystemExit):
        await run("discard", TOPIC, "somebody")


@pytest.mark.parametrize(("to", "left"), [("17", {PLACES[3]: 17}), ("start", {})])
async def test_a_position_is_moved_by_one_command(database: Database, to: str, left: dict[TopicPartition, int]) -> None:
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[3]: 10_000})

    await asyncio.to_thread(positions.main, [SERVICE, TOPIC, "3", "--to", to])

    async with database.session() as session:
        assert await positions.read(session, SERVICE) == left


def test_a_command_without_a_database_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIDGETS_DATABASE_URL")
    for command, arguments in ((parked.main, ["list"]), (positions.main, [TOPIC, "3", "--to", "start"])):
        with pytest.raises(SystemExit):
            command([SERVICE, *arguments])
