"""`trust-crm replay` and `backfill`: past events take effect once each, whatever was taken before and whoever dies."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shelves import ALL
from widgets import (
    PLACES,
    SERVICE,
    TOPIC,
    WidgetMade,
    WidgetMoved,
    Workshop,
    a_widget,
    assert_applied_once,
    eventually,
    made,
    message,
    moved,
    record_some,
    running,
)

from shared.delivery import positions
from shared.delivery.handlers import Handlers

OLD: Handlers = {WidgetMade: ALL[WidgetMade]}
MADE, MOVED = 30, 60


async def since_before_moves_were_handled(workshop: Workshop) -> None:
    """Let a service take a topic with two types, of which it handles one."""
    widgets = [a_widget() for _ in range(MADE)]
    await workshop.record_many([(widget, made(widget, 1)) for widget in widgets])
    await workshop.record_many([(widgets[n % MADE], moved(widgets[0], n)) for n in range(MOVED)])
    async with running(workshop.relay(), workshop.consumer(OLD)):
        await workshop.until_sent()
        await workshop.until_applied(MADE)
        is_taken = f"SELECT sum(next_offset) = {MADE + MOVED} FROM witness"
        await eventually(lambda: workshop.is_so(is_taken), 60, "all is taken")


async def test_a_backfill_hands_over_each_past_event_of_the_type_once(workshop: Workshop, trust_crm: Any) -> None:
    await since_before_moves_were_handled(workshop)
    before = await workshop.rows("SELECT * FROM witness ORDER BY partition")

    said = await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "moves count now", "--yes")

    assert (said.code, f"hand {MOVED} events to its handlers" in said.err) == (0, True)
    assert f"{MOVED} events handed over, 0 known already" in said.out
    await assert_applied_once(workshop, MADE + MOVED)
    assert await workshop.value("SELECT sum(events) FROM tally") == MADE + MOVED
    assert await workshop.rows("SELECT * FROM witness ORDER BY partition") == before
    again = await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "once more", "--yes")
    assert (again.code, "nothing to do" in again.out) == (0, True)
    assert await workshop.value("SELECT sum(events) FROM tally") == MADE + MOVED
    assert await workshop.rows("SELECT action, reason FROM audit_entry ORDER BY id") == [
        ("backfill_begun", "moves count now"),
        ("backfill_finished", "moves count now"),
    ]


async def test_a_backfill_killed_in_the_middle_goes_on_when_run_again(
    workshop: Workshop, trust_crm: Any, killed: Any
) -> None:
    await since_before_moves_were_handled(workshop)

    command = ("backfill", SERVICE, WidgetMoved.type, "--reason", "moves count now", "--yes")
    assert await killed(*command, DIE_AFTER_EVENTS="40") == -signal.SIGKILL
    assert (await trust_crm(*command)).code == 0

    await assert_applied_once(workshop, MADE + MOVED)
    assert await workshop.value("SELECT sum(events) FROM tally") == MADE + MOVED
    assert [action for (action,) in await workshop.rows("SELECT action FROM audit_entry ORDER BY id")] == [
        "backfill_begun",
        "backfill_begun",
        "backfill_finished",
    ]


async def test_a_backfill_beside_the_new_worker_doubles_nothing(workshop: Workshop, trust_crm: Any) -> None:
    await since_before_moves_were_handled(workshop)
    widgets = [a_widget() for _ in range(20)]

    async with running(workshop.relay(), workshop.consumer(ALL)):
        backfill = asyncio.create_task(
            trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "moves count now", "--yes")
        )
        for widget in widgets:
            await workshop.record(widget, made(widget, 1), moved(widget, 2))
        assert (await backfill).code == 0
        await workshop.until_applied(MADE + MOVED + 40)

    assert await workshop.value("SELECT count(DISTINCT event_id) = count(*) FROM applied")
    assert await workshop.value("SELECT sum(events) FROM tally") == MADE + MOVED + 40


async def test_a_past_event_of_a_parked_key_waits_with_it(workshop: Workshop, trust_crm: Any) -> None:
    await since_before_moves_were_handled(workshop)
    key = await workshop.value("SELECT min(key) FROM tally")
    await workshop.change(
        "INSERT INTO parked_key (consumer, topic, key, reason) VALUES (:consumer, :topic, :key, 'why')",
        consumer=SERVICE,
        topic=TOPIC,
        key=key,
    )

    said = await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "moves count now", "--yes")

    assert (said.code, "2 parked" in said.out) == (1, True)
    assert (await trust_crm("parked", "replay", SERVICE, TOPIC, key, "--yes")).code == 0
    await assert_applied_once(workshop, MADE + MOVED)


async def test_a_type_that_is_not_handled_or_a_topic_never_read_is_refused(workshop: Workshop, trust_crm: Any) -> None:
    unknown = await trust_crm("backfill", SERVICE, "widgets.widget.lost.v1", "--reason", "why", "--yes")
    unread = await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "why", "--yes")

    assert (unknown.code, f"It handles: {WidgetMade.type}, {WidgetMoved.type}" in unknown.err) == (1, True)
    assert (unread.code, f"never read {TOPIC}" in unread.err) == (1, True)
    assert await workshop.value("SELECT count(*) FROM audit_entry") == 0


async def test_a_replay_brings_what_was_skipped_and_nothing_twice(workshop: Workshop, trust_crm: Any) -> None:
    await record_some(workshop, 120)
    await workshop.send_all()
    ends = {place: 20 for place in PLACES}
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {place: 0 if place.partition else end for place, end in ends.items()})
    async with running(workshop.consumer(ALL)):
        await workshop.until_applied(100)

    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    said = await trust_crm("replay", TOPIC, "--from", since, "--consumer", SERVICE, "--reason", "skipped", "--yes")

    assert (said.code, "hand 20 events to its handlers" in said.err, "drop 100 that it took" in said.err) == (
        0,
        True,
        True,
    )
    await assert_applied_once(workshop, 120)
    assert await workshop.value("SELECT sum(events) FROM tally") == 120
    again = await trust_crm("replay", TOPIC, "--from", since, "--consumer", SERVICE, "--reason", "skipped", "--yes")
    assert (again.code, "has taken all 120 events already" in again.out) == (0, True)
    assert [action for (action,) in await workshop.rows("SELECT action FROM audit_entry ORDER BY id")] == [
        "replay_begun",
        "replay_finished",
    ]


async def test_a_replay_from_a_time_leaves_out_what_came_before(workshop: Workshop, trust_crm: Any) -> None:
    await record_some(workshop, 60)
    await workshop.send_all()
    await asyncio.sleep(0.1)
    since = datetime.now(UTC)
    late = a_widget()
    await workshop.record(late, made(late, 7))
    await workshop.send_all()
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {place: 11 for place in PLACES})

    command = ("replay", TOPIC, "--from", since.isoformat(), "--consumer", SERVICE, "--reason", "skipped", "--yes")
    said = await trust_crm(*command)

    assert (said.code, "1 events handed over" in said.out) == (0, True)
    assert await workshop.rows("SELECT number FROM applied") == [(7,)]


@pytest.mark.parametrize("since", ["2020-01-01", "2999-01-01T00:00:00+08:00"])
async def test_a_time_that_the_inbox_does_not_remember_is_refused(
    workshop: Workshop, trust_crm: Any, since: str
) -> None:
    said = await trust_crm("replay", TOPIC, "--from", since, "--consumer", SERVICE, "--reason", "why", "--yes")

    assert said.code == 1


async def test_a_message_without_a_readable_id_is_not_parked_a_second_time(workshop: Workshop, trust_crm: Any) -> None:
    await since_before_moves_were_handled(workshop)
    widget = a_widget()
    foreign = message(0, widget, moved(widget, 1), ce_id="none")
    headers = {name: value.decode() for name, value in foreign.headers}
    await workshop.publish((headers, foreign.value), key="k")
    async with running(workshop.consumer(ALL)):
        await eventually(lambda: workshop.is_so("SELECT count(*) = 1 FROM parked_event"), 30, "it is parked")

    said = await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "moves count now", "--yes")

    assert (said.code, "1 messages have no readable id" in said.out) == (0, True)
    assert await workshop.value("SELECT count(*) FROM parked_event") == 1


async def test_nothing_is_handed_over_without_a_yes(workshop: Workshop, trust_crm: Any) -> None:
    await since_before_moves_were_handled(workshop)

    assert (await trust_crm("backfill", SERVICE, WidgetMoved.type, "--reason", "why")).code == 3

    assert await workshop.value("SELECT count(*) FROM applied") == MADE
    assert await workshop.value("SELECT count(*) FROM audit_entry") == 0
