"""Topics on the broker: `python -m shared.delivery.topics create|verify` (KAFKA_BOOTSTRAP_SERVERS says where).

`… rights` prints the commands that give every service its rights on a broker that asks for them.

Creating is idempotent. The number of partitions decides where a key goes and is never changed.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.delivery import sign_in
from shared.events import rights
from shared.events.topics import PARTITIONS, REPLICAS, TOPICS, Topic

_READY_WITHIN_SECONDS = 30


async def create(bootstrap: str, *, topics: Sequence[Topic] = TOPICS, prefix: str = "") -> list[str]:
    """Create the topics that are missing, wait until they can be used, and return what is wrong all the same.

    What exists is left as it is: its settings may have been changed on purpose.

    Args:
        bootstrap: `host:port` of a broker.
        topics: The topics wanted.
        prefix: Put before every name; lets test runs share a broker.

    Raises:
        KafkaError: the broker does not answer or refuses.
    """
    async with _admin(bootstrap) as admin:
        brokers = len((await admin.describe_cluster())["brokers"])
        there = await _partitions(admin)
        missing = [topic for topic in topics if prefix + topic.name not in there]
        if missing:
            replicas = min(REPLICAS, brokers)
            _check(await admin.create_topics([_new(topic, prefix, replicas) for topic in missing]))
        return await _wait(admin, topics, prefix)


async def verify(bootstrap: str, names: Iterable[str], *, prefix: str = "") -> list[str]:
    """Return one sentence for each topic that is missing or has another number of partitions than we use.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _admin(bootstrap) as admin:
        return _problems(await _partitions(admin), names, prefix)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**sign_in.options(), bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Return the number of partitions with a leader, by topic."""
    return {
        topic["topic"]: sum(partition["leader"] >= 0 for partition in topic["partitions"])
        for topic in await admin.describe_topics()
    }


def _problems(there: dict[str, int], names: Iterable[str], prefix: str) -> list[str]:
    problems = []
    for name in sorted(names):
        found = there.get(prefix + name)
        if found is None:
            problems.append(f"topic {prefix + name} is missing: run `python -m shared.delivery.topics create`")
        elif found != PARTITIONS:
            problems.append(f"topic {prefix + name} has {found} partitions with a leader instead of {PARTITIONS}")
    return problems


async def _wait(admin: AIOKafkaAdminClient, topics: Sequence[Topic], prefix: str) -> list[str]:
    """Wait until new topics can be used; return what is still wrong then."""
    problems: list[str] = []
    for _ in range(_READY_WITHIN_SECONDS * 10):
        problems = _problems(await _partitions(admin), [topic.name for topic in topics], prefix)
        if not problems:
            break
        await asyncio.sleep(0.1)
    return problems


def _new(topic: Topic, prefix: str, replicas: int) -> NewTopic:
    return NewTopic(prefix + topic.name, PARTITIONS, replicas, topic_configs=topic.settings(replicas))


def _check(response: object) -> None:
    for name, code, *_ in response.topic_errors:  # type: ignore[attr-defined]  # shaped by the protocol version
        error = for_code(code)
        # Another process may create the same topics at this moment.
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name} cannot be created")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared.delivery.topics", description=__doc__)
    parser.add_argument("command", choices=["create", "verify", "rights"])
    parser.add_argument("--prefix", default="", help="put before every topic name")
    given = parser.parse_args(arguments)
    if given.command == "rights":
        print(rights.script(), end="")
        return 0
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not bootstrap:
        parser.error("set KAFKA_BOOTSTRAP_SERVERS to host:port of a broker")
    names = [topic.name for topic in TOPICS]
    work = (
        create(bootstrap, prefix=given.prefix)
        if given.command == "create"
        else verify(bootstrap, names, prefix=given.prefix)
    )
    try:
        problems = asyncio.run(work)
    except KafkaError as error:
        problems = [f"the broker at {bootstrap} does not answer: {error}"]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{len(names)} topics are there")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
