"""Every committed event takes effect exactly once, whatever happens to offsets, members and the database."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    PARTITIONS,
    PLACES,
    SERVICE,
    TOPIC,
    WidgetMade,
    WidgetMoved,
    Workshop,
    a_widget,
    assert_applied_once,
    counted,
    eventually,
    is_,
    keys_on,
    made,
    message,
    moved,
    note,
    record_some,
    running,
)

from shared.delivery import outbox, positions
from shared.delivery.faults import ConsumerStopped
from shared.delivery.handlers import Handlers, effect, projection
from shared.delivery.positions import Seen
from shared.delivery.relay import partition_for
from shared.delivery.rules import MOST_HOPS
from shared.events.base import Received
from shared.ids import new_id


async def test_from_commit_to_effect(workshop: Workshop) -> None:
    async with running(workshop.relay(), consumer := workshop.consumer()):
        await record_some(workshop, 100)
        await assert_applied_once(workshop, 100)

        assert consumer.problems() == []
    committed = {number: offset for number, offset in (await workshop.committed()).items() if offset is not None}
    assert committed == dict(await workshop.rows("SELECT partition, next_offset FROM witness WHERE next_offset > 0"))


async def test_both_copies_of_a_resent_event_in_one_fetch_take_effect_once(workshop: Workshop) -> None:
    widget = a_widget()
    event = message(0, widget, made(widget, 1))
    sent = ({name: value.decode() for name, value in event.headers}, event.value)
    last = message(0, widget, moved(widget, 2))
    await workshop.publish(sent, sent, ({name: value.decode() for name, value in last.headers}, last.value), key="k")
    before = counted("inbox_duplicates_total")

    async with running(workshop.consumer()):
        await workshop.until_applied(2)

    assert await workshop.rows("SELECT number FROM applied ORDER BY place") == [(1,), (2,)]
    assert counted("inbox_duplicates_total") == before + 1


async def test_two_handlers_that_answer_each_other_without_end_are_stopped_and_the_chain_is_shown(
    workshop: Workshop,
) -> None:
    async def answer(session: AsyncSession, received: Received[WidgetMade | WidgetMoved]) -> None:
        await note(session, received)
        session.add(widget := a_widget())
        await outbox.record(session, widget, (moved if isinstance(received.event, WidgetMade) else made)(widget))

    async with running(workshop.relay(), workshop.consumer({WidgetMade: effect(answer), WidgetMoved: effect(answer)})):
        await workshop.record(first := a_widget(), made(first))
        await eventually(lambda: workshop.is_so("SELECT count(*) = 1 FROM parked_event"), 60, "the loop is parked")

    assert await workshop.value("SELECT count(*) FROM applied") == MOST_HOPS + 1
    chain = " > ".join(["widgets.widget.made.v1", "widgets.widget.moved.v1"] * 5)
    assert await workshop.value("SELECT reason FROM parked_key") == f"went through 9 services, an endless loop: {chain}"


async def test_a_fetch_done_in_part_loses_nothing(workshop: Workshop) -> None:
    """A bare `commit()` would tell Kafka that everything fetched was done."""
    await record_some(workshop, 60)
    await workshop.send_all()

    async def die_after_ten(session: AsyncSession, run: list[Received[WidgetMade]]) -> None:
        if len(run) > 5:
            raise errors.DeadlockDetected("take less at once")
        if await workshop.value("SELECT count(*) FROM applied") >= 10:
            raise ConsumerStopped("the process dies here")
        for received in run:
            await note(session, received)

    with pytest.raises(ConsumerStopped, match="dies here"):
        async with running(workshop.consumer({WidgetMade: projection(die_after_ten, batch=True)})):
            await eventually(lambda: workshop.is_so("SELECT count(*) >= 10 FROM applied"), 60, "ten are applied")

    done = dict(await workshop.rows("SELECT partition, next_offset FROM witness"))
    assert 10 <= sum(done.values()) < 60
    assert all(offset is None or offset <= done[number] for number, offset in (await workshop.committed()).items())
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 60)


async def test_a_database_restored_while_a_fetch_is_taken_in_parts_loses_nothing(workshop: Workshop) -> None:
    """The first part asks for a seek; the second lies behind the same gap and must wait for it too."""
    widget = a_widget(event_key=keys_on(0, 1)[0])
    await workshop.record_many([(widget, made(widget, n)) for n in range(20)])
    async with running(workshop.relay(), workshop.consumer()):
        await assert_applied_once(workshop, 20)
    await workshop.record_many([(widget, made(widget, n)) for n in range(20, 40)])
    await workshop.send_all()
    restoring: list[asyncio.Task[None]] = []

    async def restore_meanwhile(session: AsyncSession, run: list[Received[WidgetMade]]) -> None:
        if not restoring:
            restoring.append(asyncio.create_task(_restore(workshop, {"witness": [(0, 0)], "inbox": [], "place": 0})))
            await eventually(lambda: workshop.is_so(_WAITING), 60, "the restore waits for the witness")
            raise errors.DeadlockDetected("take less at once")
        for received in run:
            await note(session, received)

    async with running(workshop.consumer({WidgetMade: projection(restore_meanwhile, batch=True)})):
        await assert_applied_once(workshop, 40)
    await restoring[0]


_WAITING = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_restored_database_gets_the_events_again_that_it_lost(workshop: Workshop) -> None:
    widgets = await record_some(workshop, 30)
    async with running(workshop.relay(), workshop.consumer()):
        await assert_applied_once(workshop, 30)
        backup = await _backup(workshop)
        await workshop.record_many([(widgets[n % len(widgets)], made(widgets[0], n)) for n in range(60)])
        await assert_applied_once(workshop, 90)
        before = counted("witness_seeks_total")

        for times in (1, 2):
            await _restore(workshop, backup)
            await workshop.record_many([(widget, made(widget)) for widget in widgets])

            await assert_applied_once(workshop, 90 + times * len(widgets))
            assert counted("witness_seeks_total") == before + times * PARTITIONS
    await _restore(workshop, backup)
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 90 + 2 * len(widgets))


async def _backup(workshop: Workshop) -> dict[str, list[Any]]:
    return {
        "witness": await workshop.rows("SELECT partition, next_offset FROM witness"),
        "inbox": [row[0] for row in await workshop.rows("SELECT event_id FROM inbox")],
        "place": await workshop.value("SELECT max(place) FROM applied"),
    }


async def _restore(workshop: Workshop, backup: dict[str, Any]) -> None:
    """Set back what the consumer wrote; what the widgets recorded since is another service's."""
    async with workshop.database.transaction() as session:
        await session.execute(text("SELECT FROM witness FOR UPDATE"))
        for partition, next_offset in backup["witness"]:
            await session.execute(
                text("UPDATE witness SET next_offset = :to WHERE partition = :partition"),
                {"to": next_offset, "partition": partition},
            )
        await session.execute(text("DELETE FROM inbox WHERE event_id <> ALL(:kept)"), {"kept": backup["inbox"]})
        await session.execute(text("DELETE FROM applied WHERE place > :last"), {"last": backup["place"]})


async def test_a_stray_commit_to_kafka_is_healed_by_the_witness(workshop: Workshop) -> None:
    await record_some(workshop, 30)
    await workshop.send_all()
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 30)
    await record_some(workshop, 30)
    await workshop.send_all()
    await _commit_to_the_end(workshop)

    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 60)


async def _commit_to_the_end(workshop: Workshop) -> None:
    stray = AIOKafkaConsumer(
        bootstrap_servers=workshop.bootstrap, group_id=f"{workshop.prefix}{SERVICE}", enable_auto_commit=False
    )
    await stray.start()
    places = [TopicPartition(workshop.prefix + TOPIC, number) for number in range(PARTITIONS)]
    stray.assign(places)
    await stray.commit(await stray.end_offsets(places))
    await stray.stop()


async def test_a_consumer_that_starts_now_leaves_older_events_alone(workshop: Workshop) -> None:
    await record_some(workshop, 30)
    await workshop.send_all()
    async with running(consumer := workshop.consumer(start_at="now")):
        await eventually(lambda: is_(consumer.problems() == []), 60, "the consumer is placed")
    await record_some(workshop, 12)
    await workshop.send_all()

    async with running(workshop.consumer(start_at="now")):
        await assert_applied_once(workshop, 12)


async def test_a_position_outside_the_topic_stops_the_consumer_with_the_command_that_decides(
    workshop: Workshop,
) -> None:
    await record_some(workshop, 12)
    await workshop.send_all()
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[2]: 10_000})

    with pytest.raises(ConsumerStopped, match=r"trust-crm position widgets widgets\.widget 2 --to start"):
        async with asyncio.timeout(60):
            await workshop.consumer().run(asyncio.Event())

    assert await workshop.value("SELECT count(*) FROM applied") == 0
    async with workshop.database.transaction() as session:
        await positions.move(session, SERVICE, PLACES[2], None)
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 12)


async def test_a_topic_made_anew_that_has_grown_past_the_position_stops_the_consumer(workshop: Workshop) -> None:
    """Kafka forgot the offset with the topic; what stands before the position is nothing that was ever taken."""
    widget = a_widget()
    await workshop.record(widget, made(widget, 1), moved(widget, 2), moved(widget, 3))
    await workshop.send_all()
    place = PLACES[partition_for(str(widget.id), PARTITIONS)]
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {place: 0})
        await positions.advance(session, SERVICE, {place: 2}, {place: Seen(1, new_id())})

    with pytest.raises(ConsumerStopped, match=rf"another topic.*trust-crm position widgets {TOPIC} {place.partition} "):
        async with asyncio.timeout(60):
            await workshop.consumer().run(asyncio.Event())

    assert await workshop.value("SELECT count(*) FROM applied") == 0


async def test_a_consumer_whose_group_was_forgotten_goes_on_where_it_stood(workshop: Workshop) -> None:
    widget = a_widget()
    await workshop.record(widget, made(widget, 1), moved(widget, 2))
    await workshop.send_all()
    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 2)
    await workshop.record(widget, moved(widget, 3))
    await workshop.send_all()

    admin = AIOKafkaAdminClient(bootstrap_servers=workshop.bootstrap)
    await admin.start()
    group = f"{workshop.prefix}{SERVICE}"
    assert (await admin._send_request(DeleteGroupsRequest([group]))).results == [(group, 0)]
    await admin.close()

    async with running(workshop.consumer()):
        await assert_applied_once(workshop, 3)


async def test_members_that_come_and_go_apply_everything_once(workshop: Workshop) -> None:
    async def slowly(session: AsyncSession, received: Received[WidgetMade]) -> None:
        await asyncio.sleep(0.002)
        await note(session, received)

    handlers: Handlers = {WidgetMade: effect(slowly)}
    widgets = await record_some(workshop, 200)
    async with running(workshop.relay(), workshop.consumer(handlers)):
        await workshop.until_applied(1)
        async with running(workshop.consumer(handlers)):
            await workshop.record_many([(widgets[n % len(widgets)], made(widgets[0], n)) for n in range(200)])
            await workshop.until_applied(250)
        await workshop.record_many([(widgets[n % len(widgets)], made(widgets[0], n)) for n in range(100)])
        await assert_applied_once(workshop, 500)
