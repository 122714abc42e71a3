import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from local_stack import kafka
from local_stack.errors import StackError

pytestmark = pytest.mark.kafka
PARTITION = TopicPartition("complaints.complaint", 0)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.KafkaBroker]:
    broker = kafka.start(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.stop()


async def test_data_survives_a_crash_and_clients_go_on_at_the_same_address(tmp_path: Path) -> None:
    broker = await asyncio.to_thread(kafka.start, tmp_path)
    await create(broker, PARTITION.topic)
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(PARTITION.topic, b"before")
    broker.kill()

    again = await asyncio.to_thread(kafka.start, tmp_path, port=broker.port)
    try:
        await producer.send_and_wait(PARTITION.topic, b"after")
        assert await contents(again) == [b"before", b"after"]
    finally:
        await producer.stop()
        await asyncio.to_thread(again.stop)


async def test_a_topic_that_nobody_created_is_not_made_by_asking_for_it(broker: kafka.KafkaBroker) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, request_timeout_ms=2000)
    await producer.start()
    try:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("mistyped", b"x")
        assert "mistyped" not in (await producer.client.fetch_all_metadata()).topics()
    finally:
        await producer.stop()


def test_a_broker_that_an_earlier_run_left_behind_is_stopped(tmp_path: Path) -> None:
    left_behind = kafka.start(tmp_path)

    broker = kafka.start(tmp_path)
    try:
        assert left_behind.process.wait(10) is not None
        assert broker.process.poll() is None
    finally:
        broker.stop()


def test_a_broker_that_does_not_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="Kafka did not start on port") as caught:
        kafka.start(tmp_path, heap="1m")

    assert "Too small maximum heap" in str(caught.value)


async def create(broker: kafka.KafkaBroker, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()


async def contents(broker: kafka.KafkaBroker) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap_servers)
    await consumer.start()
    consumer.assign([PARTITION])
    await consumer.seek_to_beginning(PARTITION)
    values = [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(2)]
    await consumer.stop()
    return values
