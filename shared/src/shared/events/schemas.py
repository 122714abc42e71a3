"""The JSON Schema and an example of each event type."""

import json
import types
import typing
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event
from shared.money import Money

_EXAMPLES: dict[type, Any] = {
    UUID: "019306d4-5a00-7c3e-8a55-3f2b8f6f1c01",
    AwareDatetime: datetime(2026, 10, 31, 16, 0, tzinfo=UTC),
    date: date(2026, 11, 1),
    Money: Money.from_fen(123_456),
    bool: True,
    int: 30,
}
#: Fields whose example should read like the real thing.
_TEXTS = {
    "kind": "person",
    "grade": "R3",
    "previous": "R2",
    "service_class": "A",
    "risk_level": "C3",
    "level": "medium",
    "bearer": "company",
    "period": "2026-10",
    "earned_period": "2026-10",
    "booked_period": "2026-11",
    "rule_version": "risk.points@2026-01-01",
    "units": "1000000.00",
    "net_value": "1.0000",
    "share_class": "",
    "confirmation_number": "B-29401",
    "direction": "outbound",
    "original_kind": "subscription",
    "record_kind": "complaint_file",
    "outcome": "restricted",
    "legal_basis": "retention.complaint_file_years@2020-03-01",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event's data, with its topic and consumers."""
    schema = event.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:trust-crm:event:{event.type}",
        **schema,
        "x-topic": event.topic(),
        "x-consumers": sorted(event.consumers),
    }


def example_of(event: type[Event]) -> dict[str, Any]:
    """Return an example of an event's data; every field is filled."""
    values = {name: _example(name, field.annotation) for name, field in event.model_fields.items()}
    example: dict[str, Any] = json.loads(event.model_validate(values).model_dump_json())
    return example


def _example(name: str, kind: Any) -> Any:
    if typing.get_origin(kind) is types.UnionType:
        kind = next(arm for arm in typing.get_args(kind) if arm is not type(None))
    if typing.get_origin(kind) is list:
        return [_example(name, typing.get_args(kind)[0])]
    return _TEXTS.get(name, name) if kind is str else _EXAMPLES[kind]
