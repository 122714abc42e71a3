"""Rights on the broker follow the catalogue: only the owner writes a topic, only consumers read it."""

import importlib
import re

import pytest

from shared.delivery import topics
from shared.delivery.reader import reader
from shared.events import rights
from shared.events.topics import TOPICS

SERVICES = ("client_profile", "interaction_log", "complaints", "channel_commission", "ops_dashboard")


def given(operation: str, kind: str) -> set[tuple[str, str]]:
    """Return (who, name) of every right to do `operation` on a `topic` or `group`."""
    found = set()
    for call in rights.commands():
        if f"--operation {operation} " in call:
            (who,) = re.findall(r"--allow-principal User:(\S+)", call)
            found |= {(who, name) for name in re.findall(rf"--{kind} (\S+)", call)}
    return found


def test_only_the_owner_writes_a_topic() -> None:
    assert given("Write", "topic") == {(topic.name.partition(".")[0], topic.name) for topic in TOPICS}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_what_its_handlers_subscribe_to_and_nothing_else(service: str) -> None:
    own = reader(service, importlib.import_module(f"{service}.worker").HANDLERS)
    subscribed = {event.topic() for event in own.known.handled.values()}
    folder = service.replace("_", "-")

    assert {topic for who, topic in given("Read", "topic") if who == folder} == subscribed


def test_a_service_has_its_own_group_and_no_other() -> None:
    folders = [service.replace("_", "-") for service in SERVICES]

    assert given("Read", "group") == {(folder, folder) for folder in folders}
    for folder in folders:
        assert [other for other in folders if other.startswith(folder)] == [folder], "a group's name is a prefix"


def test_only_the_dashboard_looks_at_the_groups_of_others() -> None:
    assert given("Describe", "group") == {("ops-dashboard", service.replace("_", "-")) for service in SERVICES}


def test_the_command_prints_them_without_a_broker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    assert topics.main(["rights"]) == 0

    assert capsys.readouterr().out == rights.script()
