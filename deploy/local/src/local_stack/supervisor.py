"""Runs the parts of the stack as children: start in rounds, wait until ready, watch, stop in reverse order."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import httpx

from local_stack import processes
from local_stack.console import Terminal
from local_stack.errors import StackError
from local_stack.parts import Part
from local_stack.together import together

READY_WITHIN_SECONDS = 150
# Longer than the parts give their open requests and the batch at hand.
STOPS_WITHIN_SECONDS = 15
LONGEST_LOG_LINE = 1024 * 1024


class Server(Protocol):
    """PostgreSQL or Kafka as `postgres.start` and `kafka.start` return them."""

    @property
    def process(self) -> subprocess.Popen[bytes]: ...
    @property
    def log_file(self) -> Path: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


S = TypeVar("S", bound=Server)


@dataclass(frozen=True)
class Child:
    """A part that runs."""

    part: Part
    process: asyncio.subprocess.Process
    log_file: Path
    output: asyncio.Task[None]


class Supervisor:
    """The children of one run. Leaving the `async with` block stops them all, last started first stopped."""

    def __init__(
        self,
        *,
        logs_dir: Path,
        terminal: Terminal,
        ready_within_seconds: float = READY_WITHIN_SECONDS,
        stops_within_seconds: float = STOPS_WITHIN_SECONDS,
    ) -> None:
        self._ready_within = ready_within_seconds
        self._stops_within = stops_within_seconds
        self._logs_dir = logs_dir
        self._terminal = terminal
        self._stack = AsyncExitStack()
        self._children: list[Child] = []
        self._servers: dict[str, Server] = {}
        # The kernel ends a server with the thread that started it, so these threads live as long as we do.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="servers")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self._threads.shutdown()

    async def start_server(self, name: str, start: Callable[[], S]) -> S:
        """Run `start`, which blocks until the server answers, beside everything else, and watch what it returns."""
        starting = asyncio.get_running_loop().run_in_executor(self._threads, start)
        try:
            server = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It starts all the same: let it, so that it can be stopped.
            with suppress(StackError):
                (await starting).stop()
            raise
        self._servers[name] = server
        self._stack.push_async_callback(self._stop_server, name, server)
        return server

    async def run(self, part: Part) -> None:
        """Run a command to its end.

        Raises:
            StackError: it failed; the message holds the end of its log.
        """
        child = await self._spawn(part, show=False)
        try:
            await child.process.wait()
            await child.output
        finally:
            await self._stop_child(child)
        if child.process.returncode:
            raise StackError(
                f"{part.name} failed. The end of {child.log_file}:\n{processes.last_lines(child.log_file)}"
            )

    async def start(self, parts: Sequence[Part]) -> None:
        """Start the parts side by side and return when all are ready.

        Raises:
            StackError: one ended or was not ready in time; the message says why and holds the end of its log.
        """
        children: list[Child] = []
        self._stack.push_async_callback(self._stop_children, children)
        for part in parts:
            children.append(await self._spawn(part, show=True))
        self._children += children
        await together(*(self._until_ready(child) for child in children))

    async def until_one_ends(self) -> None:
        """Wait while everything runs.

        Raises:
            StackError: a part ended by itself; the message says which and holds the end of its log.
        """
        while True:
            for child in self._children:
                if child.process.returncode is not None:
                    raise StackError(_ended(child.part.name, child.process.returncode, child.log_file))
            for name, server in self._servers.items():
                code = server.process.poll()
                if code is not None:
                    raise StackError(_ended(name, code, server.log_file))
            await asyncio.sleep(0.5)

    def kill_all(self) -> None:
        """End all children at once, for whoever cannot wait."""
        for child in self._children:
            _signal_group(child, signal.SIGKILL)
        for server in self._servers.values():
            server.kill()

    async def _spawn(self, part: Part, *, show: bool) -> Child:
        log_file = self._logs_dir / f"{part.name}.log"
        processes.keep_one_older(log_file)
        process = await asyncio.create_subprocess_exec(
            *processes.tied_to_parent(part.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **part.env},
            limit=LONGEST_LOG_LINE,
            process_group=0,
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        output = self._copy_output(process.stdout, log_file, shown_as=part.name if show else None)
        return Child(part, process, log_file, asyncio.create_task(output))

    async def _copy_output(self, output: asyncio.StreamReader, log_file: Path, *, shown_as: str | None) -> None:
        with log_file.open("wb", buffering=0) as log:
            while True:
                try:
                    line = await output.readline()
                except ValueError:  # Longer than LONGEST_LOG_LINE: dropped, the next one is whole again.
                    continue
                if not line:
                    return
                log.write(line)
                if shown_as is not None:
                    self._terminal.log_line(shown_as, line.decode(errors="replace").rstrip("\n"))

    async def _until_ready(self, child: Child) -> None:
        with self._terminal.step(child.part.name) as notes:
            said = await _ask_until_ready(child, self._ready_within)
            if said is not None:
                raise StackError(await _why_not_ready(child, f"was not ready within {self._ready_within} s: {said}"))
            notes.append(child.part.address)

    async def _stop_server(self, name: str, server: Server) -> None:
        with self._terminal.step(f"stop {name}"):
            del self._servers[name]
            await asyncio.get_running_loop().run_in_executor(self._threads, server.stop)

    async def _stop_children(self, children: list[Child]) -> None:
        if not children:
            return
        with self._terminal.step("stop " + (children[0].part.name if len(children) == 1 else "services")):
            await asyncio.gather(*(self._stop_child(child) for child in children))

    async def _stop_child(self, child: Child) -> None:
        if child.process.returncode is None:
            child.process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(child.process.wait(), self._stops_within)
        if child.process.returncode is None:
            self._terminal.say(f"{child.part.name} did not stop within {self._stops_within} s: killed", style="yellow")
        _signal_group(child, signal.SIGKILL)
        await child.process.wait()
        await child.output
        if child in self._children:
            self._children.remove(child)


async def _ask_until_ready(child: Child, seconds: float) -> str | None:
    """Return None when the part is ready, else, after it ended or the time was up, what it said last."""
    deadline = time.monotonic() + seconds
    said = "it does not answer"
    async with httpx.AsyncClient(base_url=child.part.address, timeout=5) as client:
        while time.monotonic() < deadline and child.process.returncode is None:
            with suppress(httpx.TransportError):
                answer = await client.get("/health/ready")
                if answer.status_code == 200:
                    return None
                said = f"it answers {answer.status_code} {answer.text[:500]}"
            await asyncio.sleep(0.1)
    return said


async def _why_not_ready(child: Child, problem: str) -> str:
    if child.process.returncode is not None:
        await child.output
        return _ended(child.part.name, child.process.returncode, child.log_file)
    end = f"The end of {child.log_file}:\n{processes.last_lines(child.log_file)}"
    return f"{child.part.name} {problem}\n{end}"


def _signal_group(child: Child, number: signal.Signals) -> None:
    """Reach also what the part itself started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def _ended(name: str, code: int, log_file: Path) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"{name} {how}. The end of {log_file}:\n{processes.last_lines(log_file)}"
