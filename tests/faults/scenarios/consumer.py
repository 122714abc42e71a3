"""Faults of whoever takes events: consumers that are killed, frozen, joined, left, and whose database fails."""

import asyncio
from collections.abc import Sequence
from functools import partial

from tests.faults import crashes
from tests.faults.campaign import Scenario
from tests.faults.scenarios.relay import crash, told
from tests.faults.stage import Stage, eventually
from tests.faults.teller import customers


async def killed_consumer(stage: Stage, points: Sequence[str]) -> None:
    """The consumer dies at one point after another; the next one goes on."""
    await stage.start("teller")
    async with stage.load():
        for point in points:
            await crash(stage, "ledger", point)
        await stage.start("ledger")


async def frozen_member(stage: Stage) -> None:
    """One of two members stands still until its session is over, with a batch in hand, and comes back."""
    await stage.start("teller")
    async with stage.load():
        frozen = await stage.start("ledger", TROUBLE="slow 0.2")
        await stage.start("ledger", TROUBLE="slow 0.05")
        await asyncio.sleep(3)
        frozen.freeze()
        await asyncio.sleep(stage.seconds(28, 60))
        frozen.thaw()
        await asyncio.sleep(5)
    assert frozen.is_alive


async def joins_and_leaves(stage: Stage) -> None:
    """Members come and go while batches are in hand."""
    await stage.both()
    async with stage.load():
        for is_killed in (False, True):
            second = await stage.start("ledger", TROUBLE="slow 0.2")
            await asyncio.sleep(stage.chance.uniform(0.5, 2))
            if is_killed:
                second.kill()
            else:
                await second.stop()
    await nothing_parked(stage)


async def rolling_restarts(stage: Stage) -> None:
    """Deployments under load: each worker is asked to stop when its successor works."""
    pairs = {"teller": await stage.start("teller"), "ledger": await stage.start("ledger")}
    async with stage.load():
        for _ in range(int(stage.seconds(4, 20))):
            for role, old in list(pairs.items()):
                pairs[role] = await stage.start(role, wait=role == "ledger")
                await old.stop()
    await nothing_parked(stage)


async def crossed_transactions(stage: Stage) -> None:
    """Deadlocks, serialization failures and lock timeouts in a tenth of the batches."""
    await stage.start("teller")
    await stage.start("ledger", TROUBLE=f"crossed 0.1 {stage.chance.random()}")
    async with stage.load(tasks=6):
        await asyncio.sleep(6)
    await stage.until_drained(60)
    await nothing_parked(stage)


async def database_away(stage: Stage) -> None:
    """The consumer's database refuses it; it waits, stays a member, and parks nothing."""
    _, consumer = await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        stage.world.to_database["ledger"].refuse()
        await eventually(lambda: bool(consumer.problems), 30, "readiness fails")
        await asyncio.sleep(stage.seconds(6, 300))
        stage.world.to_database["ledger"].heal()
        await eventually(lambda: consumer.problems == [], 40, "readiness is back")
    await nothing_parked(stage)


async def silent_database(stage: Stage) -> None:
    """The consumer's sessions are lost without a word in the middle of batches."""
    await stage.start("teller")
    await stage.start("ledger", TROUBLE="slow 0.1")
    async with stage.load():
        await asyncio.sleep(1)
        stage.world.to_database["ledger"].forget()
        await asyncio.sleep(2)


async def bug_of_ours(stage: Stage, trouble: str, said: str) -> None:
    """A handler that fails on everything stops the consumer; once it is mended nothing is missing."""
    await stage.start("teller")
    await stage.pay(60, customers(30))
    broken = await stage.start("ledger", wait=False, TROUBLE=trouble)
    await eventually(
        lambda: any(said in problem for problem in broken.problems or []), 40, f"the consumer says: {said}"
    )
    await nothing_parked(stage)
    await broken.stop()
    await stage.start("ledger")


async def nothing_parked(stage: Stage) -> None:
    assert await stage.value("ledger", "SELECT count(*) FROM parked_event") == 0, "nothing is parked"


async def wrong_clock(stage: Stage) -> None:
    """Some nodes' clocks are an hour off, both ways."""
    await stage.start("teller")
    await stage.start("ledger", CLOCK_SHIFT="3600")
    await stage.start("ledger", CLOCK_SHIFT="-3600")
    async with stage.load(tasks=2):
        for shift in ("3600", "-3600"):
            writer = await stage.start("writer", wait=False, CLOCK_SHIFT=shift, SEED=shift)
            await asyncio.sleep(3)
            await writer.stop()


AROUND_COMMIT = ["consumer.before_commit", "consumer.after_commit"]

SCENARIOS = (
    *(
        Scenario(f"consumer killed: {told(point)}", partial(killed_consumer, points=[point]))
        for point in crashes.points("consumer")
    ),
    Scenario("consumer killed around its commit", partial(killed_consumer, points=AROUND_COMMIT), is_fast=True),
    Scenario("consumer frozen past its session, then resumed", frozen_member),
    Scenario("member joins, leaves, dies in mid-batch", joins_and_leaves),
    Scenario("rolling restarts under load", rolling_restarts),
    Scenario("deadlocks, serialization failures, lock timeouts", crossed_transactions, is_fast=True),
    Scenario("consumer's database away", database_away),
    Scenario("consumer's database session half-open", silent_database),
    Scenario("handler bug", partial(bug_of_ours, trouble="bug", said="a bug of ours")),
    Scenario("missing table", partial(bug_of_ours, trouble="no-table", said="our own SQL is wrong")),
    Scenario("clocks an hour ahead and behind", wrong_clock),
)
