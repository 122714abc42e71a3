"""The data of the acceptance run: the real files, or generated ones and a banner that says so."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# The oracle and the loader are plain Python beside the tests, not installed packages.
sys.path.insert(0, str(Path(__file__).parent))

from oracle import generate, source
from oracle.reading import Reading, read

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path | None:
    return source.find(PROJECT, os.environ)


@pytest.fixture(scope="session")
def acceptance_data(
    real_data: Path | None, tmp_path_factory: pytest.TempPathFactory, tell: Callable[..., None]
) -> Path:
    if real_data:
        return real_data
    tell("ACCEPTANCE", source.BANNER, loud=True)
    return generate.write(tmp_path_factory.mktemp("acceptance"))


@pytest.fixture(scope="session")
def reading(acceptance_data: Path) -> Reading:
    return read(acceptance_data)
