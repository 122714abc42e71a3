"""The page of the event contract for people: `docs/events.md`, in Markdown."""

import json
from collections.abc import Mapping
from typing import Any

import shared.events.all  # noqa: F401  # declares every event
from shared.events.base import Event, catalogue
from shared.events.docstrings import meanings_of, sentence_of
from shared.events.rights import consumers_of
from shared.events.schemas import example_of, schema_of
from shared.events.titles import TITLES
from shared.events.topics import PARTITIONS, READ_ALL, REPLICAS, TOPICS, YEAR_MS, Topic

_HEAD = """\
# Events

Written by `make contracts` from the catalogue in `shared/src/shared/events`. The same for machines:
[AsyncAPI 3](../shared/contracts/asyncapi.json), and [schema and example](../shared/contracts/events) of each type.

## What is promised

1. Every committed event arrives at least once; a copy has the same `ce_id`. What was rolled back never arrives.
2. Events of one aggregate (`ce_subject`) arrive in the order of their commits: `ce_aggversion` counts up without a gap.
3. Under one key (`ce_partitionkey`) an event follows whatever was committed before it began; no order across topics.
4. Facts, ids and codes only: no names, numbers of documents or phones, no free text. Times are UTC, days Asia/Shanghai.
5. A type only grows: optional fields and codes may come at any time; anything else is a new type, sent beside the old.

## How to read them

A browser or a report reads the gateway's live feed: `GET /v1/feed` (server-sent events, resumed by `Last-Event-ID`)
and `GET /v1/feed/entries` (pages). A dashboard with a store of its own reads Kafka, as a group of its own, from the
beginning. The headers tell what an event is, so that the rest is skipped unread. Keep each `ce_id` in the
transaction of what the event changes, and skip what is there; pass over types, fields and codes you do not know.

```python
import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer, TopicPartition


async def main():
    consumer = AIOKafkaConsumer(
        "complaints.risk",
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        group_id="my-dashboard",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumer:
        async for message in consumer:
            headers = {name: value.decode() for name, value in message.headers}
            if headers["ce_type"] == "complaints.risk.client_flagged.v1":
                event = json.loads(message.value)
                print(headers["ce_id"], event["client_id"], event["level"], event["reasons"], flush=True)
            place = TopicPartition(message.topic, message.partition)
            await consumer.commit({place: message.offset + 1})


asyncio.run(main())
```

On a broker that asks who one is, the group needs rights of its own; `python -m shared.delivery.topics rights` prints
those of the services.

"""


def text() -> str:
    """Return the page."""
    overview = [
        f"## Topics\n\nEach has {PARTITIONS} partitions for good and {REPLICAS} replicas on a cluster. "
        f"{' and '.join(_folder(name) for name in READ_ALL)} read every event.\n",
        "| topic | written by | read by | key | kept for |\n|---|---|---|---|---|",
        *(_row(topic) for topic in TOPICS),
    ]
    return _HEAD + "\n".join(overview) + "\n\n" + "\n".join(_section(topic) for topic in TOPICS)


def _row(topic: Topic) -> str:
    link = f"[`{topic.name}`](#{topic.name.replace('.', '')})"
    readers = ", ".join(consumers_of(topic.name))
    return f"| {link} | {topic.owner} | {readers} | {topic.key} | {topic.retention_ms // YEAR_MS} years |"


def _section(topic: Topic) -> str:
    events = [event for _, event in sorted(catalogue().items()) if event.topic() == topic.name]
    return f"## {topic.name}\n\n" + "\n".join(_event(event) for event in events)


def _event(event: type[Event]) -> str:
    readers = sorted({_folder(name) for name in (*event.consumers, *READ_ALL)})
    return "\n".join(
        [
            f"### {event.type}\n",
            f"**{TITLES[event.type]}** · {sentence_of(event)}\n",
            f"Read by {', '.join(readers)}.\n",
            "| field | kind | default | meaning |\n|---|---|---|---|",
            *_fields(event),
            f"\n```json\n{json.dumps(example_of(event), ensure_ascii=False)}\n```\n",
        ]
    )


def _fields(event: type[Event]) -> list[str]:
    schema, meanings = schema_of(event), meanings_of(event)
    rows = []
    for name, field in schema["properties"].items():
        default = "" if name in schema["required"] else f"`{json.dumps(field['default'], ensure_ascii=False)}`"
        rows.append(f"| `{name}` | {_kind(field)} | {default} | {meanings.get(name, 'Told above.')} |")
    return rows


def _kind(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(arm) for arm in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2]).lower()
    if field["type"] == "array":
        return f"list of {_kind(field['items'])}"
    return str(field.get("format") or field["type"])


def _folder(name: str) -> str:
    return name.replace("_", "-")
