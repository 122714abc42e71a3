"""Processes of the campaign, forked from one that has imported everything: dozens start in the time of one.

    python -m tests.faults.nursery FD

waits on the socket FD for orders (role and environment, with a pipe for what the child says and a file for its log) and
tells on it the pid of each child and how it ended. When the campaign ends, however it does, so do all of them.
"""

import asyncio
import ctypes
import json
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_stack import processes

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_LONGEST_ORDER_BYTES = 64 * 1024


@dataclass(eq=False)
class Forked:
    """A child process: its pid, its lines, and how it ended once it has."""

    pid: int
    said: asyncio.StreamReader
    code: "asyncio.Future[int]"

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self.code.done():
            os.kill(self.pid, number)


@dataclass
class Nursery:
    """The campaign's side of the socket."""

    control: socket.socket
    _born: "asyncio.Queue[int]" = field(default_factory=asyncio.Queue)
    _codes: dict[int, "asyncio.Future[int]"] = field(default_factory=dict)
    _ordering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fork(self, role: str, env: Mapping[str, str], log_file: Path) -> Forked:
        """Start a child; what it writes goes to its pipe, what goes wrong to its log."""
        loop = asyncio.get_running_loop()
        ours, theirs = os.pipe()
        said = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), os.fdopen(ours, "rb"))
        async with self._ordering:
            with log_file.open("ab") as log:
                order = json.dumps({"role": role, "env": dict(env)}).encode()
                socket.send_fds(self.control, [order], [theirs, log.fileno()])
            os.close(theirs)
            pid = await asyncio.wait_for(self._born.get(), 30)
        return Forked(pid, said, self._codes[pid])

    def hear(self) -> None:
        """Take one message of the nursery."""
        message = self.control.recv(_LONGEST_ORDER_BYTES)
        if not message:
            asyncio.get_running_loop().remove_reader(self.control)
            return
        told = json.loads(message)
        if "code" in told:
            self._codes[told["pid"]].set_result(told["code"])
        else:
            self._codes[told["pid"]] = asyncio.get_running_loop().create_future()
            self._born.put_nowait(told["pid"])


@asynccontextmanager
async def opened() -> AsyncIterator[Nursery]:
    """Start the nursery; end it, and every child that is left, in the end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = processes.tied_to_parent([sys.executable, "-m", "tests.faults.nursery", str(theirs.fileno())])
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, pass_fds=[theirs.fileno()], process_group=0)
    theirs.close()
    nursery = Nursery(ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, nursery.hear)
    try:
        yield nursery
    finally:
        loop.remove_reader(ours)
        ours.close()
        await process.wait()


def _serve(control: socket.socket) -> None:
    """Fork a child for each order until the campaign closes its side."""

    def tell(**facts: Any) -> None:
        with suppress(OSError):
            control.send(json.dumps(facts).encode())

    def reap(_signal: int, _frame: object) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                tell(pid=ended[0], code=os.waitstatus_to_exitcode(ended[1]))

    signal.signal(signal.SIGCHLD, reap)
    while True:
        order, files, _, _ = socket.recv_fds(control, _LONGEST_ORDER_BYTES, 2)
        if not order:
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # So that a pid is told before its end.
        pid = os.fork()
        if pid == 0:
            _become(json.loads(order), *files)
        tell(pid=pid)
        for file in files:
            os.close(file)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _become(order: Mapping[str, Any], said: int, log: int) -> None:
    """Be the child that was ordered; never returns."""
    from tests.faults import child

    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.setpgid(0, 0)
        os.dup2(said, 1)
        os.dup2(log, 2)
        os.closerange(3, 256)  # Else a child would keep open what tells the others' end.
        os.environ.update(order["env"])
        random.seed()
        asyncio.run(child.main(order["role"]))
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import tests.faults.child  # noqa: F401  # imported once, before the first fork

    _serve(socket.socket(fileno=int(sys.argv[1])))
