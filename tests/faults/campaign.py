"""Plays scenarios: sets the stage, lets the fault happen, heals, drains, asks the checker. Ends by itself."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from tests.faults import checker, evidence
from tests.faults.stage import HEALED_WITHIN_SECONDS, Stage, set_up
from tests.faults.world import World

_NUMBERS = count()
_LONGEST_SECONDS = 240
_LONGEST_LONG_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault and what must come of it.

    Attributes:
        name: The fault, as the table of the campaign names it.
        play: Starts processes, makes the fault happen and heals it; asserts what only it can know.
        is_fast: Part of `make test`.
    """

    name: str
    play: Callable[[Stage], Awaitable[None]]
    is_fast: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one scenario. `recovered`: seconds from the last healing until nothing waited."""

    name: str
    seed: int
    seconds: float
    recovered: float
    events: int
    problems: list[str]

    def line(self) -> str:
        told = "holds" if not self.problems else "BROKEN"
        times = f"{self.seconds:>6.1f} s {self.recovered:>5.1f} s"
        return f"{self.name:<58.58} {self.seed:>10} {times} {self.events:>6} {told}"


async def run(world: World, scenario: Scenario, seed: int, *, is_long: bool = False) -> Verdict:
    """Play one scenario on a fresh stage and return the checker's verdict; whatever happens, the world is healed."""
    began, recovered, events = time.monotonic(), 0.0, 0
    stage: Stage | None = None
    try:
        async with asyncio.timeout(_LONGEST_LONG_SECONDS if is_long else _LONGEST_SECONDS):
            stage = await set_up(world, seed, number=next(_NUMBERS), is_long=is_long)
            await scenario.play(stage)
            await world.heal()
            recovered = await stage.until_drained(HEALED_WITHIN_SECONDS)
            found = await evidence.collect(stage)
            problems, events = [*stage.unexpected_failures(), *checker.problems(found)], len(found.log)
    except Exception as error:
        problems = [_told(error)]
        if stage is not None:
            problems += [f"{child.role} says {child.problems}" for child in stage.children if child.is_alive]
    finally:
        if stage is not None:
            await stage.end()
        await world.heal()
    return Verdict(scenario.name, seed, time.monotonic() - began, recovered, events, problems)


def _told(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
