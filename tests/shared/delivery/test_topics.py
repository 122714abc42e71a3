"""Topics are made once with their partitions, and a wrong or missing one is named."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from widgets import eventually

from shared.delivery import topics
from shared.events.topics import PARTITIONS, TOPICS, Topic
from shared.testing.run import Run

ONE = Topic("widgets.one", key="one", retention_ms=12_345_678)
TWO = Topic("widgets.two", key="two")


@pytest.fixture
def prefix(test_run: Run, request: pytest.FixtureRequest) -> str:
    return f"t{test_run.id}-{test_run.worker}-{abs(hash(request.node.name))}-"


async def test_creating_topics_twice_makes_them_once(kafka_bootstrap: str, prefix: str) -> None:
    assert await topics.create(kafka_bootstrap, topics=[ONE], prefix=prefix) == []
    assert await topics.create(kafka_bootstrap, topics=[ONE, TWO], prefix=prefix) == []

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    found = await admin.describe_topics([prefix + ONE.name, prefix + TWO.name])
    settings = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, prefix + ONE.name, {"retention.ms": ""})]
    )
    await admin.close()
    assert [len(topic["partitions"]) for topic in found] == [PARTITIONS] * 2
    assert settings[0].resources[0][4][0][:2] == ("retention.ms", "12345678")


async def test_two_processes_can_create_the_same_topics_at_once(kafka_bootstrap: str, prefix: str) -> None:
    creating = [topics.create(kafka_bootstrap, topics=[ONE, TWO], prefix=prefix) for _ in range(3)]

    assert await asyncio.gather(*creating) == [[], [], []]


async def test_missing_and_misshapen_topics_are_named(kafka_bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"{prefix}widgets.one", 2, 1)])
    await admin.close()

    async def are_named() -> bool:
        found = await topics.verify(kafka_bootstrap, ["widgets.two", "widgets.one"], prefix=prefix)
        return found == [
            f"topic {prefix}widgets.one has 2 partitions with a leader instead of 6",
            f"topic {prefix}widgets.two is missing: run `python -m shared.delivery.topics create`",
        ]

    await eventually(are_named, 10, "both are named")


async def test_the_command_creates_every_topic_of_the_product(
    kafka_bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)

    assert await asyncio.to_thread(topics.main, ["verify", "--prefix", prefix]) == 1
    assert f"topic {prefix}client-profile.client is missing" in capsys.readouterr().err
    assert await asyncio.to_thread(topics.main, ["create", "--prefix", prefix]) == 0
    assert await asyncio.to_thread(topics.main, ["verify", "--prefix", prefix]) == 0
    assert f"{len(TOPICS)} topics are there" in capsys.readouterr().out


def test_a_broker_that_is_away_is_said_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")

    assert topics.main(["verify"]) == 1

    assert "the broker at 127.0.0.1:1 does not answer" in capsys.readouterr().err
