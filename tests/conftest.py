"""The test kit, and what tests tell the person who runs them: it is printed at the end, also under pytest-xdist."""

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest

# How long an example takes says something about the machine, nothing about the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

pytest_plugins = ["shared.testing.plugin"]

TOLD = pytest.StashKey[list[tuple[str, str, bool]]]()


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Callable[..., None]:
    """Return `tell(title, text, *, loud=False)`: what it is given is printed at the end of the run."""

    def tell(title: str, text: str, *, loud: bool = False) -> None:
        told: list[tuple[str, str, bool]] = pytestconfig.stash.setdefault(TOLD, [])
        told.append((title, text, loud))
        if hasattr(pytestconfig, "workeroutput"):
            pytestconfig.workeroutput["told"] = told

    return tell


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist was told."""
    node.config.stash.setdefault(TOLD, []).extend(getattr(node, "workeroutput", {}).get("told", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, text, loud in config.stash.get(TOLD, []):
        style = {"red": True, "bold": True} if loud else {}
        terminalreporter.section(title, sep="!" if loud else "=", **style)
        terminalreporter.write_line(text, **style)
