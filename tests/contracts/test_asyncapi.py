"""The AsyncAPI document is valid by the official parser, and says what is sent."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncapi_parser
import jsonschema
import pytest

from shared.context import Cause
from shared.delivery import envelope
from shared.events import asyncapi
from shared.events.base import catalogue
from shared.events.schemas import example_of
from shared.events.topics import TOPICS
from shared.ids import new_id

DOCUMENT = asyncapi.document()
TYPES = sorted(catalogue())
RISK = "complaints.risk.client_flagged.v1"


def test_the_document_is_valid() -> None:
    assert asyncapi_parser.complaints(DOCUMENT) == []


def _refer_nowhere(document: dict[str, Any]) -> None:
    document["channels"]["complaints.risk"]["messages"][RISK] = {"$ref": "#/components/messages/none"}


def _send_what_is_not_on_the_channel(document: dict[str, Any]) -> None:
    foreign = f"#/components/messages/{RISK}"
    document["operations"]["complaints.send.complaints.risk"]["messages"] = [{"$ref": foreign}]


def _bind_wrongly(document: dict[str, Any]) -> None:
    document["channels"]["complaints.risk"]["bindings"]["kafka"]["partitions"] = "six"


def _misuse_the_schema(document: dict[str, Any]) -> None:
    document["components"]["messages"][RISK]["payload"]["type"] = "objekt"


@pytest.mark.parametrize(
    "break_", [_refer_nowhere, _send_what_is_not_on_the_channel, _bind_wrongly, _misuse_the_schema]
)
def test_the_parser_would_notice_a_mistake(break_: Callable[[dict[str, Any]], None]) -> None:
    broken = _of_one_topic("complaints.risk")
    break_(broken)

    assert asyncapi_parser.complaints(broken)


def _of_one_topic(topic: str) -> dict[str, Any]:
    """Return the document with one channel only, which takes the parser a fraction of the time."""
    document = copy.deepcopy(DOCUMENT)
    document["channels"] = {topic: document["channels"][topic]}
    operations = document["operations"].items()
    document["operations"] = {name: one for name, one in operations if name.endswith(f".{topic}")}
    messages = document["components"]["messages"].items()
    document["components"]["messages"] = {name: one for name, one in messages if name.startswith(topic)}
    return document


def test_one_topic_alone_is_valid() -> None:
    assert asyncapi_parser.complaints(_of_one_topic("complaints.risk")) == []


def test_a_parser_that_is_not_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    node = asyncapi_parser.CACHE_DIR
    monkeypatch.setattr(asyncapi_parser, "_run", lambda *_, **__: (tmp_path / "parser" / "a.tgz").write_bytes(b"else"))

    with pytest.raises(RuntimeError, match="is not the file that is pinned"):
        asyncapi_parser._install_parser(node, tmp_path / "parser")


@pytest.mark.parametrize("type_", TYPES)
def test_headers_and_payload_of_each_type_are_as_the_document_says(type_: str) -> None:
    event = catalogue()[type_].model_validate(example_of(catalogue()[type_]))
    cause = Cause("r1", "s1", causation_id=new_id(), traceparent="00-1-2-01", hops=1, chain="a.b.c.v1")
    message = {**DOCUMENT["components"]["messages"][type_], "components": DOCUMENT["components"]}

    headers = envelope.headers(event, id=new_id(), aggregate_id=new_id(), version=1, key="k", cause=cause)

    assert headers.keys() == envelope.HEADERS_SCHEMA["properties"].keys()
    jsonschema.validate(headers, {**message["headers"], "components": DOCUMENT["components"]})
    jsonschema.validate(event.model_dump(mode="json"), {**message["payload"], "components": DOCUMENT["components"]})


def test_headers_without_a_cause_are_allowed() -> None:
    event = catalogue()[RISK].model_validate(example_of(catalogue()[RISK]))
    cause = Cause(correlation_id="r1", actor="s1")

    headers = envelope.headers(event, id=new_id(), aggregate_id=new_id(), version=1, key="k", cause=cause)

    jsonschema.validate(headers, envelope.HEADERS_SCHEMA)


def test_every_topic_has_one_sender_and_its_readers() -> None:
    operations = DOCUMENT["operations"].values()

    for topic in TOPICS:
        of_topic = [one for one in operations if one["channel"]["$ref"] == f"#/channels/{topic.name}"]
        senders = [one["tags"][0]["name"] for one in of_topic if one["action"] == "send"]
        assert senders == [topic.name.partition(".")[0]]
        assert {"ops-dashboard", "interaction-log"} <= {
            one["tags"][0]["name"] for one in of_topic if one["action"] == "receive"
        }
