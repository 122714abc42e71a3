import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))  # shelves and widgets are plain Python beside the tests
sys.path.insert(0, str(Path(__file__).parent.parent / "delivery"))

import shelves
import widgets
from widgets import Workshop

from shared.database import Database
from shared.delivery import topics
from shared.events import base
from shared.operations.__main__ import main
from shared.schema import SHARED
from shared.testing.postgres import TestPostgres, clone, template_database
from shared.testing.run import Run

_NUMBERS = itertools.count()
_EMPTIED = "outbox, witness, inbox, parked_key, parked_event, audit_entry, audit_seal, widget, applied, tally, shelf"


@dataclass(frozen=True)
class Said:
    """What a command said: its exit code and both outputs."""

    code: int
    out: str
    err: str


Command = Callable[..., Awaitable[Said]]


@pytest.fixture(autouse=True)
def _declared_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, event in widgets.TYPES.items():
        monkeypatch.setitem(base._BY_TYPE, name, event)


def _migrate(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(SHARED + widgets.TABLES + shelves.TABLES)


@pytest.fixture(scope="session")
def database_url(postgres_server: TestPostgres) -> str:
    return clone(postgres_server, template_database(postgres_server, "shelves", _migrate))


@pytest_asyncio.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The widgets' database, empty, under the address that the command looks for."""
    with psycopg.connect(database_url) as connection:
        connection.execute(f"TRUNCATE {_EMPTIED}")
    for variable in os.environ:
        if variable.endswith("_DATABASE_URL"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("WIDGETS_DATABASE_URL", database_url)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setitem(sys.modules, "widgets.worker", shelves.worker())
    database = Database(database_url, service=widgets.SERVICE)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def workshop(
    database: Database, kafka_bootstrap: str, test_run: Run, monkeypatch: pytest.MonkeyPatch
) -> Workshop:
    """The widgets' database and a topic of this test's own."""
    prefix = f"t{test_run.id}-{test_run.worker}-ops{next(_NUMBERS)}-"
    assert await topics.create(kafka_bootstrap, topics=widgets.TOPICS, prefix=prefix) == []
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("WIDGETS_TOPIC_PREFIX", prefix)
    return Workshop(database, kafka_bootstrap, prefix)


@pytest.fixture
def trust_crm(capfd: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command in this process."""

    async def run(*arguments: object) -> Said:
        capfd.readouterr()
        code = await asyncio.to_thread(main, [*map(str, arguments)])
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def killed() -> Callable[..., Awaitable[int]]:
    """Return a function that runs the command in a process that kills itself, and returns the exit code."""

    async def run(*arguments: str, **how: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, shelves.__file__, *arguments, env={**os.environ, **how}
        )
        return await process.wait()

    return run
