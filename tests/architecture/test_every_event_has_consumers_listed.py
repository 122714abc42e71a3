"""Who consumes what is listed beside each event and true: no event is handled in secret, none listed in vain."""

import importlib

import shared.events.all  # noqa: F401  # declares every event
from shared.delivery.handlers import chain_of
from shared.events.base import Event, catalogue
from shared.events.topics import READ_ALL, TOPICS


def test_the_listed_consumers_are_those_that_handle_it(service: str) -> None:
    handlers = importlib.import_module(f"{service}.worker").HANDLERS
    own = {event: chain for event, chain in handlers.items() if event is not Event}

    assert (Event in handlers) == (service in READ_ALL)
    for type_, event in catalogue().items():
        if service != "ops_dashboard":
            assert bool(chain_of(own, event)) == (service in event.consumers), f"{service} and {type_}"


def test_every_type_stands_on_a_declared_topic() -> None:
    declared = {topic.name for topic in TOPICS}
    assert {event.topic() for event in catalogue().values()} <= declared


def test_every_topic_carries_events() -> None:
    used = {event.topic() for event in catalogue().values()}
    assert used == {topic.name for topic in TOPICS}


def test_events_hold_no_field_that_names_a_person() -> None:
    personal = {"name", "phone", "email", "address", "document_number", "facts", "note", "text", "description"}
    for type_, event in catalogue().items():
        assert not personal & set(event.model_fields), type_
