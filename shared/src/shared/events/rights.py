"""Who reads a topic, and the rights on the broker that follow: only its owner writes it.

Services sign in to the broker under their folder name. A consumer's group begins with that name, so that a projection
can be rebuilt under a name of its own. Read and Write include Describe.
"""

import shared.events.all  # noqa: F401  # declares every event
from shared.events.base import catalogue
from shared.events.topics import READ_ALL, TOPICS

#: Signs in to create the topics.
CREATOR = "kafka-topics"
#: Asks how far the others are behind.
_WATCHES_LAG = "ops-dashboard"

_HEAD = """\
#!/bin/sh
# Gives every service its rights on the broker; safe to run again. Written by `make contracts` from the event catalogue.
#   KAFKA_ACLS="kafka-acls.sh --bootstrap-server kafka:9092 --command-config admin.properties" sh kafka-rights.sh
set -eu
"""


def consumers_of(topic: str) -> list[str]:
    """Return the folder names of the services that read a topic."""
    listed = {service for event in catalogue().values() if event.topic() == topic for service in event.consumers}
    return sorted(service.replace("_", "-") for service in listed.union(READ_ALL))


def services() -> list[str]:
    """Return the folder names of all services that write or read events."""
    return sorted({topic.owner for topic in TOPICS}.union(*(consumers_of(topic.name) for topic in TOPICS)))


def commands() -> list[str]:
    """Return the arguments of `kafka-acls`, one call a line."""
    everywhere = _options("topic", [topic.name for topic in TOPICS])
    calls = [_call(CREATOR, "Create --operation Describe", everywhere)]
    for service in services():
        own = [topic.name for topic in TOPICS if topic.owner == service]
        read = [topic.name for topic in TOPICS if service in consumers_of(topic.name)]
        if own:
            calls.append(_call(service, "Write", _options("topic", own)))
        if read:
            calls.append(_call(service, "Read", _options("topic", read)))
            calls.append(_call(service, "Read", f"--resource-pattern-type prefixed --group {service}"))
    return [*calls, _call(_WATCHES_LAG, "Describe", _options("group", services()))]


def _call(principal: str, operation: str, resources: str) -> str:
    return f"--add --allow-principal User:{principal} --operation {operation} {resources}"


def _options(name: str, values: list[str]) -> str:
    return " ".join(f"--{name} {value}" for value in values)


def script() -> str:
    """Return a shell script that gives all rights."""
    return _HEAD + "".join(f"$KAFKA_ACLS {call}\n" for call in commands())
