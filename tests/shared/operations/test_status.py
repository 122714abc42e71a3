"""`trust-crm status` and `position`: what waits, who leads, what is missing, and where a consumer goes on."""

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from widgets import NOTE_ALL, PLACES, SERVICE, TOPIC, Workshop, a_widget, eventually, made, record_some, running

from shared.audit import trail
from shared.clock import system_clock
from shared.delivery import positions
from shared.operations import service
from shared.operations.__main__ import main


async def status(trust_crm: Any) -> Any:
    (found,) = json.loads((await trust_crm("status", SERVICE, "--json")).out)
    return found


async def test_a_service_at_rest_needs_nobody(workshop: Workshop, trust_crm: Any) -> None:
    await record_some(workshop, 30)
    async with workshop.database.transaction() as session:
        await trail.record(session, "widget.made", kind="widget", id=a_widget().id)
    async with workshop.database.transaction() as session:
        await trail.seal(session, system_clock(), 100)

    async with running(workshop.relay(), workshop.consumer()):
        await workshop.until_applied(30)
        await workshop.until_sent()
        said = await trust_crm("status")
        found = await status(trust_crm)

    assert (said.code, "nothing needs you" in said.out) == (0, True)
    assert "since 20" in found["leader"]
    assert found["lag"] == {TOPIC: 0}
    assert (found["outbox_rows"], found["parked_keys"], found["unsealed"], found["problems"]) == (0, 0, 0, [])
    assert found["sealed_until"].startswith(f"{system_clock():%Y-%m-%d}")


async def test_what_waits_and_what_is_parked_is_said_with_what_to_do(workshop: Workshop, trust_crm: Any) -> None:
    await record_some(workshop, 60)
    await workshop.send_all()
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {place: place.partition for place in PLACES})
    await workshop.record(a_widget(), made(a_widget()))
    await workshop.change("UPDATE outbox SET recorded_at = recorded_at - interval '90 seconds'")
    await workshop.change("INSERT INTO parked_key (consumer, topic, key, reason) VALUES ('widgets', 't', 'k', 'why')")

    said = await trust_crm("status", SERVICE)
    found = await status(trust_crm)

    assert said.code == 1
    assert f"{SERVICE}: events are parked: trust-crm parked list {SERVICE}" in said.out
    assert f"{SERVICE}: no relay leads: is a worker running?" in said.out
    assert f"{SERVICE}  {TOPIC}      45" in said.out
    assert (found["outbox_rows"], found["lag"]) == (1, {TOPIC: 45})
    assert 90 < found["outbox_seconds"] < 150


async def test_whoever_holds_the_oldest_snapshot_is_named(workshop: Workshop, trust_crm: Any) -> None:
    async with await psycopg.AsyncConnection.connect(workshop.database.url, application_name="a long report") as old:
        await old.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await old.execute("SELECT count(*) FROM outbox")
        await asyncio.sleep(1.1)

        found = await status(trust_crm)

    assert found["snapshot_holder"] == "a long report"
    assert found["snapshot_seconds"] >= 1


async def test_a_topic_that_is_missing_is_named(
    workshop: Workshop, trust_crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[0]: 0})
    monkeypatch.setenv("WIDGETS_TOPIC_PREFIX", "elsewhere-")

    found = await status(trust_crm)

    assert found["missing_topics"] == [
        f"topic elsewhere-{TOPIC} is missing: run `python -m shared.delivery.topics create`"
    ]


async def test_what_does_not_answer_is_said_and_the_rest_shown(
    workshop: Workshop, trust_crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    without_kafka = await status(trust_crm)
    monkeypatch.setenv("WIDGETS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    without_both = await status(trust_crm)

    assert without_kafka["outbox_rows"] == 0
    assert any(problem.startswith("Kafka does not answer") for problem in without_kafka["problems"])
    assert any(problem.startswith("the database does not answer") for problem in without_both["problems"])


async def test_a_position_is_shown_and_moved(workshop: Workshop, trust_crm: Any) -> None:
    await record_some(workshop, 60)
    async with running(workshop.relay(), workshop.consumer(NOTE_ALL)):
        await workshop.until_applied(60)

    shown = await trust_crm("position", SERVICE)
    back = await trust_crm("position", SERVICE, TOPIC, "3", "--to", "4", "--reason", "look again", "--yes")
    start = await trust_crm("position", SERVICE, TOPIC, "2", "--to", "start", "--reason", "made anew", "--yes")

    assert f"{TOPIC}          3    10           0   10    0" in shown.out
    assert "read 6 offsets of widgets.widget[3] again, from 4" in back.err
    assert (back.code, start.code) == (0, 0)
    async with workshop.database.session() as session:
        taken = await positions.read(session, SERVICE)
    assert {place.partition: offset for place, offset in taken.items()} == {0: 10, 1: 10, 3: 4, 4: 10, 5: 10}
    assert await workshop.rows("SELECT action, reason, facts ->> 'to' FROM audit_entry ORDER BY id") == [
        ("consumer_position_moved", "look again", "4"),
        ("consumer_position_moved", "made anew", "start"),
    ]
    async with running(workshop.consumer(NOTE_ALL)):
        all_again = "SELECT sum(next_offset) = 60 FROM witness"
        await eventually(lambda: workshop.is_so(all_again), 60, "it is where it was")
    assert await workshop.value("SELECT count(*) FROM applied") == 60


async def test_a_position_moved_on_says_what_is_skipped_and_one_that_kafka_lacks_is_refused(
    workshop: Workshop, trust_crm: Any
) -> None:
    await record_some(workshop, 60)
    await workshop.send_all()
    async with workshop.database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACES[3]: 2})

    beyond = await trust_crm("position", SERVICE, TOPIC, "3", "--to", "11", "--reason", "why", "--yes")
    unconfirmed = await trust_crm("position", SERVICE, TOPIC, "3", "--to", "10", "--reason", "why")

    assert (beyond.code, "holds offsets 0 to 10, not 11" in beyond.err) == (1, True)
    assert (unconfirmed.code, "skip 8 offsets" in unconfirmed.err) == (3, True)
    assert await workshop.value("SELECT next_offset FROM witness") == 2
    for arguments in (
        ("--to", "4"),
        (TOPIC, "--to", "4"),
        (TOPIC, "3", "--to", "4"),
        (TOPIC,),
        (TOPIC, "3", "--to", "x"),
    ):
        with pytest.raises(SystemExit):
            await trust_crm("position", SERVICE, *arguments)


async def test_the_local_stack_is_found_when_no_address_is_set(
    database: Any, trust_crm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WIDGETS_DATABASE_URL")

    nothing = await trust_crm("status")
    assert (nothing.code, "set e.g. COMPLAINTS_DATABASE_URL" in nothing.err) == (1, True)

    (tmp_path / ".local").mkdir()
    lines = f"WIDGETS_DATABASE_URL={database.url}\nGATEWAY_DATABASE_URL=x\nKAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9\n"
    (tmp_path / ".local" / "addresses.env").write_text(lines)
    assert service.find() == {SERVICE: service.Service(SERVICE, database.url, "127.0.0.1:9", "")}


def test_every_command_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("status", "parked", "position", "replay", "rebuild", "backfill"):
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        assert f"trust-crm {command} " in capsys.readouterr().out.partition("Example")[2]
