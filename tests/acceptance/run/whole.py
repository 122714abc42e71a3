"""The whole run: house, data, closes, and what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from oracle.dates import MONTHS
from oracle.reading import Reading

from local_stack.journey.callers import Door
from run import loading
from run.found import Found
from run.house import House, open_house
from run.loading import Loaded
from run.outcome import read_back
from run.system import System, with_system
from run.waiting import until_quiet


@dataclass
class Phases:
    """How long each part of the run took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens within."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    def started(self) -> None:
        """Note that the system is up."""
        self.seconds["start the system"] = time.monotonic() - self._since


@dataclass(frozen=True)
class Run:
    """What went in, what came out, and how long it took."""

    loaded: Loaded
    found: Found
    phases: Phases


async def run(reading: Reading, folder: Path) -> Run:
    """Start the system in `folder` on the reading's "now", load everything, close all months, and read it back."""
    phases = Phases()

    async def work(system: System) -> Run:
        phases.started()
        return await _run(system, reading, phases)

    return await with_system(folder, work, today=reading.now)


async def _run(system: System, reading: Reading, phases: Phases) -> Run:
    door, loaded = Door.at(system.address), Loaded()
    async with door.http:
        with phases.phase("house, channels, agreements"):
            house = await open_house(door, reading.book)
            await until_quiet(system)
        for load in (loading.load_clients, loading.load_dealings, loading.load_contacts, loading.load_complaints):
            with phases.phase(load.__name__.replace("_", " ")):
                await load(house, reading, loaded)
        with phases.phase("wait for the last event"):
            await until_quiet(system)
        with phases.phase("close 60 months"):
            await _close(house)
            await until_quiet(system)
        with phases.phase("read back"):
            outcome = await read_back(system, house, reading, loaded)
    return Run(loaded, Found.of(outcome, house, loaded), phases)


async def _close(house: House) -> None:
    for month in MONTHS:
        await house.staff["FI-01"].post(f"/v1/periods/{month}/close")
