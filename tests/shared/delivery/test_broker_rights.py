"""A broker that asks who one is, with the rights that the committed script gives: owners write, consumers read."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from local_stack import kafka, kafka_jars, ports
from local_stack.paths import CACHE_DIR
from shared.delivery import topics
from shared.events import rights

SCRIPT = Path(__file__).parents[3] / "deploy" / "k8s" / "kafka-rights.sh"
#: Whose rights are given and tried, the others have none: a call of Kafka's tool takes a second.
TRIED = "complaints"
PASSWORD = "secret"
OWN, READ, FOREIGN = "complaints.risk", "client-profile.dealing", "channel-commission.period"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` where services sign in; topics and rights are there. Whoever uses the plain port may do all."""
    folder = tmp_path_factory.mktemp("broker")
    secured = f"{ports.HOST}:{ports.find_free()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kafka, "PROPERTIES", _asking(kafka.PROPERTIES, secured))
        broker = kafka.start(folder / "kafka")
    try:
        assert asyncio.run(topics.create(broker.bootstrap_servers)) == []
        java = [*kafka._java_command(kafka_jars.fetch(CACHE_DIR)), "org.apache.kafka.tools.AclCommand"]
        tool = " ".join([*java, "--bootstrap-server", broker.bootstrap_servers])
        script = folder / "rights.sh"
        lines = SCRIPT.read_text().splitlines(keepends=True)
        script.write_text("".join(line for line in lines if "User:" not in line or f"User:{TRIED} " in line))
        subprocess.run(["sh", str(script)], env={**os.environ, "KAFKA_ACLS": tool}, check=True, capture_output=True)
        yield secured
    finally:
        broker.stop()


def _asking(properties: str, secured: str) -> str:
    """Return a broker's settings with one more listener, which asks who one is; only the plain port may do all."""
    users = " ".join(f'user_{service}="{PASSWORD}"' for service in rights.services())
    properties = properties.replace("listeners=BROKER:", f"listeners=SECURED://{secured},BROKER:")
    properties = properties.replace("protocol.map=BROKER:", "protocol.map=SECURED:SASL_PLAINTEXT,BROKER:")
    return properties + (
        "sasl.enabled.mechanisms=PLAIN\n"
        "listener.name.secured.plain.sasl.jaas.config="
        f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};\n"
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
        "super.users=User:ANONYMOUS\n"
    )


def _as(service: str, bootstrap: str) -> dict[str, str]:
    return {
        "bootstrap_servers": bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": service,
        "sasl_plain_password": PASSWORD,
    }


async def _write(service: str, bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(**_as(service, bootstrap), enable_idempotence=True, acks="all")
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", partition=0)
    finally:
        await producer.stop()


async def _read(service: str, bootstrap: str, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(**_as(service, bootstrap), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        await consumer.committed(place)
        await consumer.seek_to_beginning(place)
        await consumer.getmany(timeout_ms=500)
    finally:
        await consumer.stop()


async def test_a_service_writes_its_own_topics_and_reads_what_it_consumes(secured: str) -> None:
    await _write("complaints", secured, OWN)
    await _read("complaints", secured, READ, "complaints")
    await _read("complaints", secured, READ, "complaints.rebuild")


@pytest.mark.parametrize(
    ("attempt", "refusal"),
    [
        (lambda at: _write("complaints", at, READ), "TopicAuthorizationFailed"),
        (lambda at: _write("ops-dashboard", at, OWN), "AuthorizationFailed"),
        (lambda at: _read("complaints", at, FOREIGN, "complaints"), "TopicAuthorizationFailed"),
        (lambda at: _read("complaints", at, READ, "ops-dashboard"), "GroupAuthorizationFailed"),
    ],
    ids=["writes what it reads", "writes without a topic of its own", "reads another's", "joins another's group"],
)
async def test_whatever_else_it_tries_is_refused(
    secured: str, attempt: Callable[[str], Awaitable[None]], refusal: str
) -> None:
    with pytest.raises(KafkaError, match=refusal):
        async with asyncio.timeout(20):
            await attempt(secured)
