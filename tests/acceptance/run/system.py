"""The whole system in a folder of its own: as `make run` starts it, with the clock on a given day."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from rich.console import Console

from local_stack import parts, ports
from local_stack.console import Terminal
from local_stack.journey.clock import StoryClock
from local_stack.stack import start_all
from local_stack.state import State
from local_stack.supervisor import Supervisor

T = TypeVar("T")

#: Tests share the machine with others.
READY_WITHIN_SECONDS = 240


@dataclass(frozen=True)
class System:
    """A running system.

    Attributes:
        address: the gateway's.
        state: secrets and ports of its folder.
        supervisor: holds its processes.
    """

    address: str
    state: State
    supervisor: Supervisor

    @property
    def kafka(self) -> str:
        """Return `host:port` of the broker."""
        return f"{ports.HOST}:{self.state.remembered['port of kafka']}"

    def service_address(self, name: str) -> str:
        """Return the address of a service behind the gateway."""
        return f"http://{ports.HOST}:{self.state.remembered[f'port of {name}']}"

    def database(self, name: str) -> str:
        """Return the address of a service's database, for its own role."""
        role, password = parts.import_name(name), quote(self.state.remembered[f"{name} database"], safe="")
        return f"postgresql://{role}:{password}@{ports.HOST}:{self.state.remembered['port of postgres']}/{role}"


async def with_system(
    folder: Path, work: Callable[[System], Awaitable[T]], *, today: date | None = None, hour: int = 12
) -> T:
    """Start the system in `folder`, do `work`, stop it; its data stays, see `forget_data`.

    `today` is what its clocks say, at `hour` o'clock in Shanghai; None leaves them right.

    Raises:
        StackError: a part did not start, or ended while the work was done.
    """
    state = State.load(folder)
    if today is not None:
        StoryClock(state.clock_file).go_to(today, hour)
    with (folder / "logs" / "console.log").open("a") as console, _own_servers():
        terminal = Terminal(Console(file=console, highlight=False, soft_wrap=True))
        async with Supervisor(
            logs_dir=folder / "logs", terminal=terminal, ready_within_seconds=READY_WITHIN_SECONDS
        ) as supervisor:
            address = await start_all(state, state.port("gateway"), supervisor, terminal)
            return await _while_it_runs(supervisor, work(System(address, state, supervisor)))


def forget_data(folder: Path) -> None:
    """Delete the databases and topics of a stopped system and keep its logs."""
    for name in ("postgres", "kafka"):
        shutil.rmtree(folder / name, ignore_errors=True)


async def _while_it_runs(supervisor: Supervisor, work: Awaitable[T]) -> T:
    doing = asyncio.ensure_future(work)
    watching = asyncio.create_task(supervisor.until_one_ends())
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        return await doing
    finally:
        for task in (doing, watching):
            task.cancel()
        await asyncio.gather(doing, watching, return_exceptions=True)


@contextmanager
def _own_servers() -> Iterator[None]:
    """Hide servers that the environment names: a run writes topics and tables that nobody else wants."""
    names = ["KAFKA_BOOTSTRAP_SERVERS", *(f"{parts.prefix(name)}_DATABASE_URL" for name in parts.WITH_DATABASE)]
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
