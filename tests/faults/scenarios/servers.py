"""Faults of what the processes stand on: the broker, PostgreSQL, and the network to both."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial

from tests.faults.campaign import Scenario
from tests.faults.proxy import Proxy
from tests.faults.scenarios.positions import admin
from tests.faults.stage import Stage, eventually


async def broker_killed(stage: Stage) -> None:
    """The broker dies and comes back at once, twice."""
    await stage.both()
    async with stage.load():
        for _ in range(2):
            await asyncio.sleep(2)
            await stage.world.kill_broker()
            await stage.world.heal()


async def broker_frozen(stage: Stage) -> None:
    """The broker stands still: connections stay open and nothing is answered."""
    relay, _ = await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        stage.world.broker.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(stage.seconds(12, 60))
        stage.world.broker.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(1)
    assert relay.is_alive


async def broker_away(stage: Stage) -> None:
    """The broker is away for ten minutes; writes go on, the outbox grows, then drains."""
    relay, consumer = await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        before = len(stage.history.facts)
        await stage.world.kill_broker()
        await asyncio.sleep(stage.seconds(10, 600))
        assert await stage.value("teller", "SELECT count(*) FROM outbox") > 0
        assert len(stage.history.facts) > before + 100, "writes go on"
        # The relay waits 30 s for an answer before it gives a producer up.
        assert relay.problems or not stage.is_long, "readiness says that events do not leave"
        await stage.world.heal()
    assert relay.is_alive
    assert consumer.is_alive


async def postgres_killed(stage: Stage) -> None:
    """The server of both databases dies in the middle of everything and recovers from its log, twice."""
    await stage.both()
    async with stage.load():
        for _ in range(2):
            await asyncio.sleep(2)
            await stage.world.kill_postgres()
            await stage.world.heal()


async def bad_network(stage: Stage, harm: Callable[[Proxy], None], service: str, seconds: float, long: float) -> None:
    """The way from one service to Kafka misbehaves for a while."""
    await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        proxy = stage.world.to_kafka[service]
        harm(proxy)
        await asyncio.sleep(stage.seconds(seconds, long))
        proxy.heal()
        await asyncio.sleep(1)


async def answers_lost(stage: Stage) -> None:
    """Kafka takes a batch and its answer never comes: what is sent again is dropped by the consumer."""
    await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        proxy = stage.world.to_kafka["teller"]
        for _ in range(3):
            proxy.lose_answers()
            await asyncio.sleep(0.3)
            proxy.cut()
            proxy.heal()
            await asyncio.sleep(1.5)


async def answered_unready(stage: Stage) -> None:
    """The broker restarts and answers before it is ready: no connection of that moment may be kept for good."""
    _, consumer = await stage.both()
    async with stage.load():
        await asyncio.sleep(1)
        for proxy in stage.world.to_kafka.values():
            proxy.answer_unready()
            proxy.cut()
        await asyncio.sleep(3)
        for proxy in stage.world.to_kafka.values():
            proxy.heal()
        await eventually(partial(is_member, stage), 30, "the consumer is a member of its group")
    assert consumer.is_alive


async def is_member(stage: Stage) -> bool:
    """Return whether the group of the ledger has a member that Kafka hears of, longer than a session lasts."""
    for _ in range(8):
        async with admin(stage) as client:
            (answer,) = await client.describe_consumer_groups([f"{stage.prefix}ledger"])
        _, _, state, _, _, members, *_ = answer.to_object()["groups"][0].values()
        if state != "Stable" or not members:
            return False
        await asyncio.sleep(1)
    return True


async def cut_in_mid_message(stage: Stage) -> None:
    """Connections to Kafka and PostgreSQL break after a few bytes more, anywhere in a message."""
    await stage.both()
    async with stage.load():
        for _ in range(6):
            await asyncio.sleep(0.7)
            proxy = stage.chance.choice(stage.world.proxies)
            proxy.cut_after(stage.chance.choice([1, 5, 50, 500, 5_000, 50_000]))
            await asyncio.sleep(0.7)
            proxy.heal()


async def copies_hours_apart(stage: Stage) -> None:
    """Every event is sent a second time, long after the first copy was consumed."""
    await stage.both()
    await stage.keep_what_is_sent()
    async with stage.load(tasks=2):
        await asyncio.sleep(2)
    await stage.until_drained()
    await stage.send_again()
    await stage.pay(20)


def network(name: str, harm: Callable[[Proxy], None], service: str, seconds: float, long: float) -> Scenario:
    way = "relay to Kafka" if service == "teller" else "Kafka to consumer"
    play = partial(bad_network, harm=harm, service=service, seconds=seconds, long=long)
    return Scenario(f"{way}: {name}", play)


SCENARIOS = (
    Scenario("broker killed and restarted", broker_killed),
    Scenario("broker frozen", broker_frozen),
    Scenario("broker away for ten minutes", broker_away),
    Scenario("PostgreSQL killed and restarted", postgres_killed),
    Scenario("answers of Kafka lost after a send", answers_lost, is_fast=True),
    Scenario("copies of a batch hours apart", copies_hours_apart),
    Scenario("broker answers before it is ready", answered_unready),
    Scenario("connections cut in mid-message", cut_in_mid_message),
    *(
        network(name, harm, service, seconds, long)
        for service in ("teller", "ledger")
        for name, harm, seconds, long in (
            ("refused", Proxy.refuse, 5, 60),
            ("slow", partial(Proxy.delay, seconds=0.3), 5, 60),
            ("black hole", Proxy.hold, 12, 60),
            ("half-open", Proxy.forget, 12, 60),
        )
    ),
)
