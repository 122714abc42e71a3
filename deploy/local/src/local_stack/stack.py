"""`make run`: starts the whole system in order, shows how to call it, stays until Ctrl-C, stops all."""

import asyncio
import secrets
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local_stack import databases, kafka, kafka_jars, parts, ports, postgres, welcome
from local_stack.console import Terminal
from local_stack.errors import StackError
from local_stack.journey import story
from local_stack.paths import CACHE_DIR
from local_stack.state import State, held_alone
from local_stack.supervisor import Supervisor
from local_stack.together import together

PREFERRED_PORT = 8080


@dataclass(frozen=True)
class Infrastructure:
    """Where the parts keep their data: addresses of ours or of servers outside.

    Attributes:
        databases: address by name of the part.
        kafka: `host:port`.
    """

    databases: Mapping[str, str]
    kafka: str


async def run(*, folder: Path, wanted_port: int | None, with_demo: bool, terminal: Terminal) -> None:
    """Start everything, stay up until SIGINT, SIGTERM or SIGHUP, stop everything.

    `folder` holds all data; `wanted_port` is for the gateway, None for 8080 or, where that is taken, another;
    `with_demo` plays the journey, unless the folder has it already.

    Raises:
        StackError: something did not start, or ended by itself; what had started is stopped by then.
    """
    with held_alone(folder), terminal.progress():
        state = State.load(folder)
        port = gateway_port(state, wanted_port, terminal)
        async with Supervisor(logs_dir=folder / "logs", terminal=terminal) as supervisor:
            _stop_on_signals(supervisor, terminal)
            with suppress(asyncio.CancelledError):
                address = await start_all(state, port, supervisor, terminal)
                if with_demo:
                    await _play_once(address, state, terminal)
                terminal.say(welcome.text(address, token=await welcome.admin_token(address), folder=folder))
                await supervisor.until_one_ends()


async def _play_once(address: str, state: State, terminal: Terminal) -> None:
    """Play the journey on a folder that has not seen it, and keep what was told.

    Raises:
        StackError: it stopped half-way; the folder holds half a story.
    """
    told = state.folder / "journey.txt"
    if told.exists():
        terminal.say(f"The demo data of an earlier run is there; its story: {told}")
        return
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        terminal.say(line)

    try:
        await story.play(address, clock_file=state.clock_file, say=say)
    except (story.Unexpected, TimeoutError) as error:
        raise StackError(
            f"The journey stopped: {error}\nLogs: {state.folder}/logs. `make reset` begins anew."
        ) from error
    told.write_text("\n".join(lines) + "\n")


def gateway_port(state: State, wanted: int | None, terminal: Terminal) -> int:
    """Return the port that the gateway takes.

    Raises:
        StackError: the port asked for is taken.
    """
    port = wanted or PREFERRED_PORT
    if ports.is_free(port):
        return port
    taken = f"Port {port} is taken by {ports.holder(port) or 'another process'}"
    if wanted:
        raise StackError(f"{taken}. Choose another: make run PORT={port + 1000}, or leave PORT out.")
    instead = state.port("gateway")
    terminal.say(f"{taken}; the gateway uses {instead}. To choose: make run PORT=…", style="yellow")
    return instead


async def start_all(state: State, port: int, supervisor: Supervisor, terminal: Terminal) -> str:
    """Start servers, topics, migrations, services and gateway in this order; return the gateway's address."""
    infrastructure = await _start_infrastructure(state, supervisor, terminal)
    state.write_addresses(parts.addresses(infrastructure.databases, kafka=infrastructure.kafka))
    with terminal.step("topics"):
        await supervisor.run(parts.topics(kafka=infrastructure.kafka))
    with terminal.step("migrations"):
        await supervisor.run(parts.migrations(infrastructure.databases))
    services = [
        parts.service(
            name,
            state=state,
            database_url=infrastructure.databases[name],
            kafka=infrastructure.kafka,
            port=state.port(name),
        )
        for name in parts.SERVICES
    ]
    await supervisor.start(services)
    gateway = parts.gateway(
        state=state,
        database_url=infrastructure.databases[parts.GATEWAY],
        upstreams={service.name: service.address for service in services},
        port=port,
    )
    await supervisor.start([gateway])
    return gateway.address


async def _start_infrastructure(state: State, supervisor: Supervisor, terminal: Terminal) -> Infrastructure:
    given = {name: url for name in parts.WITH_DATABASE if (url := parts.outside_database(name))}
    own, broker = await together(
        _start_databases(state, set(parts.WITH_DATABASE) - set(given), supervisor, terminal),
        _start_kafka(state, supervisor, terminal),
    )
    return Infrastructure({**own, **given}, broker)


async def _start_databases(state: State, names: set[str], supervisor: Supervisor, terminal: Terminal) -> dict[str, str]:
    if not names:
        return {}
    with terminal.step("PostgreSQL") as notes:
        start = partial(postgres.start, state.folder / "postgres", log_file=state.log_file("postgres"))
        server = await supervisor.start_server("PostgreSQL", partial(start, port=state.port("postgres")))
        notes.append(f"{ports.HOST}:{server.port}")
    urls = {}
    with terminal.step("databases") as notes:
        for name in sorted(names):
            password = state.secret(f"{name} database", lambda: secrets.token_urlsafe(24))
            urls[name] = await asyncio.to_thread(_database, server, parts.import_name(name), password)
        notes.append(str(len(urls)))
    return urls


def _database(server: postgres.PostgresServer, name: str, password: str) -> str:
    databases.ensure_role(server.url(), role=name, password=password)
    databases.ensure_database(server.url(), database=name, owner=name)
    return server.url(name, user=name, password=password)


async def _start_kafka(state: State, supervisor: Supervisor, terminal: Terminal) -> str:
    outside = parts.outside_kafka()
    if outside:
        return outside
    if not kafka_jars.are_there(CACHE_DIR):
        with terminal.step("download Kafka") as notes:
            notes.append("43 MB, once")
            await supervisor.run(parts.download())
    with terminal.step("Kafka") as notes:
        start = partial(kafka.start, state.folder / "kafka", log_file=state.log_file("kafka"))
        broker = await supervisor.start_server("Kafka", partial(start, port=state.port("kafka")))
        notes.append(broker.bootstrap_servers)
    return broker.bootstrap_servers


def _stop_on_signals(supervisor: Supervisor, terminal: Terminal) -> None:
    """The first signal stops in order; a second one, from somebody in a hurry, kills."""
    work = asyncio.current_task()
    assert work is not None  # noqa: S101 - called from within a task
    asked_at: float | None = None

    def stop() -> None:
        nonlocal asked_at
        if asked_at is not None:
            # What passes signals on, as `timeout` does, may deliver one twice: that is nobody in a hurry.
            if time.monotonic() - asked_at > 0.5:
                supervisor.kill_all()
            return
        asked_at = time.monotonic()
        terminal.say("\nStopping. Press Ctrl-C again to kill.", style="yellow")
        work.cancel()

    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]  # `nohup make run` goes on.
    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        asyncio.get_running_loop().add_signal_handler(number, stop)
