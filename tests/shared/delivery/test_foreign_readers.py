"""What we send is read back by others: the CloudEvents library, Kafka's console consumer, the program on our page."""

import asyncio
import json
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from widgets import TOPIC, Widget, WidgetMade, Workshop, a_widget, made

from local_stack import kafka, kafka_jars
from local_stack.paths import CACHE_DIR
from shared.context import SYSTEM
from shared.delivery.envelope import headers
from shared.events.risk import ClientFlagged
from shared.events.schemas import example_of
from shared.ids import new_id

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
SAID = "流失预警 \N{SNOWMAN}"
NEVER = "\x01"


async def test_the_cloudevents_library_reads_what_the_relay_wrote(workshop: Workshop) -> None:
    widget, event = await _one_sent(workshop)

    (record,) = await workshop.published()
    read = from_kafka(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())

    assert read.get_specversion() == "1.0"
    assert read.get_id() == dict(record.headers)["ce_id"].decode()
    assert read.get_type() == "widgets.widget.made.v1"
    assert read.get_source() == "/trust-crm/widgets"
    assert read.get_subject() == str(widget.id)
    assert read.get_time() == event.occurred_at
    assert read.get_time().utcoffset() == timedelta(0)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("partitionkey") == str(widget.event_key)
    assert read.get_extension("aggversion") == "1"
    assert read.get_data() == json.loads(event.model_dump_json())


async def test_kafkas_console_consumer_reads_what_the_relay_wrote(workshop: Workshop) -> None:
    widget, event = await _one_sent(workshop)

    told, key, value = (await _console(workshop.bootstrap, workshop.prefix + TOPIC)).strip("\n").split(NEVER)

    (record,) = await workshop.published()
    assert dict(pair.split(":", 1) for pair in told.split("\x02")) == {
        name: content.decode() for name, content in record.headers
    }
    assert key == str(widget.event_key)
    assert json.loads(value) == json.loads(event.model_dump_json())
    assert SAID in value, "the text is UTF-8, not escaped"


async def test_the_program_on_the_page_reads_an_event(workshop: Workshop, tmp_path: Path) -> None:
    event = ClientFlagged.model_validate(example_of(ClientFlagged))
    key, event_id = str(event.client_id), new_id()
    sent = headers(event, id=event_id, aggregate_id=event.client_id, version=1, key=key, cause=SYSTEM)
    await workshop.publish((sent, event.model_dump_json().encode()), key=key)
    _, program, _ = re.split("```python\n|```\n", PAGE.read_text(), maxsplit=2)
    (tmp_path / "dashboard.py").write_text(program.replace("complaints.risk", workshop.prefix + TOPIC, 1))

    running = await asyncio.create_subprocess_exec(
        *[sys.executable, str(tmp_path / "dashboard.py")],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": workshop.bootstrap},
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    try:
        told = await asyncio.wait_for(running.stdout.readline(), 60)
    finally:
        running.kill()
        await running.communicate()
    assert told.decode().split()[:3] == [str(event_id), key, "medium"]


async def _one_sent(workshop: Workshop) -> tuple[Widget, WidgetMade]:
    widget = a_widget()
    event = made(widget, 7, padding=SAID)
    await workshop.record(widget, event)
    await workshop.send_all()
    return widget, event


async def _console(bootstrap: str, topic: str) -> str:
    """Return what Kafka's console consumer prints of the one message in `topic`."""
    java = kafka._java_command(await asyncio.to_thread(kafka_jars.fetch, CACHE_DIR))
    shown = {"print.headers": "true", "print.key": "true", "key.separator": NEVER, "headers.separator": "\x02"}
    consumer = await asyncio.create_subprocess_exec(
        *[*java[:1], "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", *java[1:]],
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        *["--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning", "--max-messages", "1"],
        *["--timeout-ms", "60000"],
        *[part for name, value in shown.items() for part in ("--formatter-property", f"{name}={value}")],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(consumer.communicate(), 90)
    assert consumer.returncode == 0, errors.decode()
    return out.decode()
