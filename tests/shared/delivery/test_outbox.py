"""Recording: the version rises with each event, and nothing is recorded that may not be."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from widgets import Widget, WidgetMade, a_widget, made, moved

from shared import rows as many
from shared.clock import system_clock
from shared.context import Cause
from shared.database import Database
from shared.delivery import outbox
from shared.errors import Invalid, Stale, Unavailable
from shared.events.complaints import ComplaintClientLinked
from shared.http import bulk
from shared.ids import new_id
from shared.testing.statements import statements


async def rows(database: Database) -> list[tuple[Any, ...]]:
    query = "SELECT aggregate_id, aggregate_version, type, topic, key FROM outbox ORDER BY seq"
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def versions(database: Database) -> dict[UUID, int]:
    async with database.session() as session:
        return {row.id: row.version for row in await session.execute(text("SELECT id, version FROM widget"))}


async def a_recorded_widget(database: Database) -> Widget:
    async with database.transaction() as session:
        session.add(widget := a_widget())
        await outbox.record(session, widget, made(widget))
    return widget


async def test_a_new_aggregate_begins_at_version_one(database: Database) -> None:
    key = new_id()
    async with database.transaction() as session:
        session.add(widget := a_widget(event_key=key, weight=3))
        await outbox.record(session, widget, made(widget))

    assert await rows(database) == [(widget.id, 1, "widgets.widget.made.v1", "widgets.widget", str(key))]
    assert await versions(database) == {widget.id: widget.version} == {widget.id: 1}


async def test_each_event_raises_the_version_and_pending_changes_are_written(database: Database) -> None:
    widget = await a_recorded_widget(database)

    async with database.transaction() as session:
        mine = await session.get_one(Widget, widget.id)
        mine.weight = 7
        await outbox.record(session, mine, moved(mine))
        await outbox.record(session, mine, moved(mine))
        assert mine.version == 3

    assert [row[1] for row in await rows(database)] == [1, 2, 3]
    async with database.session() as session:
        assert (await session.get_one(Widget, widget.id)).weight == 7


async def test_recording_on_what_somebody_else_changed_is_stale_and_leaves_nothing(database: Database) -> None:
    widget = await a_recorded_widget(database)
    async with database.session() as session:
        mine = await session.get_one(Widget, widget.id)
        async with database.transaction() as other:
            await outbox.record(other, await other.get_one(Widget, widget.id), moved(widget))

        mine.weight = 9
        with pytest.raises(Stale):
            await outbox.record(session, mine, moved(mine))

    assert [row[1] for row in await rows(database)] == [1, 2]


async def test_what_was_inserted_by_sql_begins_at_version_one_and_goes_on_from_there(database: Database) -> None:
    widgets = [a_widget(version=1, weight=n) for n in range(3)]
    async with database.transaction() as session:
        insert = many.insert("widget", ["id", "version", "event_key", "weight"])
        await session.execute(insert, many.given(widget.model_dump() for widget in widgets))
        await outbox.record_inserted(session, [(one.id, one.event_key, made(one)) for one in widgets])
        await outbox.record_inserted(session, [])
    async with database.transaction() as session:
        last = await session.get_one(Widget, widgets[2].id)
        await outbox.record(session, last, moved(last))

    made_rows = [(one.id, 1, "widgets.widget.made.v1", "widgets.widget", str(one.event_key)) for one in widgets]
    assert await rows(database) == [*made_rows, (widgets[2].id, 2, "widgets.widget.moved.v1", *made_rows[2][3:])]
    assert await versions(database) == {one.id: 2 if one is widgets[2] else 1 for one in widgets}


async def test_a_topic_of_another_service_is_refused(database: Database) -> None:
    event = ComplaintClientLinked(occurred_at=system_clock(), complaint_id=new_id())

    async with database.session() as session:
        session.add(widget := a_widget())
        with pytest.raises(RuntimeError, match=r"widgets may not record complaints\.complaint\.client_linked\.v1"):
            await outbox.record(session, widget, event)
        with pytest.raises(RuntimeError, match="may not record"):
            await outbox.record_many(session, [(widget, event)])
        with pytest.raises(RuntimeError, match="may not record"):
            await outbox.record_inserted(session, [(widget.id, widget.event_key, event)])


async def test_nothing_is_recorded_during_a_rebuild(database: Database) -> None:
    async with database.session() as session:
        session.add(widget := a_widget())
        session.info["rebuilding"] = True
        with pytest.raises(RuntimeError, match="during a rebuild"):
            await outbox.record(session, widget, made(widget))


async def test_an_aggregate_must_be_in_the_session(database: Database) -> None:
    async with database.session() as session:
        with pytest.raises(RuntimeError, match="add the aggregate to this session"):
            await outbox.record(session, widget := a_widget(), made(widget))


async def test_an_oversize_event_is_refused_and_nothing_is_half_written(database: Database) -> None:
    widget = await a_recorded_widget(database)
    too_large = made(widget, padding="x" * outbox.LARGEST_PAYLOAD_BYTES)

    async with database.session() as session:
        mine = await session.get_one(Widget, widget.id)
        mine.weight = 5
        with pytest.raises(Invalid, match="an event may hold 262144 bytes"):
            await outbox.record(session, mine, too_large)
        with pytest.raises(Invalid):
            await outbox.record_many(session, [(mine, moved(mine)), (mine, too_large)])

    assert [row[1] for row in await rows(database)] == [1]
    assert await versions(database) == {widget.id: 1}
    async with database.session() as session:
        assert (await session.get_one(Widget, widget.id)).weight == 0


async def test_the_table_refuses_an_oversize_event_too(database: Database) -> None:
    widget = await a_recorded_widget(database)
    overlong = "UPDATE outbox SET payload = convert_to(repeat('x', 262145), 'UTF8')"

    async with database.session() as session:
        with pytest.raises(IntegrityError, match="outbox_payload_check"):
            await session.execute(text(overlong))
    assert [row[0] for row in await rows(database)] == [widget.id]


async def test_many_events_keep_their_order_over_new_and_known_aggregates(database: Database) -> None:
    known = await a_recorded_widget(database)
    new = a_widget()
    async with database.transaction() as session:
        mine = await session.get_one(Widget, known.id)
        mine.weight = 4
        session.add(new)
        await outbox.record_many(
            session, [(mine, moved(mine)), (new, made(new)), (mine, moved(mine)), (new, moved(new))]
        )

    assert [(row[0], row[1]) for row in await rows(database)] == [
        (known.id, 1),
        (known.id, 2),
        (new.id, 1),
        (known.id, 3),
        (new.id, 2),
    ]
    assert await versions(database) == {known.id: 3, new.id: 2} == {mine.id: mine.version, new.id: new.version}


async def test_many_events_are_refused_as_a_whole_if_one_aggregate_is_stale(database: Database) -> None:
    first, second = await a_recorded_widget(database), await a_recorded_widget(database)
    async with database.session() as session:
        mine = [await session.get_one(Widget, widget.id) for widget in (first, second)]
        async with database.transaction() as other:
            await outbox.record(other, await other.get_one(Widget, second.id), moved(second))

        with pytest.raises(Stale, match=str(second.id)):
            await outbox.record_many(session, [(widget, moved(widget)) for widget in mine])

    assert await versions(database) == {first.id: 1, second.id: 2}
    assert len(await rows(database)) == 3


async def test_each_of_many_events_can_have_its_own_cause(database: Database) -> None:
    causes = [Cause(correlation_id=f"request-{n}", actor="staff:1", causation_id=new_id()) for n in range(2)]
    async with database.transaction() as session:
        session.add(widget := a_widget())
        await outbox.record_many(session, [(widget, made(widget)), (widget, moved(widget))], causes=causes)

    async with database.session() as session:
        found = list((await session.execute(text("SELECT headers FROM outbox ORDER BY seq"))).scalars())
    assert [one["ce_causationid"] for one in found] == [str(cause.causation_id) for cause in causes]


async def test_thousands_of_events_take_a_handful_of_statements(database: Database) -> None:
    widgets = [a_widget() for _ in range(2000)]
    async with database.transaction() as session:
        session.add_all(widgets)
        await outbox.record_many(session, [(widget, made(widget)) for widget in widgets])

    with statements(database) as asked:
        async with database.transaction() as session:
            session.add_all(widgets)
            await outbox.record_many(session, [(widget, moved(widget)) for widget in widgets for _ in range(2)])

    assert len(asked) == 2, "one to lock, one to raise the versions; the events are copied"
    assert set((await versions(database)).values()) == {3}
    assert len(await rows(database)) == 6000


async def test_bulk_work_is_put_off_while_the_outbox_is_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_WAITING_EVENTS", 1)
    await a_recorded_widget(database)
    async with database.session() as session:
        await bulk.require_short_outbox(session)
    await a_recorded_widget(database)

    async with database.session() as session:
        with pytest.raises(Unavailable):
            await bulk.require_short_outbox(session)


def test_an_event_without_a_time_zone_is_no_event() -> None:
    with pytest.raises(ValueError, match="timezone"):
        WidgetMade(occurred_at=system_clock().replace(tzinfo=None), widget_id=new_id())
