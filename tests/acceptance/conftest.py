"""The data of the acceptance run: the real files, or generated ones and a banner that says so."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the oracle is plain Python beside the tests, not an installed package

from oracle import generate, source, summary
from oracle.reading import Reading, read

PROJECT = Path(__file__).resolve().parents[2]
BANNER, TOTALS = pytest.StashKey[str](), pytest.StashKey[str]()


@pytest.fixture(scope="session")
def real_data() -> Path | None:
    return source.find(PROJECT, os.environ)


@pytest.fixture(scope="session")
def acceptance_data(
    real_data: Path | None, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Path:
    if real_data:
        return real_data
    pytestconfig.stash[BANNER] = source.BANNER
    return generate.write(tmp_path_factory.mktemp("acceptance"))


@pytest.fixture(scope="session")
def reading(acceptance_data: Path, pytestconfig: pytest.Config) -> Reading:
    found = read(acceptance_data)
    pytestconfig.stash[TOTALS] = summary.totals_text(summary.totals(found))
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if BANNER in config.stash:
        terminalreporter.section("ACCEPTANCE", sep="!", red=True, bold=True)
        terminalreporter.write_line(config.stash[BANNER], red=True, bold=True)
    if TOTALS in config.stash:
        terminalreporter.section("acceptance totals by the independent reading (amounts in fen)")
        terminalreporter.write_line(config.stash[TOTALS])
