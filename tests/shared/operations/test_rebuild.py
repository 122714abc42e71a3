"""`trust-crm rebuild`: the rebuilt tables are the live ones, byte for byte; what differs is replaced, or nothing is."""

import asyncio
import random
import signal
import sys
from typing import Any

import pytest
import shelves
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from shelves import ALL
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    SERVICE,
    TOPIC,
    WidgetMade,
    WidgetMoved,
    Workshop,
    a_widget,
    made,
    moved,
    record_some,
    running,
)

from shared.delivery.handlers import Projection, merge, projection
from shared.events.base import Received

EVENTS = 200


async def filled(workshop: Workshop, events: int = EVENTS) -> None:
    """Let the service take events, as its worker does."""
    await record_some(workshop, events)
    async with running(workshop.relay(), workshop.consumer(ALL)):
        await workshop.until_applied(events)


async def content(workshop: Workshop) -> list[list[tuple[Any, ...]]]:
    """Return both projections as PostgreSQL writes them."""
    return [
        await workshop.rows("SELECT CAST(shelf AS text) FROM shelf ORDER BY widget_id"),
        await workshop.rows("SELECT CAST(tally AS text) FROM tally ORDER BY key"),
    ]


async def folded(workshop: Workshop) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Return what the topic says, read without any of our consumers: number and moves per widget, events per key."""
    shelf: dict[str, tuple[int, int]] = {}
    tally: dict[str, int] = {}
    seen = set()
    for record in await workshop.published():
        headers = {name: value.decode() for name, value in record.headers}
        if headers["ce_id"] in seen:
            continue
        seen.add(headers["ce_id"])
        event = (WidgetMade if "made" in headers["ce_type"] else WidgetMoved).model_validate_json(record.value)
        moves = shelf[headers["ce_subject"]][1] + 1 if headers["ce_subject"] in shelf else 0
        shelf[headers["ce_subject"]] = (event.number, moves)
        tally[record.key.decode()] = tally.get(record.key.decode(), 0) + 1
    return shelf, tally


async def assert_is_what_the_topic_says(workshop: Workshop) -> None:
    shelf, tally = await folded(workshop)
    assert {str(id): (int(n), m) for id, n, m in await workshop.rows("SELECT widget_id, number, moves FROM shelf")} == (
        shelf
    )
    assert dict(await workshop.rows("SELECT key, events FROM tally")) == tally


async def damage(workshop: Workshop) -> None:
    """Lose a row, invent one, and change one in a byte that comparing values would not see."""
    await workshop.change("DELETE FROM shelf WHERE widget_id = (SELECT min(widget_id::text)::uuid FROM shelf)")
    await workshop.change("INSERT INTO tally (key, events) VALUES ('nobody', 1)")
    await workshop.change(
        "UPDATE shelf SET number = number + 0.00 WHERE widget_id = (SELECT max(widget_id::text)::uuid FROM shelf)"
    )


async def test_what_was_not_damaged_equals_its_rebuild_and_is_left_alone(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop)
    before = await workshop.rows("SELECT xmin::text, CAST(shelf AS text) FROM shelf ORDER BY widget_id")

    said = await trust_crm("rebuild", SERVICE, "--reason", "look", "--yes")

    assert said.code == 0
    assert "the live tables are what the events say" in said.out
    assert await workshop.rows("SELECT xmin::text, CAST(shelf AS text) FROM shelf ORDER BY widget_id") == before
    await assert_is_what_the_topic_says(workshop)


async def test_a_dry_run_counts_the_differences_and_changes_nothing(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop)
    await damage(workshop)
    before = await content(workshop)

    said = await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")

    assert said.code == 1
    rows = {line.split()[0]: line.split()[1:6] for line in said.out.splitlines() if line.startswith(("shelf", "tally"))}
    assert rows == {"shelf": ["11", "12", "1", "0", "1"], "tally": ["13", "12", "0", "1", "0"]}
    assert await content(workshop) == before


async def test_a_damaged_projection_is_replaced_and_the_other_left(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop)
    good = await content(workshop)
    await damage(workshop)
    damaged = await content(workshop)

    said = await trust_crm("rebuild", SERVICE, "shelf", "--reason", "rows lost", "--yes")

    assert said.code == 0
    assert "the rebuilt rows are live" in said.out
    assert await content(workshop) == [good[0], damaged[1]]
    (entry,) = await workshop.rows("SELECT action, actor, reason, facts FROM audit_entry")
    assert entry[0] == "projection_rebuilt"
    assert entry[1].startswith("operator:")
    assert (entry[2], entry[3]["projections"], entry[3]["tables"][0]["missing"]) == ("rows lost", ["shelf"], 1)


async def test_a_rebuild_equals_the_live_tables_while_events_keep_arriving(workshop: Workshop, trust_crm: Any) -> None:
    widgets, stop = await record_some(workshop, EVENTS), asyncio.Event()

    async def keep_recording() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await workshop.record(random.choice(widgets), moved(widgets[0], number % 900))
            await asyncio.sleep(0.02)

    async with running(workshop.relay(), workshop.consumer(ALL)):
        await workshop.until_applied(EVENTS)
        recording = asyncio.create_task(keep_recording())
        undamaged = [await trust_crm("rebuild", SERVICE, "--dry-run", "--yes") for _ in range(2)]
        await damage(workshop)
        repaired = await trust_crm("rebuild", SERVICE, "--reason", "rows lost", "--yes")
        stop.set()
        await recording
        events = await workshop.value("SELECT sum(version) FROM widget")
        await workshop.until_applied(events)

    assert events > EVENTS + 20
    assert [said.code for said in undamaged] == [0, 0]
    assert "the rebuilt rows are live" in repaired.out
    await assert_is_what_the_topic_says(workshop)
    assert (await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")).code == 0


@pytest.mark.parametrize("how", [{"DIE_AFTER_EVENTS": "70"}, {"DIE_IN_SWAP": "1"}])
async def test_a_rebuild_killed_in_the_middle_leaves_everything_and_succeeds_when_run_again(
    workshop: Workshop, trust_crm: Any, killed: Any, how: dict[str, str]
) -> None:
    await filled(workshop)
    good = await content(workshop)
    await damage(workshop)
    damaged = await content(workshop)

    assert await killed("rebuild", SERVICE, "--reason", "rows lost", "--yes", **how) == -signal.SIGKILL
    assert await content(workshop) == damaged
    assert await workshop.value("SELECT count(*) FROM audit_entry") == 0

    assert (await trust_crm("rebuild", SERVICE, "--reason", "rows lost", "--yes")).code == 0
    assert await content(workshop) == good
    assert await workshop.value("SELECT count(*) FROM inbox") == EVENTS


async def test_while_a_key_is_parked_nothing_is_swapped(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop)
    await workshop.change(
        "INSERT INTO parked_key (consumer, topic, key, reason) VALUES (:consumer, :topic, 'k', 'why')",
        consumer=SERVICE,
        topic=TOPIC,
    )
    await damage(workshop)
    damaged = await content(workshop)

    said = await trust_crm("rebuild", SERVICE, "--reason", "rows lost", "--yes")

    assert (said.code, "Replay or discard them first" in said.err) == (1, True)
    assert await content(workshop) == damaged


async def test_an_event_that_was_given_up_stays_out_of_the_rebuild(workshop: Workshop, trust_crm: Any) -> None:
    widget = a_widget()
    await workshop.record(widget, made(widget, 1), moved(widget, 2000), moved(widget, 3))
    async with running(workshop.relay(), workshop.consumer(ALL)):
        await workshop.until_applied(1)
        await asyncio.sleep(0.5)
    assert (await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")).code == 1
    assert (await trust_crm("parked", "discard", SERVICE, TOPIC, widget.id, "--reason", "wrong", "--yes")).code == 0
    assert (await trust_crm("parked", "replay", SERVICE, TOPIC, widget.id, "--yes")).code == 0

    said = await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")

    assert (said.code, "the live tables are what the events say" in said.out) == (0, True)
    assert await workshop.rows("SELECT version, number FROM shelf") == [(3, 3)]


async def test_a_handler_that_touches_another_table_is_refused_and_changes_nothing(
    workshop: Workshop, trust_crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reach_out(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await session.execute(text("UPDATE widget SET weight = weight + 1"))

    await filled(workshop)
    reaching = merge(shelves.SHELF, {WidgetMade: projection(reach_out)})
    monkeypatch.setitem(sys.modules, "widgets.worker", shelves.worker(ALL, {"shelf": Projection(reaching, ("shelf",))}))

    said = await trust_crm("rebuild", SERVICE, "--reason", "new form", "--yes")

    assert (said.code, 'relation "widget" does not exist' in said.err) == (1, True)
    assert await workshop.value("SELECT max(weight) FROM widget") == 0


async def test_first_events_that_kafka_no_longer_holds_are_no_silent_loss(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop)
    admin = AIOKafkaAdminClient(bootstrap_servers=workshop.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(workshop.prefix + TOPIC, 2): RecordsToDelete(before_offset=1)})
    finally:
        await admin.close()

    said = await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")

    assert (said.code, f"first events of {TOPIC}[2]" in said.err) == (1, True)


async def test_nothing_is_done_without_a_yes_and_a_reason(workshop: Workshop, trust_crm: Any) -> None:
    await filled(workshop, 12)

    assert (await trust_crm("rebuild", SERVICE, "--reason", "rows lost")).code == 3
    with pytest.raises(SystemExit):
        await trust_crm("rebuild", SERVICE, "--yes")
    assert (await trust_crm("rebuild", SERVICE, "nothing", "--dry-run", "--yes")).code == 1
    assert await workshop.value("SELECT count(*) FROM audit_entry") == 0


async def test_a_service_that_has_taken_nothing_is_told_so(workshop: Workshop, trust_crm: Any) -> None:
    said = await trust_crm("rebuild", SERVICE, "--dry-run", "--yes")

    assert (said.code, "has taken nothing yet" in said.err) == (1, True)
