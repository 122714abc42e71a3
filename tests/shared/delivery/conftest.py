import itertools
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))  # the widgets are plain Python beside the tests

import widgets
from widgets import Workshop

from shared.database import Database
from shared.delivery import topics
from shared.events import base
from shared.schema import SHARED
from shared.testing.postgres import TestPostgres, clone, template_database
from shared.testing.run import Run

_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _declared_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, event in widgets.TYPES.items():
        monkeypatch.setitem(base._BY_TYPE, name, event)


def _migrate(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(SHARED + widgets.TABLES)


@pytest.fixture(scope="session")
def database_url(postgres_server: TestPostgres) -> str:
    return clone(postgres_server, template_database(postgres_server, widgets.SERVICE, _migrate))


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The widgets' database, empty."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "TRUNCATE outbox, witness, inbox, parked_key, parked_event, audit_entry, widget, applied, tally"
        )
    database = Database(database_url, service=widgets.SERVICE)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def workshop(database: Database, kafka_bootstrap: str, test_run: Run) -> Workshop:
    """The widgets' database and a topic of this test's own."""
    prefix = f"t{test_run.id}-{test_run.worker}-{next(_NUMBERS)}-"
    assert await topics.create(kafka_bootstrap, topics=widgets.TOPICS, prefix=prefix) == []
    return Workshop(database, kafka_bootstrap, prefix)
