"""Events of today against those released: consumers of the last release go on, and what Kafka keeps is still read."""

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payloads import payloads

from shared.events import release
from shared.events.base import catalogue
from shared.events.release import Types

RELEASED = release.released()
TODAY = release.today()
LAST = list(RELEASED.values())[-1]
#: A release may have brought types that went since, when nobody read them any more.
STILL_THERE = sorted(LAST.keys() & TODAY.keys())


def test_the_types_of_today_keep_what_the_last_release_promised() -> None:
    assert release.broken_since_release(TODAY) == [], "declare the next major version beside the old one"


@pytest.mark.parametrize("version", RELEASED)
def test_every_example_ever_released_is_still_read(version: str) -> None:
    for type_, parts in RELEASED[version].items():
        if type_ in TODAY:
            event = catalogue()[type_].model_validate(parts["example"])
            assert event.model_dump(mode="json").items() >= parts["example"].items(), type_


@pytest.mark.parametrize("type_", STILL_THERE)
def test_a_consumer_of_the_last_release_reads_the_example_of_today(type_: str) -> None:
    jsonschema.validate(TODAY[type_]["example"], as_consumers_read(LAST[type_]["schema"]))


def sent_under(types: Types) -> st.SearchStrategy[tuple[str, Any]]:
    """Return a type that is in both, with a payload of it."""
    sent = {type_: payloads(types[type_]["schema"]) for type_ in STILL_THERE}
    return st.sampled_from(STILL_THERE).flatmap(lambda type_: st.tuples(st.just(type_), sent[type_]))


@given(sent_under(LAST))
def test_whatever_was_sent_under_the_last_release_is_read_today(sent: tuple[str, Any]) -> None:
    type_, payload = sent

    catalogue()[type_].model_validate(payload)
    jsonschema.validate(payload, TODAY[type_]["schema"])


@given(sent_under(TODAY))
def test_whatever_is_sent_today_is_read_by_consumers_of_the_last_release(sent: tuple[str, Any]) -> None:
    type_, payload = sent

    jsonschema.validate(payload, as_consumers_read(LAST[type_]["schema"]))


def as_consumers_read(schema: Any) -> Any:
    """Return a schema without its enums and limits: consumers keep codes they do not know and check no limits."""
    if isinstance(schema, list):
        return [as_consumers_read(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    unchecked = {"enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
    return {word: as_consumers_read(part) for word, part in schema.items() if word not in unchecked}


def _widget(**fields: dict[str, Any]) -> Types:
    schema = {"type": "object", "properties": fields, "required": [], "x-consumers": ["shop"]}
    return {"widgets.widget.made.v1": {"schema": schema, "example": {}}}


def test_releases_are_kept_and_the_last_one_counts(tmp_path: Path) -> None:
    size, color = {"type": "integer", "default": 1}, {"type": "string", "default": "red"}

    release.freeze("0.9.0", _widget(), tmp_path)
    release.freeze("0.10.0", _widget(size=size), tmp_path)

    assert list(release.released(tmp_path)) == ["0.9.0", "0.10.0"]
    assert release.broken_since_release(_widget(size=size, color=color), tmp_path) == []
    assert release.broken_since_release(_widget(), tmp_path) == [
        "widgets.widget.made.v1: event.size: the field is gone"
    ]


def test_a_release_is_never_written_twice_nor_broken(tmp_path: Path) -> None:
    types = _widget(size={"type": "integer", "default": 1})
    release.freeze("1.0.0", types, tmp_path)
    before = copy.deepcopy(release.released(tmp_path))

    with pytest.raises(ValueError, match=r"1\.0\.0 is released"):
        release.freeze("1.0.0", types, tmp_path)
    with pytest.raises(ValueError, match=r"event\.size: the field is gone"):
        release.freeze("1.1.0", _widget(), tmp_path)
    assert release.released(tmp_path) == before
