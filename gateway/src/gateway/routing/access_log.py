"""One line of JSON per request, written by a thread of its own, so that a slow output never holds up a request."""

import contextlib
import json
import sys
import threading
from queue import Empty, Full, Queue
from typing import Any, TextIO

from prometheus_client import Counter

DROPPED = Counter("gateway_access_log_dropped_total", "Lines not written because the output was too slow or failed.")

_CAPACITY = 10_000
_AT_ONCE = 500
_STOP_SECONDS = 5.0


class AccessLog:
    """Writes lines in order of their coming; when `_CAPACITY` wait, further ones are counted and dropped."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output
        self._waiting: Queue[dict[str, Any] | None] = Queue(_CAPACITY)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits and stop; gives up after some seconds, when the output takes nothing."""
        if self._thread is not None:
            with contextlib.suppress(Full):
                self._waiting.put(None, timeout=_STOP_SECONDS)
                self._thread.join(_STOP_SECONDS)

    def write(self, entry: dict[str, Any]) -> None:
        """Have `entry` written soon."""
        try:
            self._waiting.put_nowait(entry)
        except Full:
            DROPPED.inc()

    def _run(self) -> None:
        is_open = True
        while is_open:
            entries = [self._waiting.get()]
            while len(entries) < _AT_ONCE:
                try:
                    entries.append(self._waiting.get_nowait())
                except Empty:
                    break
            is_open = None not in entries
            lines = [json.dumps(entry, ensure_ascii=False) for entry in entries if entry is not None]
            try:
                output = self._output or sys.stdout
                output.write("".join(f"{line}\n" for line in lines))
                output.flush()
            except (OSError, ValueError):  # a full disk, a pipe nobody reads: later lines may get through
                DROPPED.inc(len(lines))
