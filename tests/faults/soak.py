"""The soak: pairs of workers under load, a fault at random every twenty seconds, one verdict in the end."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import psutil
from tests.faults import checker, crashes, evidence
from tests.faults.proxy import Proxy
from tests.faults.stage import HEALED_WITHIN_SECONDS, Child, Stage, eventually, set_up
from tests.faults.world import World

ROLES = ("teller", "ledger")
#: A worker that outlived every fault may have grown by this much since it was warm.
MOST_GROWTH_MIB = 40
_LONGEST_FAULT_SECONDS = 12


@dataclass
class Soak:
    """The soak as it goes: two workers of each service, always replaced, and what each fault did."""

    stage: Stage
    workers: dict[str, list[Child]] = field(default_factory=lambda: {role: [] for role in ROLES})
    problems: list[str] = field(default_factory=list)
    warm_mib: dict[int, float] = field(default_factory=dict)

    async def fill(self) -> None:
        """Start what is missing, without waiting for health: some fault may be on."""
        for role, alive in self.workers.items():
            alive[:] = [child for child in alive if child.is_alive]
            while len(alive) < 2:
                alive.append(await self.stage.start(role, wait=False))

    def one(self) -> Child:
        return self.stage.chance.choice([child for alive in self.workers.values() for child in alive])

    def measure(self) -> None:
        """Note what each worker holds when it is warm, and complain of one that grew."""
        for alive in self.workers.values():
            for child in alive:
                try:
                    mib = psutil.Process(child.process.pid).memory_info().rss / 2**20
                except psutil.NoSuchProcess:
                    continue  # It has met its crash point; the next round replaces it.
                if mib > self.warm_mib.setdefault(child.process.pid, mib) + MOST_GROWTH_MIB:
                    self.problems.append(f"{child.role} grew to {mib:.0f} MiB")


async def kill_worker(soak: Soak) -> None:
    soak.one().kill()


async def crash_worker(soak: Soak) -> None:
    """Replace a worker by one that ends at some point of its own work."""
    role = soak.stage.chance.choice(ROLES)
    point = soak.stage.chance.choice(crashes.points("relay" if role == "teller" else "consumer"))
    soak.workers[role].pop(0).kill()
    child = await soak.stage.start(role, wait=False, CRASH_AT=point, CRASH_AFTER=str(soak.stage.chance.randint(0, 50)))
    soak.workers[role].append(child)
    await asyncio.sleep(3)
    if child.is_alive:  # Its twin leads, or has all partitions.
        child.kill()


async def freeze_worker(soak: Soak) -> None:
    child = soak.one()
    child.freeze()
    await asyncio.sleep(soak.stage.chance.uniform(1, _LONGEST_FAULT_SECONDS))
    child.thaw()


async def restart_worker(soak: Soak) -> None:
    child = soak.one()
    await child.stop()


async def kill_broker(soak: Soak) -> None:
    await soak.stage.world.kill_broker()
    await asyncio.sleep(soak.stage.chance.uniform(0, 5))


async def freeze_broker(soak: Soak) -> None:
    soak.stage.world.broker.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(soak.stage.chance.uniform(1, _LONGEST_FAULT_SECONDS))


async def kill_postgres(soak: Soak) -> None:
    await soak.stage.world.kill_postgres()
    await asyncio.sleep(soak.stage.chance.uniform(0, 5))


async def harm_network(soak: Soak, harm: Callable[[Proxy], None]) -> None:
    harm(soak.stage.chance.choice(soak.stage.world.proxies))
    await asyncio.sleep(soak.stage.chance.uniform(0.2, _LONGEST_FAULT_SECONDS))


FAULTS: dict[str, Callable[[Soak], Awaitable[None]]] = {
    "a worker killed": kill_worker,
    "a worker killed at a point": crash_worker,
    "a worker frozen": freeze_worker,
    "a worker restarted": restart_worker,
    "broker killed": kill_broker,
    "broker frozen": freeze_broker,
    "PostgreSQL killed": kill_postgres,
    "network cut": partial(harm_network, harm=Proxy.cut),
    "network refused": partial(harm_network, harm=Proxy.refuse),
    "network slow": partial(harm_network, harm=partial(Proxy.delay, seconds=0.2)),
    "network black hole": partial(harm_network, harm=Proxy.hold),
    "network half-open": partial(harm_network, harm=Proxy.forget),
    "network answers lost": partial(harm_network, harm=Proxy.lose_answers),
    "network cut in mid-message": partial(harm_network, harm=partial(Proxy.cut_after, size=3000)),
}


async def run(world: World, *, seed: int, minutes: float, every_seconds: float) -> int:
    """Run the soak, print what happens and the verdict; return the exit code."""
    print(f"soak of {minutes:g} minutes, a fault every {every_seconds:g} s, seed {seed}", flush=True)
    stage = await set_up(world, seed, number=1_000_000)
    soak = Soak(stage)
    until = time.monotonic() + 60 * minutes
    try:
        await soak.fill()
        for alive in soak.workers.values():
            await eventually(partial(_one_works, alive), 60, "workers work")
        async with stage.load():
            while time.monotonic() < until:
                await _one_fault(soak, every_seconds)
        recovered = await stage.until_drained(HEALED_WITHIN_SECONDS)
        soak.problems += stage.unexpected_failures()
        soak.problems += checker.problems(await evidence.collect(stage))
    except Exception as error:
        soak.problems.append(f"{type(error).__name__}: {error}")
        recovered = -1.0
    finally:
        await stage.end()
    committed = sum(fact.outcome == "committed" for fact in stage.history.facts.values())
    print("\n".join(soak.problems))
    told = "zero lost, zero doubled" if not soak.problems else "BROKEN"
    print(f"seed {seed}: {committed} payments, drained in {recovered:.1f} s: {told}")
    return 1 if soak.problems else 0


def _one_works(workers: list[Child]) -> bool:
    return any(one.problems == [] for one in workers)


async def _one_fault(soak: Soak, every_seconds: float) -> None:
    """Let one fault happen and heal it; see that all is normal again in time."""
    began = time.monotonic()
    name = soak.stage.chance.choice(sorted(FAULTS))
    await FAULTS[name](soak)
    await soak.stage.world.heal()
    await soak.fill()
    healed = time.monotonic()
    try:
        await eventually(partial(_is_normal, soak.stage), HEALED_WITHIN_SECONDS, "normal again")
        told = f"normal after {time.monotonic() - healed:.1f} s"
    except AssertionError as error:
        told = f"{error}: {await soak.stage.waiting()}"
        soak.problems.append(f"{name}: {told}")
    print(f"{name:<28} {healed - began:>5.1f} s, {told}", flush=True)
    soak.measure()
    await asyncio.sleep(max(0.0, every_seconds - (time.monotonic() - began)))


async def _is_normal(stage: Stage) -> bool:
    """Return whether what waits is what arrived within the last moments, though the load goes on."""
    oldest = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float < 2 FROM outbox"
    return bool(await stage.value("teller", oldest)) and (await stage.waiting())["behind"] < 100
