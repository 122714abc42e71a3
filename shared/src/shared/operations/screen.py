"""What the operator sees: what a command will do, a question before it does it, progress, the result."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


class Refused(Exception):
    """The command cannot do what was asked, and changed nothing; the message says why and what to do."""


class NotConfirmed(Exception):
    """Nobody said yes."""


class Screen:
    """Results go to stdout, everything else to stderr.

    Args:
        yes: Do it without asking.
    """

    def __init__(self, *, yes: bool = False) -> None:
        self._yes = yes
        self._out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._err = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)
        if not self._out.is_terminal:
            self._out.width = 1000  # In a file or a pipe no line is folded: the next program counts on it.

    def say(self, line: str) -> None:
        """Print a line of the result."""
        self._out.print(line)

    def show(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table of the result; columns whose name begins with `#` hold numbers."""
        table = Table(box=None, pad_edge=False, show_edge=False)
        for name in columns:
            justify: Literal["left", "right"] = "right" if name.startswith("#") else "left"
            table.add_column(name.removeprefix("#"), justify=justify, overflow="fold")
        for row in rows:
            table.add_row(*map(str, row))
        self._out.print(table, soft_wrap=False)

    def say_json(self, value: object) -> None:
        """Print the result as JSON."""
        self._out.print(json.dumps(value, ensure_ascii=False, indent=2))

    def note(self, line: str) -> None:
        """Print a line that is no part of the result."""
        self._err.print(line)

    def confirm(self, plan: Sequence[str]) -> None:
        """Say what will be done, and ask for it unless `--yes` was given.

        Raises:
            NotConfirmed: the answer was no, or there is no terminal to ask at.
        """
        self._err.print("This will")
        for line in plan:
            self._err.print(f"  - {line}")
        if self._yes:
            return
        if not sys.stdin.isatty():
            raise NotConfirmed("Nothing was done: say --yes to do it without a question.")
        self._err.print("Go on? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise NotConfirmed("Nothing was done.")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how far a long work is; yields a function that is told how much more was done."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._err) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.advance(task, done)
