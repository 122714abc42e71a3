"""The event contract as one AsyncAPI 3 document: a channel per topic, a message per type, what each service does."""

from importlib.metadata import version
from typing import Any

import shared.events.all  # noqa: F401  # declares every event
from shared.delivery.envelope import HEADERS_SCHEMA
from shared.events.base import Event, catalogue
from shared.events.docstrings import sentence_of
from shared.events.rights import consumers_of, services
from shared.events.schemas import example_of
from shared.events.titles import TITLES
from shared.events.topics import PARTITIONS, READ_ALL, REPLICAS, TOPICS, Topic

_BINDING = "0.5.0"
_REFERENCE = "#/components/schemas/{model}"

Json = dict[str, Any]


def document() -> Json:
    """Return the AsyncAPI document of all topics and services."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Trust CRM events",
            "version": version("trust-crm-shared"),
            "description": "Facts about clients, dealings, complaints and channels: ids and codes, no personal data.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "kafka:9092", "protocol": "kafka", "description": "The house's Kafka."}},
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": {"Headers": dict(HEADERS_SCHEMA), **_definitions()}},
    }


def _types(topic: Topic) -> list[type[Event]]:
    return [event for _, event in sorted(catalogue().items()) if event.topic() == topic.name]


def _channel(topic: Topic) -> Json:
    settings = topic.settings()
    return {
        "address": topic.name,
        "description": f"Written by {topic.owner} alone, in order per {topic.key}.",
        "messages": {event.type: {"$ref": f"#/components/messages/{event.type}"} for event in _types(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": PARTITIONS,
                "replicas": REPLICAS,
                "topicConfiguration": {
                    "cleanup.policy": [settings["cleanup.policy"]],
                    "retention.ms": int(settings["retention.ms"]),
                },
                "bindingVersion": _BINDING,
            }
        },
    }


def _operations() -> Json:
    operations = {}
    for topic in TOPICS:
        operations[f"{topic.owner}.send.{topic.name}"] = _operation("send", topic.owner, topic, _types(topic))
    for service in services():
        for topic in (topic for topic in TOPICS if service in consumers_of(topic.name)):
            name = service.replace("-", "_")
            read = [event for event in _types(topic) if name in (*event.consumers, *READ_ALL)]
            operation = _operation("receive", service, topic, read)
            group = {"groupId": {"type": "string", "const": service}, "bindingVersion": _BINDING}
            operations[f"{service}.receive.{topic.name}"] = operation | {"bindings": {"kafka": group}}
    return operations


def _operation(action: str, service: str, topic: Topic, events: list[type[Event]]) -> Json:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "title": f"{service} {action}s {topic.name}",
        "tags": [{"name": service}],
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"} for event in events],
    }


def _messages() -> Json:
    keys = {topic.name: topic.key for topic in TOPICS}
    return {type_: _message(event, keys[event.topic()]) for type_, event in sorted(catalogue().items())}


def _message(event: type[Event], key: str) -> Json:
    payload = event.model_json_schema(mode="serialization", ref_template=_REFERENCE)
    payload.pop("$defs", None)
    source = f"/trust-crm/{event.topic().partition('.')[0]}"
    fixed = {"ce_type": {"const": event.type}, "ce_source": {"const": source}}
    return {
        "name": event.type,
        "title": TITLES[event.type],
        "summary": sentence_of(event),
        "contentType": "application/json",
        "headers": {"allOf": [{"$ref": "#/components/schemas/Headers"}, {"type": "object", "properties": fixed}]},
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": f"Id of the {key}."},
                "bindingVersion": _BINDING,
            }
        },
        "examples": [{"payload": example_of(event)}],
    }


def _definitions() -> Json:
    found: Json = {}
    for event in catalogue().values():
        found |= event.model_json_schema(mode="serialization", ref_template=_REFERENCE).get("$defs", {})
    return found
