"""The committed event contract is what the code says, and its examples decode."""

import json
import re

import jsonschema
import pytest

import shared.events.all  # noqa: F401  # declares every event
from shared.events import contracts
from shared.events.base import catalogue
from shared.events.docstrings import meanings_of, sentence_of
from shared.events.titles import TITLES

TYPES = sorted(catalogue())


def test_the_committed_contract_is_what_the_code_says() -> None:
    assert contracts.differences() == [], "run make contracts and look at the difference"


@pytest.mark.parametrize("type_", TYPES)
def test_the_example_decodes_and_fits_its_schema(type_: str) -> None:
    example = json.loads((contracts.FOLDER / f"{type_}.example.json").read_text())
    schema = json.loads((contracts.FOLDER / f"{type_}.schema.json").read_text())

    jsonschema.validate(example, schema)
    event = catalogue()[type_].model_validate(example)
    assert json.loads(event.model_dump_json()) == example


def test_every_event_has_a_chinese_title_of_its_own() -> None:
    assert sorted(TITLES) == TYPES
    assert all(re.search("[\u4e00-\u9fff]", title) for title in TITLES.values())
    assert len(set(TITLES.values())) == len(TITLES)


@pytest.mark.parametrize("type_", TYPES)
def test_the_page_can_say_what_an_event_and_each_of_its_fields_mean(type_: str) -> None:
    event = catalogue()[type_]
    sentence, meanings = sentence_of(event), meanings_of(event)

    assert sentence
    assert "Attributes" not in sentence
    assert [name for name in event.model_fields if name not in meanings and f"`{name}`" not in sentence] == []


@pytest.mark.parametrize("type_", TYPES)
def test_a_consumer_of_today_ignores_a_field_of_tomorrow(type_: str) -> None:
    example = json.loads((contracts.FOLDER / f"{type_}.example.json").read_text())

    assert catalogue()[type_].model_validate({**example, "field_of_tomorrow": 1})
