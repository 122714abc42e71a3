"""The servers of a test run: one of each, shared by its workers, gone with it however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from shared.testing.postgres import TestPostgres, clone, template_database

TESTS = """
import os, time
import psycopg
import pytest
from pathlib import Path
from shared.testing.postgres import clone, template_database

OUT = Path({out!r})

def migrate(url):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE client AS SELECT 1 AS id")
    with (OUT / "migrated").open("a") as file:
        file.write("once\\n")

@pytest.mark.parametrize("number", range(4))
def test_database(postgres_server, test_run, number):
    template = template_database(postgres_server, "client_profile", migrate)
    url = clone(postgres_server, template)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO client VALUES (2)")
        assert connection.execute("SELECT count(*) FROM client").fetchone() == (2,)
    (OUT / test_run.worker).write_text(url)
    (OUT / "run").write_text(str(test_run.directory))
    if os.environ.get("LINGER"):
        time.sleep(60)
"""
CONFIG = "[pytest]\naddopts = --import-mode=importlib\n"


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """Return a folder with tests of its own that use the test kit."""
    (tmp_path / "pytest.ini").write_text(CONFIG)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["shared.testing.plugin"]\n')
    (tmp_path / "test_inner.py").write_text(TESTS.format(out=str(tmp_path)))
    return tmp_path


def start(inner: Path, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, str(inner)]
    outer = {"TEST_DATABASE_URL", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in outer}
    with (inner / "output").open("wb") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=inner,
            env={**kept, **env},
            # A run in the background of a shell ignores Ctrl-C, and its children would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


def servers(inner: Path) -> list[psutil.Process]:
    run = (inner / "run").read_text()
    return [process for process in psutil.process_iter() if run in " ".join(_command(process))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_workers_share_one_server_and_one_template_and_have_databases_of_their_own(inner: Path) -> None:
    assert start(inner, "-n", "2").wait(100) == 0, (inner / "output").read_text()

    urls = {(inner / worker).read_text() for worker in ("gw0", "gw1")}
    assert len(urls) == 2
    assert len({url.rpartition("/")[0] for url in urls}) == 1
    assert (inner / "migrated").read_text() == "once\n"
    assert servers(inner) == []
    assert not Path((inner / "run").read_text()).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_run_is_ended_by_a_signal(inner: Path, number: signal.Signals) -> None:
    run = start(inner, LINGER="1")
    for _ in range(600):
        if (inner / "run").exists():
            break
        time.sleep(0.1)
    assert servers(inner) != []

    run.send_signal(number)

    run.wait(30)
    for _ in range(200):
        if servers(inner) == [] and not Path((inner / "run").read_text()).exists():
            return
        time.sleep(0.1)
    pytest.fail("a server or its folder is left")


def test_an_outside_server_is_used_and_nothing_is_left_on_it(inner: Path, postgres_server: TestPostgres) -> None:
    code = start(inner, TEST_DATABASE_URL=postgres_server.url("postgres")).wait(100)

    assert code == 0, (inner / "output").read_text()
    used, given = make_url((inner / "main").read_text()), make_url(postgres_server.admin_url)
    assert used.port == given.port
    with psycopg.connect(postgres_server.url("postgres")) as connection:
        names = connection.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles").fetchall()
    assert [name for (name,) in names if name.startswith(str(used.username))] == []
    assert servers(inner) == []


def test_a_clone_made_again_is_fresh_and_another_suffix_is_another_database(postgres_server: TestPostgres) -> None:
    def migrate(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE client (id int)")

    template = template_database(postgres_server, "keeper_test", migrate)
    with psycopg.connect(clone(postgres_server, template)) as connection:
        connection.execute("INSERT INTO client VALUES (1)")
    beside = clone(postgres_server, template, suffix="_beside")

    again = clone(postgres_server, template)

    assert again != beside
    with psycopg.connect(again) as connection:
        assert connection.execute("SELECT count(*) FROM client").fetchone() == (0,)


def test_the_owner_of_a_clone_is_no_superuser(postgres_server: TestPostgres) -> None:
    template = template_database(postgres_server, "keeper_owner", lambda _url: None)

    with psycopg.connect(clone(postgres_server, template)) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()

    assert row == (False,)
