"""What the person in front of the terminal sees: one line per step, and the warnings of every part with its name."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

COLORS = ("cyan", "magenta", "blue", "green", "yellow", "bright_cyan", "bright_magenta", "bright_blue")
NAME_WIDTH = 20
SAME_AGAIN_SECONDS = 60
LOUD = {"warning": "yellow", "error": "red", "critical": "bold red"}
# Fields of a log line that the console leaves out; the file has them.
LEFT_OUT = {"level", "event", "service", "timestamp", "logger", "correlation_id", "actor", "trace_id", "exception"}


class Terminal:
    """Prints to one terminal, from several tasks at a time, without mixing up their lines."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._running = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._colors: dict[str, str] = {}
        # When a line was shown, and how often it came again since.
        self._shown: dict[tuple[str, str], tuple[float | None, int]] = {}

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Show what runs at the moment below the lines, where the terminal can."""
        with self._running:
            yield

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Show a step while it runs and then, as one line, how long it took.

        The caller may put what the step found (an address, a number) into the list that it gets.
        """
        notes: list[str] = []
        task = self._running.add_task(title, total=None)
        began = time.monotonic()
        mark, color = "✗", "red"
        try:
            yield notes
            mark, color = "✓", "green"
        finally:
            self._running.remove_task(task)
            line = Text.assemble((f"{mark} ", color), f"{title:<{NAME_WIDTH}} ", (f"{' '.join(notes):<36} ", "bold"))
            line.append(f"{time.monotonic() - began:6.1f} s", "dim")
            self.console.print(line)

    def say(self, text: str, *, style: str = "") -> None:
        """Print text as it is."""
        self.console.print(Text(text, style))

    def log_line(self, name: str, line: str) -> None:
        """Print a line that the part `name` logged, if it is a warning or worse, or not in our log format at all.

        The same line again within a minute is left out and counted.
        """
        shown = loud_part(line)
        if shown is None:
            return
        level, message = shown
        last, left_out = self._shown.get((name, message), (None, 0))
        if last is not None and time.monotonic() - last < SAME_AGAIN_SECONDS:
            self._shown[name, message] = last, left_out + 1
            return
        self._shown[name, message] = time.monotonic(), 0
        if left_out:
            message += f" ({left_out} more times in the log)"
        color = self._colors.setdefault(name, COLORS[len(self._colors) % len(COLORS)])
        self.console.print(Text.assemble((f"{name:>{NAME_WIDTH}} │ ", color), (message, LOUD.get(level, ""))))


def loud_part(line: str) -> tuple[str, str] | None:
    """Return level and message of a log line to show, or None for one that only the file should have.

    Our parts log JSON. What is not JSON is a traceback or a library's cry: always shown.
    """
    try:
        entry = json.loads(line)
    except ValueError:
        return ("", line) if line.strip() else None
    if not isinstance(entry, dict):
        return "", line
    level = str(entry.get("level", "")).lower()
    if level not in LOUD:
        return None
    details = [f"{key}={value}" for key, value in entry.items() if key not in LEFT_OUT]
    cause = str(entry.get("exception", "")).strip().splitlines()[-1:]
    return level, " ".join([level.upper(), str(entry.get("event", "")), *details, *cause])
