"""Faults of whoever writes and sends: services and relays that are killed, frozen, cut off, or more than one."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

import psutil
import psycopg
from tests.faults import crashes
from tests.faults.campaign import Scenario
from tests.faults.stage import Child, Stage, eventually

TAKEOVER_SECONDS = 15
_LEADERS_PORT = """
SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND granted AND datname = 'teller'
"""


def told(point: str) -> str:
    """Return a crash point as words."""
    return point.partition(".")[2].replace("_", " ")


async def crash(stage: Stage, role: str, point: str) -> None:
    """Start a process that ends at `point`, and see that it does."""
    passes = 0 if point == "consumer.while_placed" else stage.chance.randint(0, 4)  # Nobody is placed a second time.
    child = await stage.start(role, wait=False, CRASH_AT=point, CRASH_AFTER=str(passes), SEED=str(passes))
    code = await child.until_gone()
    assert code == crashes.KILLED, f"{point} was not reached: {role} ended with {code}"


async def killed_writer(stage: Stage, point: str) -> None:
    """A service dies around its commit; whether the payment happened, the database alone knows."""
    await stage.both()
    await crash(stage, "writer", point)
    unheard = [fact for fact in stage.history.facts.values() if fact.outcome == "unknown"]
    posted = {row[0] for row in await stage.rows("teller", "SELECT fact_id FROM posting")}
    assert unheard, "the writer died in the middle of a payment"
    if point == "writer.before_commit":
        assert not any(fact.id in posted for fact in unheard)
    if point == "writer.after_commit":
        assert all(fact.id in posted for fact in unheard)


async def killed_relay(stage: Stage, points: Sequence[str]) -> None:
    """The relay dies at one point after another; the next one goes on."""
    await stage.start("ledger")
    async with stage.load():
        for point in points:
            await crash(stage, "teller", point)
        await stage.start("teller")


async def two_relays(stage: Stage) -> None:
    """Two workers from the beginning; the leader is killed, then the next, again and again."""
    await stage.start("ledger")
    async with stage.load():
        pair = [await stage.start("teller"), await stage.start("teller")]
        for _ in range(3):
            await asyncio.sleep(1)
            leader = await leader_of(stage, pair)
            pair.remove(leader)
            leader.kill()
            await takeover(stage)
            pair.append(await stage.start("teller"))


async def frozen_leader(stage: Stage) -> None:
    """The leader stands still for a minute and comes back with a batch in hand."""
    await stage.start("ledger")
    async with stage.load():
        pair = [await stage.start("teller"), await stage.start("teller")]
        await asyncio.sleep(1)
        leader = await leader_of(stage, pair)
        frozen_at = time.monotonic()
        leader.freeze()
        await takeover(stage)
        await asyncio.sleep(max(0.0, stage.seconds(14, 60) - (time.monotonic() - frozen_at)))
        leader.thaw()
        await asyncio.sleep(2)
    assert leader.is_alive, "the thawed leader waits for its next turn"


async def lost_session(stage: Stage, *, is_silent: bool) -> None:
    """The relays' sessions with the database end: by a reset, or without a word to either side."""
    await stage.start("ledger")
    async with stage.load():
        await stage.start("teller")
        await stage.start("teller")
        await asyncio.sleep(1)
        proxy = stage.world.to_database["teller"]
        if is_silent:
            proxy.forget()
        else:
            proxy.cut()
        await takeover(stage)


async def leader_of(stage: Stage, relays: list[Child]) -> Child:
    """Return the one whose session holds the lock."""
    await eventually(partial(is_led, stage), TAKEOVER_SECONDS, "a relay leads")
    port = stage.world.to_database["teller"].client_port(await stage.value("teller", _LEADERS_PORT))
    for relay in relays:
        if any(it.laddr.port == port for it in psutil.Process(relay.process.pid).net_connections("tcp")):
            return relay
    raise AssertionError("somebody else leads")


async def is_led(stage: Stage) -> bool:
    return bool(await stage.rows("teller", _LEADERS_PORT))


async def takeover(stage: Stage) -> None:
    """See that events leave again within the time promised."""
    await asyncio.sleep(0.5)
    began = time.monotonic()
    await eventually(partial(sends_again, stage), TAKEOVER_SECONDS, "another relay sends")
    assert time.monotonic() - began <= TAKEOVER_SECONDS


async def sends_again(stage: Stage) -> bool:
    return await oldest_age(stage) < 0.4


async def oldest_age(stage: Stage) -> float:
    """Return for how many seconds the oldest event has been waiting."""
    query = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float FROM outbox"
    age: float = await stage.value("teller", query)
    return age


async def long_transaction(stage: Stage) -> None:
    """Somebody holds a snapshot and an old transaction number all the while; events leave all the same."""
    await stage.both()
    url = stage.world.database_url("teller")
    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await other.execute("CREATE TABLE held (n int)")
        async with stage.load():
            until = time.monotonic() + stage.seconds(5, 600)
            while time.monotonic() < until:
                await asyncio.sleep(1)
                assert await oldest_age(stage) < 5, "events leave while the transaction is open"
        await stage.until_drained()
        await other.rollback()


async def overlapping_transactions(stage: Stage) -> None:
    """Few accounts, many who write them at once: within each account order holds, within a key causes come first."""
    await stage.both()
    stage.accounts = stage.accounts[:4]
    async with stage.load(tasks=12, rest=0.005):
        await asyncio.sleep(2)


SCENARIOS = (
    *(
        Scenario(f"service killed: {told(point)}", partial(killed_writer, point=point))
        for point in crashes.points("writer")
    ),
    *(
        Scenario(f"relay killed: {told(point)}", partial(killed_relay, points=[point]))
        for point in crashes.points("relay")
    ),
    Scenario(
        "relay killed at every point in turn", partial(killed_relay, points=crashes.points("relay")), is_fast=True
    ),
    Scenario("two relays, the leader killed three times", two_relays),
    Scenario("leading relay frozen, then resumed", frozen_leader),
    Scenario("relay's database session cut", partial(lost_session, is_silent=False), is_fast=True),
    Scenario("relay's database session half-open", partial(lost_session, is_silent=True)),
    Scenario("long transaction elsewhere", long_transaction),
    Scenario("accounts of one key written at once, overlapping", overlapping_transactions, is_fast=True),
)
