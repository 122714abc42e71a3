"""A broker that asks who one is, with the rights that the committed script gives: owners write, consumers read."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from local_stack import kafka, kafka_jars, ports
from local_stack.paths import CACHE_DIR
from shared.clock import system_clock
from shared.delivery import sign_in, topics
from shared.delivery.kafka import create_consumer, create_producer
from shared.events import rights

SCRIPT = Path(__file__).parents[3] / "deploy" / "k8s" / "kafka-rights.sh"
#: Whose rights are given and tried, the others have none: a call of Kafka's tool takes a second.
TRIED = "complaints"
PASSWORD = "secret"
OWN, READ, FOREIGN = "complaints.risk", "client-profile.dealing", "channel-commission.period"


class Broker(NamedTuple):
    """A broker that asks who one is: `host:port` where services sign in, and the folder of its certificate."""

    secured: str
    folder: Path


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with topics and rights. Whoever uses the plain port may do all."""
    folder = tmp_path_factory.mktemp("broker")
    _write_certificate(folder)
    secured = f"{ports.HOST}:{ports.find_free()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kafka, "PROPERTIES", _asking(kafka.PROPERTIES, secured, folder))
        server = kafka.start(folder / "kafka")
    try:
        assert asyncio.run(topics.create(server.bootstrap_servers)) == []
        java = [*kafka._java_command(kafka_jars.fetch(CACHE_DIR)), "org.apache.kafka.tools.AclCommand"]
        tool = " ".join([*java, "--bootstrap-server", server.bootstrap_servers])
        script = folder / "rights.sh"
        lines = SCRIPT.read_text().splitlines(keepends=True)
        script.write_text("".join(line for line in lines if "User:" not in line or f"User:{TRIED} " in line))
        subprocess.run(["sh", str(script)], env={**os.environ, "KAFKA_ACLS": tool}, check=True, capture_output=True)
        yield Broker(secured, folder)
    finally:
        server.stop()


def _write_certificate(folder: Path) -> None:
    """Write a certificate of its own for the address of the broker, and the same with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(ports.HOST))])
    now = system_clock()
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    certificate = built.add_extension(names, critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(private + certificate)


def _asking(properties: str, secured: str, folder: Path) -> str:
    """Return a broker's settings with one more listener, which asks who one is; only the plain port may do all."""
    users = " ".join(f'user_{service}="{PASSWORD}"' for service in rights.services())
    properties = properties.replace("listeners=BROKER:", f"listeners=SECURED://{secured},BROKER:")
    properties = properties.replace("protocol.map=BROKER:", "protocol.map=SECURED:SASL_SSL,BROKER:")
    return properties + (
        "sasl.enabled.mechanisms=PLAIN\n"
        "listener.name.secured.ssl.keystore.type=PEM\n"
        f"listener.name.secured.ssl.keystore.location={folder / 'key.pem'}\n"
        "listener.name.secured.plain.sasl.jaas.config="
        f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};\n"
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
        "super.users=User:ANONYMOUS\n"
    )


@contextmanager
def _signed_in(service: str, folder: Path) -> Iterator[None]:
    """Let this process be a service on the broker, told as every process is: by its environment."""
    told = {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "PLAIN", "USERNAME": service, "PASSWORD": PASSWORD}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**told, "CA_FILE": str(folder / "certificate.pem")}.items():
            patch.setenv(f"KAFKA_{name}", value)
        sign_in.options.cache_clear()
        yield
    sign_in.options.cache_clear()


async def _write(service: str, broker: Broker, topic: str) -> None:
    with _signed_in(service, broker.folder):
        producer = create_producer(broker.secured)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", partition=0)
    finally:
        await producer.stop()


async def _read(service: str, broker: Broker, topic: str, group: str) -> None:
    with _signed_in(service, broker.folder):
        consumer = create_consumer(broker.secured, group=group)
    try:
        await consumer.start()
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        await consumer.committed(place)
        await consumer.seek_to_beginning(place)
        await consumer.getmany(timeout_ms=500)
    finally:
        await consumer.stop()


async def test_a_service_writes_its_own_topics_and_reads_what_it_consumes(broker: Broker) -> None:
    await _write("complaints", broker, OWN)
    await _read("complaints", broker, READ, "complaints")
    await _read("complaints", broker, READ, "complaints.rebuild")


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
    broker: Broker, attempt: Callable[[Broker], Awaitable[None]], refusal: str
) -> None:
    with pytest.raises(KafkaError, match=refusal):
        async with asyncio.timeout(20):
            await attempt(broker)


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "complaints"}, "KAFKA_PASSWORD"),
        ({"USERNAME": "complaints", "PASSWORD": PASSWORD}, "KAFKA_SECURITY_PROTOCOL"),
        ({"CA_FILE": "/ca.pem"}, "KAFKA_CA_FILE"),
    ],
)
def test_half_a_sign_in_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], missing: str
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(f"KAFKA_{name}", value)

    with pytest.raises(ValidationError, match=missing):
        sign_in.SignIn()
