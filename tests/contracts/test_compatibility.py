"""What may change under one event type: tables of cases, and properties against the JSON Schema validator."""

import copy
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from payloads import payloads

from shared.events.compatibility import broken_promises, incompatibilities

Schema = dict[str, Any]

WIDGET: Schema = {
    "$defs": {
        "Money": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"amount": {"type": "string"}},
            "required": ["amount"],
        }
    },
    "type": "object",
    "x-topic": "widgets.widget",
    "x-consumers": ["shop"],
    "properties": {
        "widget_id": {"type": "string", "format": "uuid"},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "color": {"enum": ["red", "blue"]},
        "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "default": None},
        "price": {"$ref": "#/$defs/Money"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["widget_id", "size", "color", "price", "tags"],
}


def changed(change: Callable[[Schema], object]) -> Schema:
    schema = copy.deepcopy(WIDGET)
    change(schema)
    return schema


def set_field(name: str, value: Schema, *, required: bool = False) -> Callable[[Schema], None]:
    def change(schema: Schema) -> None:
        schema["properties"][name] = value
        if required:
            schema["required"].append(name)

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        set_field("weight", {"type": "integer", "default": 0}),
        set_field("weight", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
        set_field("size", {"type": "integer", "minimum": 0, "maximum": 10}),
        set_field("size", {"type": "integer"}),
        set_field("color", {"enum": ["red", "green", "blue"]}),
        set_field("note", {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None}),
        lambda schema: schema.update(description="Better words.", title="Widget"),
        lambda schema: schema.update({"x-consumers": ["shop", "store"]}),
        lambda schema: schema["required"].reverse(),
    ],
)
def test_growth_is_allowed(change: Callable[[Schema], object]) -> None:
    assert incompatibilities(WIDGET, changed(change)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda schema: schema["properties"].pop("note"), "event.note: the field is gone"),
        (set_field("weight", {"type": "integer"}), "event.weight: a new field without a default"),
        (set_field("weight", {"default": 0}, required=True), "event.weight: a new field without a default"),
        (lambda schema: schema["required"].remove("size"), "event.size: no longer required"),
        (lambda schema: schema["required"].append("note"), "event.note: now required"),
        (set_field("size", {"type": "integer", "minimum": 2, "maximum": 9}), "event.size: minimum is narrower: 1 → 2"),
        (set_field("size", {"type": "integer", "minimum": 1, "maximum": 8}), "event.size: maximum is narrower: 9 → 8"),
        (
            set_field("size", {"type": "number", "minimum": 1, "maximum": 9}),
            "event.size: type changed: 'integer' → 'number'",
        ),
        (set_field("color", {"enum": ["red"]}), "event.color: the value 'blue' is gone"),
        (set_field("color", {}), "event.color: an enum went"),
        (set_field("widget_id", {"type": "string"}), "event.widget_id: format changed: 'uuid' → None"),
        (
            set_field("widget_id", {"type": "string", "format": "uuid", "minLength": 1}),
            "event.widget_id: minLength is narrower: None → 1",
        ),
        (
            set_field("note", {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "default": ""}),
            "event.note: default changed: None → ''",
        ),
        (
            set_field("note", {"anyOf": [{"type": "string", "maxLength": 5}], "default": None}),
            "event.note: the kinds of value changed",
        ),
        (set_field("tags", {"type": "array", "items": {"type": "integer"}}), "event.tags[]: type changed"),
        (set_field("tags", {"type": "array"}), "event.tags: what a list holds changed"),
        (
            lambda schema: schema["$defs"]["Money"]["properties"].update(scale={"type": "integer", "default": 2}),
            "event.price.scale: a new field where consumers refuse unknown ones",
        ),
        (
            lambda schema: schema["$defs"]["Money"].update(additionalProperties=True),
            "event.price: additionalProperties changed: False → True",
        ),
        (lambda schema: schema.update({"x-topic": "widgets.other"}), "event: x-topic changed"),
    ],
)
def test_anything_else_needs_a_new_type(change: Callable[[Schema], object], problem: str) -> None:
    (found,) = incompatibilities(WIDGET, changed(change))

    assert found.startswith(problem)


def test_a_changed_default_of_the_same_number_is_noticed() -> None:
    """`True == 1` in Python, but not on the wire."""
    old, new = ({"properties": {"is_full": {"default": value}}} for value in (True, 1))

    assert incompatibilities(old, new) == ["event.is_full: default changed: True → 1"]


@pytest.mark.parametrize(
    ("consumers", "current", "is_broken"),
    [
        (["shop"], {}, True),
        (["shop"], {"widgets.widget.made.v2": WIDGET}, True),
        ([], {}, True),
        ([], {"widgets.widget.made.v2": WIDGET}, False),
    ],
)
def test_a_type_may_go_when_nobody_reads_it_and_another_took_its_place(
    consumers: list[str], current: dict[str, Schema], is_broken: bool
) -> None:
    released = {"widgets.widget.made.v1": WIDGET | {"x-consumers": consumers}}

    assert bool(broken_promises(released, current)) == is_broken


_LIMITS = st.none() | st.integers(-3, 3)


def _without_none(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if value is not None}


_KINDS = st.recursive(
    st.builds(lambda low, high: _without_none({"type": "integer", "minimum": low, "maximum": high}), _LIMITS, _LIMITS)
    | st.builds(lambda most: _without_none({"type": "string", "maxLength": most}), st.none() | st.integers(0, 4))
    | st.builds(
        lambda values: {"enum": sorted(values)}, st.sets(st.sampled_from(["red", "green", "blue"]), min_size=1)
    ),
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner)
    ),
    max_leaves=3,
)


@st.composite
def _schemas(draw: st.DrawFn) -> Schema:
    fields = draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), _KINDS, max_size=3))
    required = draw(st.sets(st.sampled_from(sorted(fields)))) if fields else set()
    optional = {name: kind | {"default": None} for name, kind in fields.items() if name not in required}
    return {"type": "object", "properties": fields | optional, "required": sorted(required)}


@given(_schemas(), st.data())
def test_a_field_replaced_by_any_other_is_refused_or_takes_every_old_payload(old: Schema, data: st.DataObject) -> None:
    assume(old["properties"])
    new = copy.deepcopy(old)
    name = data.draw(st.sampled_from(sorted(new["properties"])))
    new["properties"][name] = data.draw(_KINDS) | ({} if name in new["required"] else {"default": None})

    if not incompatibilities(old, new):
        jsonschema.validate(data.draw(payloads(old)), new)


@given(_schemas(), st.data())
def test_a_schema_grown_in_allowed_ways_is_compatible_and_takes_every_old_payload(
    old: Schema, data: st.DataObject
) -> None:
    new = copy.deepcopy(old)
    new["properties"]["d"] = data.draw(_KINDS) | {"default": None}
    for kind in new["properties"].values():
        if "maximum" in kind:
            kind["maximum"] += data.draw(st.integers(0, 3))
        if "enum" in kind:
            kind["enum"] = [*kind["enum"], "violet"]

    assert incompatibilities(old, new) == []
    jsonschema.validate(data.draw(payloads(old)), new)


@given(_schemas(), st.data())
def test_a_schema_that_lost_a_field_is_never_compatible(old: Schema, data: st.DataObject) -> None:
    assume(old["properties"])
    new = copy.deepcopy(old)
    gone = data.draw(st.sampled_from(sorted(new["properties"])))
    del new["properties"][gone]
    new["required"] = [name for name in new["required"] if name != gone]

    assert incompatibilities(old, new)
