"""The pytest plugin of the test kit: `pytest_plugins = ["shared.testing.plugin"]` in `tests/conftest.py`.

One PostgreSQL and one Kafka per test run, also with `pytest -n`, started by the first test that asks for them.
"""

from pathlib import Path
from typing import Any

import pytest

from shared.testing import kafka, postgres
from shared.testing.run import Run

RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin a run, or as a worker of pytest-xdist join the controller's."""
    workerinput: dict[str, Any] | None = getattr(config, "workerinput", None)
    if workerinput is None:
        config.stash[RUN] = Run.new()
    else:
        config.stash[RUN] = Run(
            directory=Path(workerinput["run_directory"]),
            controller=workerinput["run_controller"],
            worker=workerinput["workerid"],
        )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist about the run it belongs to."""
    run = node.config.stash[RUN]
    node.workerinput["run_directory"] = str(run.directory)
    node.workerinput["run_controller"] = run.controller


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run: stop its servers, drop its databases elsewhere."""
    if not hasattr(config, "workerinput"):
        postgres.forget(config.stash[RUN])
        config.stash[RUN].finish()


@pytest.fixture(scope="session")
def test_run(pytestconfig: pytest.Config) -> Run:
    """Return the run: its folder, its id, this worker's name."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def postgres_server(test_run: Run) -> postgres.TestPostgres:
    """Return the run's PostgreSQL server, for `template_database` and `clone` of `shared.testing.postgres`."""
    return postgres.server(test_run)


@pytest.fixture(scope="session")
def kafka_bootstrap(test_run: Run) -> str:
    """Return `host:port` of the run's Kafka broker."""
    return kafka.bootstrap_servers(test_run)
