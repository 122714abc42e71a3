"""One process of the campaign: `teller` (a relay), `ledger` (a consumer) or `writer`, told by its environment.

URL, KAFKA, PREFIX say where; CRASH_AT and CRASH_AFTER where to end; CLOCK_SHIFT by how many seconds its clock is wrong;
SESSION_MS how long a consumer's session outlasts it; AT_ONCE how many messages a fetch brings at most.
It says what happens in lines of JSON.
"""

import asyncio
import json
import os
import random
import signal
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from tests.faults import crashes, ledger, teller
from tests.faults.history import Fact, Outcome

from shared.database import Database
from shared.delivery import batch, fetching, kafka, outbox
from shared.delivery.worker import Worker
from shared.events import base
from shared.ids import new_id


def say(said: str, **facts: Any) -> None:
    print(json.dumps({"said": said, **facts}, default=str), flush=True)


async def work(database: Database, stopping: asyncio.Event) -> None:
    """Run relay or consumer until SIGTERM; say how it is whenever that changes."""
    reads = database.service == ledger.SERVICE
    worker = Worker(
        service=database.service,
        database=database,
        kafka_bootstrap=os.environ["KAFKA"],
        topic_prefix=os.environ["PREFIX"],
        handlers=ledger.HANDLERS if reads else {},
        topics=[teller.TOPIC] if reads else [],
    )
    await worker.start()
    before = None
    while not stopping.is_set():
        if (health := worker.health()) != before:
            say("health", problems=health)
            before = health
        await asyncio.sleep(0.05)
    await worker.stop()


async def write(database: Database, stopping: asyncio.Event) -> None:
    """Make payments into the accounts told, one after another."""
    accounts = [(UUID(account), UUID(key)) for account, key in json.loads(os.environ["ACCOUNTS"])]
    chance = random.Random(os.environ["SEED"])
    writer = teller.Writer(database, begun=_begun, ended=_ended)
    while not stopping.is_set():
        await writer.pay(teller.some_payments(accounts, chance, chance.choice([1, 1, 3])))
        await asyncio.sleep(0.01)


def _begun(fact: Fact) -> None:
    say("begin", id=fact.id, account=fact.account, key=fact.key, fen=fact.fen, at=fact.began)


def _ended(fact_id: UUID, outcome: Outcome, at: float) -> None:
    say(outcome, id=fact_id, at=at)


def shift_clock(seconds: float) -> None:
    """Make this process's clock wrong where delivery reads it."""
    by = timedelta(seconds=seconds)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Shifted":
            return super().now(tz) + by

    def shifted_id() -> UUID:
        return UUID(int=new_id().int + (int(seconds * 1000) << 80))

    # The process's clock runs ahead.
    setattr(batch, "datetime", Shifted)  # noqa: B010  # mypy would have the module export it
    setattr(outbox, "new_id", shifted_id)  # noqa: B010  # mypy would have the module export it


async def main(role: str) -> None:
    base._BY_TYPE.update(teller.TYPES)
    if point := os.environ.get("CRASH_AT"):
        crashes.arm(point, after=int(os.environ.get("CRASH_AFTER", "0")))
    kafka.SESSION_TIMEOUT_MS = int(os.environ["SESSION_MS"])
    setattr(fetching, "MOST_RECORDS", int(os.environ["AT_ONCE"]))  # noqa: B010  # mypy would have the module export it
    shift_clock(float(os.environ.get("CLOCK_SHIFT", "0")))
    service = teller.SERVICE if role == "writer" else role
    database = Database(os.environ["URL"], service=service)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await (write if role == "writer" else work)(database, stopping)
    await database.close()
