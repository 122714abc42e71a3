"""`python -m local_stack run` as a person runs it: real PostgreSQL, Kafka, topics and migrations; services stand in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from local_stack import parts, ports

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]
FAKE_SERVICE = Path(__file__).with_name("fake_service.py")
FAKE_MAIN = """\
import os, runpy, sys
behavior, port = os.environ.get("FAKE_{prefix}", "good"), os.environ["{prefix}_PORT"]
sys.argv = ["fake_service.py", behavior, {journal!r}, "{name}", port]
runpy.run_path({fake_service!r})
"""


class Stack:
    """A folder in which the command line runs with services that stand in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "local"
        self.journal = folder / "journal"
        self.output = folder / "output"
        self.packages = folder / "packages"
        for name in parts.WITH_DATABASE:
            package = self.packages / parts.import_name(name)
            (package / "migrations").mkdir(parents=True)
            for file in (package / "__init__.py", package / "migrations" / "__init__.py"):
                file.touch()
            values = {"prefix": parts.prefix(name), "name": name, "journal": str(self.journal)}
            (package / "main.py").write_text(FAKE_MAIN.format(**values, fake_service=str(FAKE_SERVICE)))

    def run(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        self.journal.write_text("")
        command = [sys.executable, "-m", "local_stack", "run", "--without-demo", "--folder", str(self.folder)]
        command += arguments
        with self.output.open("wb") as output:
            self.supervisor = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env, "PYTHONPATH": str(self.packages)},
                start_new_session=True,
            )
        return self.supervisor

    def until_ready(self) -> None:
        wait_for(lambda: "Ready:" in self.said() or self.supervisor.poll() is not None, seconds=120)
        assert self.supervisor.poll() is None, self.said()

    def gateway_env(self) -> dict[str, str]:
        """Return the environment of the gateway, which is started last."""
        return dict(psutil.Process(self.supervisor.pid).children()[-1].environ())

    def said(self) -> str:
        return self.output.read_text()

    def processes(self) -> list[psutil.Process]:
        """Return what runs with a path of this stack in its command line or environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if str(self.folder) in " ".join([*process.cmdline(), *process.environ().values()]):
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.pid != os.getpid()]


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Stack]]:
    made: list[Stack] = []

    def make() -> Stack:
        made.append(Stack(tmp_path_factory.mktemp("stack")))
        return made[-1]

    yield make
    for process in [process for stack in made for process in stack.processes()]:
        process.kill()


@pytest.fixture
def stack(stacks: Callable[[], Stack]) -> Stack:
    return stacks()


@pytest.fixture(scope="module")
def up(stacks: Callable[[], Stack]) -> Iterator[Stack]:
    """Return a stack that is up, for tests that leave it so."""
    stack = stacks()
    stack.run("--port", str(ports.find_free()))
    stack.until_ready()
    yield stack
    stack.supervisor.terminate()
    stack.supervisor.wait(60)


@pytest.fixture
def given(up: Stack) -> dict[str, str]:
    """Return variables that give the databases and Kafka of a stack that is up to another one, which starts none."""
    (kafka,) = [line.split()[2] for line in up.said().splitlines() if line.startswith("✓ Kafka")]
    url = up.gateway_env()["GATEWAY_DATABASE_URL"]
    databases = {f"{parts.prefix(name)}_DATABASE_URL": url for name in parts.WITH_DATABASE}
    return {**databases, "KAFKA_BOOTSTRAP_SERVERS": kafka}


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_everything_starts_in_the_order_of_the_design(up: Stack) -> None:
    shown = [line.split()[1] for line in up.said().splitlines() if line.startswith("✓")]

    assert set(shown[:3]) == {"PostgreSQL", "databases", "Kafka"}
    assert shown[3:5] == ["topics", "migrations"]
    assert set(shown[5:10]) == set(parts.SERVICES)
    assert shown[10:] == ["gateway"]


def test_the_gateway_is_told_where_every_service_answers(up: Stack) -> None:
    upstreams = json.loads(up.gateway_env()["GATEWAY_UPSTREAMS"])

    assert set(upstreams) == set(parts.SERVICES)
    for address in upstreams.values():
        assert httpx.get(address + "/health/ready").status_code == 200


def test_every_part_has_a_database_of_its_own(up: Stack) -> None:
    with psycopg.connect(up.gateway_env()["GATEWAY_DATABASE_URL"]) as connection:
        owners: dict[str, str] = dict(
            connection.execute(
                "SELECT datname, rolname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE NOT datistemplate"
            ).fetchall()
        )

    assert owners == {"postgres": "postgres", **{name: name for name in map(parts.import_name, parts.WITH_DATABASE)}}


def test_a_second_run_in_the_same_folder_says_that_one_is_running(up: Stack) -> None:
    command = [sys.executable, "-m", "local_stack", "run", "--folder", str(up.folder)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert f"already running in this folder (pid {up.supervisor.pid})" in second.stdout


def test_servers_given_by_the_environment_are_used_and_none_is_started(stack: Stack, given: dict[str, str]) -> None:
    stack.run("--port", str(ports.find_free()), **given)
    stack.until_ready()
    stack.supervisor.terminate()

    assert stack.supervisor.wait(60) == 0
    assert "PostgreSQL" not in stack.said()
    assert "Kafka" not in stack.said()


def test_a_service_that_does_not_start_ends_the_run_with_its_log_and_leaves_nothing_behind(
    stack: Stack, given: dict[str, str]
) -> None:
    process = stack.run("--port", str(ports.find_free()), FAKE_COMPLAINTS="crash", **given)

    assert process.wait(60) == 1
    assert "complaints ended with exit code 1" in stack.said()
    assert "the settings are wrong" in stack.said()
    assert stack.processes() == []


def test_a_part_that_ends_later_ends_the_run_and_is_named(stack: Stack, given: dict[str, str]) -> None:
    process = stack.run("--port", str(ports.find_free()), FAKE_OPS_DASHBOARD="brief", **given)

    assert process.wait(60) == 1
    assert "ops-dashboard ended with exit code 3" in stack.said()
    assert stack.processes() == []


def test_ctrl_c_while_starting_stops_what_has_started(stack: Stack) -> None:
    process = stack.run("--port", str(ports.find_free()))
    wait_for(lambda: "PostgreSQL" in stack.said(), seconds=60)

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    assert stack.processes() == []
    assert "Ready:" not in stack.said()


def test_nothing_survives_the_kill_of_the_supervisor_the_next_run_has_the_data_and_ctrl_c_stops_in_reverse_order(
    stack: Stack,
) -> None:
    stack.run("--port", str(ports.find_free()))
    stack.until_ready()
    with psycopg.connect(stack.gateway_env()["GATEWAY_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    stack.supervisor.kill()
    stack.supervisor.wait(10)
    wait_for(lambda: not stack.processes(), seconds=20)

    stack.run("--port", str(ports.find_free()))
    stack.until_ready()
    with psycopg.connect(stack.gateway_env()["GATEWAY_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)

    stack.supervisor.send_signal(signal.SIGINT)

    assert stack.supervisor.wait(60) == 0
    stopped = [line.split()[0] for line in stack.journal.read_text().splitlines() if line.endswith("stopped")]
    assert stopped[0] == "gateway"
    assert set(stopped[1:]) == set(parts.SERVICES)
    assert stack.said().index("stop Kafka") < stack.said().index("stop PostgreSQL")
    assert stack.processes() == []


@pytest.mark.parametrize("port", ["99999", "0", "-1", "http"])
def test_what_is_no_port_is_said_to_be_none(stack: Stack, port: str) -> None:
    process = stack.run(f"--port={port}")

    assert process.wait(30) == 2
    assert f"{port} is no port" in stack.said()


def test_a_taken_port_is_named_with_its_holder_before_anything_starts(stack: Stack) -> None:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        process = stack.run("--port", str(port))

        assert process.wait(30) == 1
    assert f"Port {port} is taken by" in stack.said()
    assert f"(pid {os.getpid()})" in stack.said()
    assert "make run PORT=" in stack.said()
    assert "PostgreSQL" not in stack.said()
