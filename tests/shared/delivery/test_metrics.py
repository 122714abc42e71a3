"""Every figure that an alert looks at is right while the thing it tells of happens, and right again afterwards."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from widgets import (
    PARTITIONS,
    SERVICE,
    TOPIC,
    WidgetMade,
    Workshop,
    a_widget,
    eventually,
    is_,
    keys_on,
    made,
    message,
    note,
    record_some,
    running,
)

from shared.delivery import consumer as consumer_module
from shared.delivery.handlers import Handlers, effect, merge
from shared.delivery.worker import Worker
from shared.events.base import Received
from shared.ids import new_id
from shared.timers import Timer, run_due


def of_service(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"service": SERVICE, **labels}) or 0.0


def of_consumer(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"consumer": SERVICE, **labels}) or 0.0


async def test_what_waits_in_the_outbox_and_the_topic_that_is_blocked_are_shown(workshop: Workshop) -> None:
    await record_some(workshop, 20)
    await workshop.change(
        "UPDATE outbox SET recorded_at = recorded_at - interval '90 seconds' WHERE seq = (SELECT min(seq) FROM outbox)"
    )
    failures = of_service("relay_failures_total")

    async with running(workshop.relay(kafka_bootstrap="127.0.0.1:1")):
        await eventually(lambda: is_(of_service("relay_blocked_topic", topic=TOPIC) == 1), 60, "the topic is blocked")
        assert of_service("relay_leader") == 1
        assert of_service("outbox_rows") == 20
        assert 90 <= of_service("outbox_oldest_age_seconds") < 150
        assert of_service("relay_failures_total") > failures

    assert of_service("relay_blocked_topic", topic=TOPIC) == of_service("relay_leader") == 0
    assert of_service("outbox_rows") == of_service("outbox_oldest_age_seconds") == 0


async def test_what_the_relay_sends_is_counted_and_its_rounds_are_timed(workshop: Workshop) -> None:
    sent, rounds = of_service("relay_sent_total"), of_service("relay_round_seconds_count")
    await record_some(workshop, 50)

    await workshop.send_all()

    assert of_service("relay_sent_total") == sent + 50
    assert of_service("relay_round_seconds_count") > rounds
    assert of_service("relay_round_seconds_sum") > 0


async def test_everything_consumed_is_handled_dropped_ignored_or_parked(workshop: Workshop) -> None:
    names = ("events_handled_total", "inbox_duplicates_total", "events_ignored_total", "events_parked_total")
    before = {name: of_consumer(name) for name in names}
    widget = a_widget(event_key=keys_on(0, 1)[0])
    event = made(widget)
    good = {name: value.decode() for name, value in message(0, widget, event).headers}
    payload = event.model_dump_json().encode()
    foreign = good | {"ce_id": str(new_id()), "ce_type": "gadgets.gadget.made.v1"}
    poison = good | {"ce_id": str(new_id())}
    late = good | {"ce_id": str(new_id())}
    await workshop.publish(
        (good, payload), (good, payload), (foreign, payload), (poison, b"{"), (late, payload), key=str(widget.event_key)
    )

    async with running(workshop.consumer()):
        await eventually(lambda: workshop.is_so("SELECT sum(next_offset) = 5 FROM witness"), 60, "all is taken")

    found = {name: of_consumer(name) - before[name] for name in names}
    assert found == dict(zip(names, (1, 1, 1, 2), strict=True))


async def test_the_age_of_an_event_is_measured_from_its_recording_to_its_commit(workshop: Workshop) -> None:
    total, slow = of_consumer("event_age_seconds_sum"), of_consumer("event_age_seconds_bucket", le="600.0")
    widget, fresh = a_widget(event_key=keys_on(0, 1)[0]), new_id()
    ten_minutes_old = UUID(int=fresh.int - (660_000 << 80))
    sent = message(0, widget, made(widget), id=ten_minutes_old)
    await workshop.publish(
        ({name: value.decode() for name, value in sent.headers}, sent.value), key=str(widget.event_key)
    )

    async with running(workshop.consumer()):
        await workshop.until_applied(1)

    assert 660 <= of_consumer("event_age_seconds_sum") - total < 720
    assert of_consumer("event_age_seconds_bucket", le="600.0") == slow


async def test_lag_is_what_a_partition_still_holds(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_CHECK_EVERY_SECONDS", 0.0)
    widget = a_widget(event_key=keys_on(3, 1)[0])
    await workshop.record_many([(widget, made(widget, n)) for n in range(600)])
    await workshop.send_all()
    may_go_on, seen = asyncio.Event(), 0

    async def hold_the_second_batch(session: AsyncSession, received: Received[WidgetMade]) -> None:
        nonlocal seen
        seen += 1
        if seen > 500:
            await may_go_on.wait()
        await note(session, received)

    lag = {"consumer": SERVICE, "topic": TOPIC, "partition": "3"}
    handlers: Handlers = {WidgetMade: effect(hold_the_second_batch)}
    async with running(workshop.consumer(handlers)):
        await eventually(lambda: is_(seen == 501), 60, "the second batch is in hand")
        assert REGISTRY.get_sample_value("consumer_lag", lag) == 100
        may_go_on.set()
        await workshop.until_applied(600)
        await eventually(lambda: is_(REGISTRY.get_sample_value("consumer_lag", lag) == 0), 60, "nothing waits")


async def test_partitions_shared_out_anew_are_counted(workshop: Workshop) -> None:
    before = of_consumer("rebalances_total")
    async with running(workshop.consumer()):
        await eventually(lambda: is_(of_consumer("rebalances_total") == before + 1), 60, "one member")
        async with running(workshop.consumer()):
            await eventually(lambda: is_(of_consumer("rebalances_total") == before + 3), 60, "both were given some")


async def test_a_consumer_that_moves_back_to_its_witness_is_counted(workshop: Workshop) -> None:
    before = of_consumer("witness_seeks_total")
    await record_some(workshop, 60)
    async with running(workshop.relay(), workshop.consumer()):
        await workshop.until_applied(60)
        await workshop.change("UPDATE witness SET next_offset = 0")
        await record_some(workshop, 60)
        await eventually(lambda: is_(of_consumer("witness_seeks_total") == before + PARTITIONS), 60, "it went back")


async def test_a_part_that_stopped_or_fails_shows_as_down_while_the_others_are_up(workshop: Workshop) -> None:
    async def misspelled(session: AsyncSession, _received: Received[WidgetMade]) -> None:
        await session.execute(text("SELECT nothing FROM nowhere"))

    async def fail(_session: AsyncSession, _now: object, _limit: int) -> int:
        raise ValueError("not today")

    failures = of_service("worker_part_failures_total", part="timer fragile")
    await workshop.record(widget := a_widget(), made(widget))
    worker = Worker(
        service=SERVICE,
        database=workshop.database,
        kafka_bootstrap=workshop.bootstrap,
        handlers={WidgetMade: effect(misspelled)},
        topic_prefix=workshop.prefix,
        timers=[Timer("fragile", every=timedelta(hours=1), run=fail)],
    )
    assert {of_service("worker_part_up", part=part) for part in ("relay", "consumer", "measure")} == {0}
    await worker.start()
    try:
        await eventually(lambda: is_("our own SQL is wrong" in str(worker.health())), 60, "the consumer stopped")
        assert of_service("worker_part_up", part="consumer") == 0
        assert of_service("worker_part_up", part="relay") == of_service("worker_part_up", part="measure") == 1
        assert of_service("worker_part_failures_total", part="timer fragile") > failures
    finally:
        await worker.stop()
    assert of_service("worker_part_up", part="relay") == of_service("worker_part_up", part="measure") == 0


async def test_a_batch_that_is_rolled_back_to_be_tried_again_is_counted(workshop: Workshop) -> None:
    before, tries = of_consumer("consumer_retries_total"), 0

    async def fail_once(session: AsyncSession, received: Received[WidgetMade]) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionResetError("the network hiccuped")
        await note(session, received)

    await workshop.record(widget := a_widget(), made(widget))
    async with running(workshop.relay(), workshop.consumer(merge({WidgetMade: effect(fail_once)}))):
        await workshop.until_applied(1)

    assert of_consumer("consumer_retries_total") == before + 1


async def test_the_rows_a_timer_takes_are_counted(workshop: Workshop) -> None:
    before = of_service("timer_rows_total", timer="rest")
    left = [100, 100, 7]

    async def take(_session: AsyncSession, _now: object, _limit: int) -> int:
        return left.pop(0)

    await run_due(Timer("rest", every=timedelta(seconds=1), run=take), workshop.database)

    assert of_service("timer_rows_total", timer="rest") == before + 207


def test_no_label_holds_an_id() -> None:
    known = {"service", "consumer", "topic", "partition", "part", "timer"}
    for metric in list(REGISTRY._collector_to_names):
        if type(metric).__module__.startswith("prometheus_client.metrics") and metric._name.startswith(
            ("outbox", "relay", "consumer", "event", "inbox", "parked", "witness", "rebalances", "timer", "worker")
        ):
            assert set(metric._labelnames) <= known, metric._name
