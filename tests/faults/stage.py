"""The stage of one scenario: fresh databases and a fresh topic, processes that may be killed, load, and the record."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy.exc
from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.faults import teller
from tests.faults.checker import Copy
from tests.faults.history import History
from tests.faults.nursery import Forked
from tests.faults.teller import Writer, customers, some_payments
from tests.faults.world import World

from shared.database import Database
from shared.delivery import kafka, topics
from shared.events.topics import PARTITIONS

#: From the end of a fault until nothing waits any more.
HEALED_WITHIN_SECONDS = 30
#: A killed member's partitions wait for the end of its session: in the short form not the 20 s of production.
_SHORT_SESSION_MS = 6_000
_UP_WITHIN_SECONDS = 30
_STOPS_WITHIN_SECONDS = 45
_AWAY = (sqlalchemy.exc.DBAPIError, sqlalchemy.exc.TimeoutError, psycopg.Error, OSError)

_KEEP = """
CREATE TABLE kept AS SELECT * FROM outbox WITH NO DATA;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO kept SELECT (OLD).*; RETURN OLD; END $$;
CREATE TRIGGER keep BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION keep();
"""


@dataclass(eq=False)
class Child:
    """One process of the campaign, and what it last said of its health (None: nothing yet)."""

    role: str
    process: Forked
    listener: asyncio.Task[None] | None = None
    problems: list[str] | None = None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    @property
    def is_alive(self) -> bool:
        return not self.process.code.done()

    async def until_gone(self, seconds: float = _STOPS_WITHIN_SECONDS) -> int:
        """Wait until it has ended; return how."""
        try:
            return await asyncio.wait_for(asyncio.shield(self.process.code), seconds)
        except TimeoutError:
            raise AssertionError(f"{self.role} has not ended within {seconds:g} s") from None
        finally:
            if self.listener is not None and not self.is_alive:
                await self.listener

    async def stop(self) -> None:
        """Ask it to finish, and see that it does so in order."""
        self.process.send_signal(signal.SIGTERM)
        code = await self.until_gone()
        assert code == 0, f"{self.role} ended with {code}; see its log"


@dataclass(eq=False)
class Stage:
    """What a scenario plays with.

    Attributes:
        is_long: Times of the table (ten minutes, sixty seconds) are kept, not shortened.
        refused: Facts that the ledger cannot book; `foreign`: messages of other programs and their fate.
        failures: Payments under load that failed, by error: none may unless PostgreSQL itself was killed.
        log_before: What stood in a topic that was deleted; `life` counts such topics.
    """

    world: World
    chance: random.Random
    prefix: str
    is_long: bool
    database: Database
    history: History = field(default_factory=History)
    children: list[Child] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)
    foreign: dict[tuple[int, int], str] = field(default_factory=dict)
    log_before: list[Copy] = field(default_factory=list)
    life: int = 0
    kills_before: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    accounts: list[tuple[UUID, UUID]] = field(default_factory=lambda: customers(12))

    @property
    def topic(self) -> str:
        return self.prefix + teller.TOPIC

    @property
    def writer(self) -> Writer:
        return Writer(self.database, self.history.begin, self.history.end)

    def seconds(self, short: float, long: float) -> float:
        """Return how long a fault lasts where only the clock matters."""
        return long if self.is_long else short

    async def start(self, role: str, *, wait: bool = True, **env: str) -> Child:
        """Start a process; wait until it works."""
        service = teller.SERVICE if role == "writer" else role
        told = {
            "URL": self.world.database_url(service, proxied=True),
            "KAFKA": f"127.0.0.1:{self.world.to_kafka[service].port}",
            "PREFIX": self.prefix,
            "SESSION_MS": str(kafka.SESSION_TIMEOUT_MS if self.is_long else _SHORT_SESSION_MS),
            # With a few, more wait after every fetch, and the consumer fetches ahead. A handler in trouble gets whole
            # batches: a slow one could not catch up by tens, one with a bug would park tens before it is stopped.
            "AT_ONCE": str(kafka.MOST_RECORDS if "TROUBLE" in env else self.chance.choice([10, kafka.MOST_RECORDS])),
            "ACCOUNTS": json.dumps(self.accounts, default=str),
        }
        log_file = self.world.folder / f"{self.prefix}{role}.log"
        child = Child(role, await self.world.nursery.fork(role, told | env, log_file))
        child.listener = asyncio.create_task(self._listen(child, log_file))
        self.children.append(child)
        if wait:
            await eventually(lambda: child.problems == [], _UP_WITHIN_SECONDS, f"{role} works")
        return child

    async def both(self) -> tuple[Child, Child]:
        """Start relay and consumer."""
        relay, consumer = await asyncio.gather(self.start("teller"), self.start("ledger"))
        return relay, consumer

    async def _listen(self, child: Child, log_file: Path) -> None:
        async for line in child.process.said:
            if not line.startswith(b'{"said"'):
                with log_file.open("ab") as log:
                    log.write(line)
                continue
            said = json.loads(line)
            if said["said"] == "health":
                child.problems = said["problems"]
            else:
                self.history.tell(said)

    @asynccontextmanager
    async def load(self, *, tasks: int = 4, rest: float = 0.03, roll_back: float = 0.1) -> AsyncIterator[None]:
        """Make payments all the while: single and several, on accounts of one key at once; some are rolled back."""
        stopping = asyncio.Event()

        async def pay(chance: random.Random) -> None:
            while not stopping.is_set():
                payments = some_payments(self.accounts, chance, chance.choice([1, 1, 1, 2, 5]))
                try:
                    await self.writer.pay(payments, roll_back=chance.random() < roll_back)
                except _AWAY as error:
                    self.failures[str(error).partition("\n")[0]] += 1
                await asyncio.sleep(rest * chance.uniform(0.5, 1.5))

        running = [asyncio.create_task(pay(random.Random(self.chance.random()))) for _ in range(tasks)]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.gather(*running)

    async def pay(self, many: int, accounts: Sequence[tuple[UUID, UUID]] | None = None) -> None:
        """Make so many payments, one transaction each."""
        for _ in range(many):
            await self.writer.pay(some_payments(accounts or self.accounts, self.chance, 1))

    async def until_drained(self, seconds: float = HEALED_WITHIN_SECONDS) -> float:
        """Wait until everything committed has had its effect; return how many seconds that took."""
        began = time.monotonic()
        try:
            await eventually(self.has_drained, seconds, "everything has drained")
        except AssertionError as error:
            raise AssertionError(f"{error}, but {await self.waiting()}") from None
        return time.monotonic() - began

    async def has_drained(self) -> bool:
        waiting = await self.waiting()
        return not waiting["outbox"] and waiting["behind"] == 0

    async def waiting(self) -> dict[str, Any]:
        """Return how many events wait in the outbox, and how far the consumer is behind the topic."""
        outbox = (await self.rows("teller", "SELECT count(*) FROM outbox"))[0][0]
        witnesses = dict(await self.rows("ledger", "SELECT partition, next_offset FROM witness"))
        ends = await topic_ends(self.world.kafka, self.topic)
        return {"outbox": outbox, "behind": sum(end - witnesses.get(number, 0) for number, end in ends.items())}

    async def rows(self, service: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement in a service's database, past the proxies, and return its rows."""
        url = self.world.database_url(service)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as session:
            cursor = await session.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def value(self, service: str, query: str, *values: object) -> Any:
        """Return the first column of the first row."""
        return (await self.rows(service, query, *values))[0][0]

    async def keep_what_is_sent(self) -> None:
        """Keep a copy of every row that the relay deletes from the outbox from now on."""
        await self.rows("teller", _KEEP)

    async def send_again(self) -> None:
        """Put everything kept into the outbox once more, as a relay that died before it could delete would."""
        await self.rows("teller", "DROP TRIGGER keep ON outbox")
        columns = "event_id, topic, key, type, aggregate_id, aggregate_version, headers, payload"
        await self.rows("teller", f"INSERT INTO outbox ({columns}) SELECT {columns} FROM kept ORDER BY seq")

    def unexpected_failures(self) -> list[str]:
        """Return what kept payments from being made though their database was there all the while."""
        if self.world.postgres_kills > self.kills_before:
            return []
        return [f"{times} payments failed: {error}" for error, times in self.failures.items()]

    async def end(self) -> None:
        """Kill what still runs."""
        for child in self.children:
            if child.is_alive:
                child.kill()
                await child.until_gone()
        await self.database.close()


async def set_up(world: World, seed: int, *, number: int, is_long: bool = False) -> Stage:
    """Return the stage of one scenario, empty."""
    await asyncio.to_thread(world.empty_databases)
    prefix = f"f{number}-"
    assert await topics.create(world.kafka, topics=teller.TOPICS, prefix=prefix) == []
    database = Database(world.database_url(teller.SERVICE), service=teller.SERVICE)
    stage = Stage(world, random.Random(seed), prefix, is_long, database, kills_before=world.postgres_kills)
    # Every account begins with a payment, so that those who pay at once never make the same account.
    for account in stage.accounts:
        await stage.writer.pay(some_payments([account], stage.chance, 1))
    return stage


async def topic_ends(bootstrap: str, topic: str) -> dict[int, int]:
    """Return where each partition of the topic ends."""
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await reader.start()
    try:
        ends = await reader.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
        return {place.partition: end for place, end in ends.items()}
    finally:
        await reader.stop()


async def eventually(is_so: Callable[[], bool | Awaitable[bool]], seconds: float, what: str) -> None:
    """Wait until something is so; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_so()
        if found if isinstance(found, bool) else await found:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(0.05)
