"""Faults of where a consumer stands: offsets, databases and topics that are not what they were."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.protocol.admin import DeleteGroupsRequest
from tests.faults import evidence, teller
from tests.faults.campaign import Scenario
from tests.faults.stage import Child, Stage, eventually, topic_ends
from tests.faults.world import replace_database

from shared.database import Database
from shared.delivery import positions, topics
from shared.events.topics import PARTITIONS

GROUP = "ledger"


async def offsets_reset(stage: Stage) -> None:
    """Somebody sets the group's offsets by hand, back and forth; the witness decides."""
    _, consumer = await stage.both()
    async with stage.load():
        await asyncio.sleep(2)
    await stage.until_drained()
    ends = await topic_ends(stage.world.kafka, stage.topic)
    for offsets in (dict.fromkeys(ends, 0), ends, {number: end // 2 for number, end in ends.items()}):
        await consumer.stop()
        await stage.pay(20)
        await set_offsets(stage, offsets)
        consumer = await stage.start("ledger")
        await stage.until_drained()


async def set_offsets(stage: Stage, offsets: Mapping[int, int]) -> None:
    """Commit offsets for a group without members."""
    own = AIOKafkaConsumer(bootstrap_servers=stage.world.kafka, group_id=stage.prefix + GROUP, enable_auto_commit=False)
    await own.start()
    try:
        places = {TopicPartition(stage.topic, number): offset for number, offset in offsets.items()}
        own.assign(list(places))
        await own.commit(places)
    finally:
        await own.stop()


async def group_expired(stage: Stage) -> None:
    """Kafka has forgotten the group; the consumer goes on where its database says."""
    _, consumer = await stage.both()
    await stage.pay(30)
    await stage.until_drained()
    await consumer.stop()
    await stage.pay(30)
    async with admin(stage) as client:
        answer = await client._send_request(DeleteGroupsRequest([stage.prefix + GROUP]))
    assert [tuple(one.values()) for one in answer.to_object()["results"]] == [(stage.prefix + GROUP, 0)]
    await stage.start("ledger")


@asynccontextmanager
async def admin(stage: Stage) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=stage.world.kafka)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def database_restored(stage: Stage) -> None:
    """The consumer's database is restored from a backup while it runs; its witness sends it back in the topic."""
    _, consumer = await stage.both()
    async with stage.load(tasks=2):
        await asyncio.sleep(1)
        await consumer.stop()
        await asyncio.to_thread(copy_database, stage, "ledger_backup", "ledger")
        consumer = await stage.start("ledger")
        await asyncio.sleep(3)
        await asyncio.to_thread(copy_database, stage, "ledger", "ledger_backup")
        await asyncio.sleep(1)


def copy_database(stage: Stage, name: str, template: str) -> None:
    with psycopg.connect(stage.world.postgres.url(), autocommit=True) as connection:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute("SELECT 1")
        connection.execute(end.encode(), [template])
        replace_database(connection, name, template)


async def topic_made_anew(stage: Stage) -> None:
    """The topic is deleted and made again while all run: the consumer stops and says which command decides."""
    _, consumer = await stage.both()
    await stage.pay(60)
    await stage.until_drained()
    await delete_topic(stage)
    await stage.pay(12)
    await must_stop(consumer)
    await decide(stage, consumer)


async def topic_made_anew_and_longer(stage: Stage) -> None:
    """The same while the consumer is away, and the new topic has grown past where it stood."""
    _, consumer = await stage.both()
    await stage.pay(30)
    await stage.until_drained()
    await consumer.stop()
    await delete_topic(stage)
    await stage.pay(240)
    await eventually(lambda: outbox_is_empty(stage), 30, "everything was sent")
    consumer = await stage.start("ledger", wait=False)
    await must_stop(consumer)
    await decide(stage, consumer)


async def retention_passed(stage: Stage) -> None:
    """Kafka has dropped what the consumer has not read: it stops and says so. Then what was lost is sent again."""
    _, consumer = await stage.both()
    await stage.pay(30)
    await stage.until_drained()
    await consumer.stop()
    await stage.keep_what_is_sent()
    await stage.pay(60)
    await eventually(lambda: outbox_is_empty(stage), 30, "everything was sent")
    stage.log_before, ends = await evidence.read_log(stage)
    async with admin(stage) as client:
        await client.delete_records(
            {TopicPartition(stage.topic, number): RecordsToDelete(before_offset=end) for number, end in ends.items()}
        )
    consumer = await stage.start("ledger", wait=False)
    await must_stop(consumer)
    await decide(stage, consumer)
    await stage.send_again()


async def outbox_is_empty(stage: Stage) -> bool:
    return bool(await stage.value("teller", "SELECT count(*) = 0 FROM outbox"))


async def delete_topic(stage: Stage) -> None:
    """Delete the topic, remembering what it held, and make it again."""
    stage.log_before += (await evidence.read_log(stage))[0]
    stage.life += 1
    async with admin(stage) as client:
        await client.delete_topics([stage.topic])
    for _ in range(50):
        try:
            assert await topics.create(stage.world.kafka, topics=teller.TOPICS, prefix=stage.prefix) == []
            if max((await topic_ends(stage.world.kafka, stage.topic)).values()) == 0:
                return
        except Exception:
            await asyncio.sleep(0.2)
    raise AssertionError("the topic was not made anew")


async def must_stop(consumer: Child) -> None:
    said = "trust-crm position"
    await eventually(
        lambda: any(said in it for it in consumer.problems or []), 60, "the consumer stops and says how to go on"
    )


async def decide(stage: Stage, consumer: Child) -> None:
    """Do what the message says, for every partition, and go on."""
    await consumer.stop()
    database = Database(stage.world.database_url("ledger"), service="ledger")
    async with database.transaction() as session:
        for number in range(PARTITIONS):
            await positions.move(session, GROUP, TopicPartition(teller.TOPIC, number), None)
    await database.close()
    await stage.start("ledger")


SCENARIOS = (
    Scenario("offsets reset by hand", offsets_reset),
    Scenario("consumer group expired", group_expired),
    Scenario("consumer's database restored from a backup", database_restored),
    Scenario("topic deleted and recreated", topic_made_anew),
    Scenario("retention passed the position", retention_passed),
    Scenario("topic recreated, already longer than before", topic_made_anew_and_longer),
)
