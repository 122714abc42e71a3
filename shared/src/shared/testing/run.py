"""One test run: a folder that all its processes share, and the servers they start in it once.

Under pytest-xdist the controller makes the folder and tells the workers; whoever needs a server first starts it.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

# The first start of Kafka on a machine downloads it.
SERVER_STARTS_WITHIN_SECONDS = 300


@dataclass(frozen=True)
class Run:
    """What the processes of a test run have in common.

    Attributes:
        directory: the shared folder, deleted at the end.
        controller: pid of the process whose end ends the run.
        worker: `gw0`, `gw1`, … under pytest-xdist, else `main`.
    """

    directory: Path
    controller: int
    worker: str = "main"

    @classmethod
    def new(cls) -> "Run":
        """Return a run led by this process."""
        directory = Path(tempfile.mkdtemp(prefix="trust-crm-test-"))
        (directory / "secret").write_text(secrets.token_urlsafe(16))
        return cls(directory=directory, controller=os.getpid())

    @property
    def id(self) -> str:
        """Return a short name that no other run has, fit for names of databases, roles and topics."""
        return self.directory.name.rpartition("-")[2].lower()

    @property
    def secret(self) -> str:
        """Return the password of every role that this run makes."""
        return (self.directory / "secret").read_text()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Let one process of the run at a time pass."""
        with (self.directory / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def server(self, kind: str) -> str:
        """Return the address of the run's `postgres` or `kafka`, started now if nobody needed it before.

        Raises:
            RuntimeError: it does not start; the message says why.
        """
        folder, log_file = self.directory / kind, self.directory / f"{kind}.log"
        with self.lock(kind):
            if not folder.exists():
                self._start(kind, folder, log_file)
            if not (folder / "address").exists():
                raise RuntimeError(f"{kind} did not start for the tests:\n{log_file.read_text()}")
            return (folder / "address").read_text()

    def _start(self, kind: str, folder: Path, log_file: Path) -> None:
        folder.mkdir()
        command = [sys.executable, "-m", "local_stack.keeper", kind, str(folder), str(self.controller)]
        with log_file.open("wb") as log:
            keeper = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        (self.directory / f"{kind}.pid").write_text(str(keeper.pid))
        deadline = time.monotonic() + SERVER_STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline and keeper.poll() is None and not (folder / "address").exists():
            time.sleep(0.02)
        keeper.returncode = keeper.returncode or 0  # It outlives this process on purpose: no warning about that.

    def finish(self) -> None:
        """Stop the servers and delete the folder. Only for the process that leads the run."""
        for pid_file in self.directory.glob("*.pid"):
            try:
                keeper = psutil.Process(int(pid_file.read_text()))
                keeper.terminate()
                keeper.wait(45)
            except psutil.NoSuchProcess:
                continue
            except psutil.TimeoutExpired:
                keeper.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
