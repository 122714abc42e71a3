"""Faults of what is sent: poison, unknown and foreign messages, sizes; and operators who replay meanwhile."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from aiokafka import AIOKafkaProducer
from sqlalchemy.exc import OperationalError
from tests.faults import crashes, ledger, teller
from tests.faults.campaign import Scenario
from tests.faults.stage import Stage, eventually
from tests.faults.teller import customers, some_payments

from shared.database import Database
from shared.delivery import parking
from shared.delivery.relay import partition_for
from shared.errors import Invalid
from shared.events.topics import PARTITIONS
from shared.ids import new_id

Payment = tuple[UUID, UUID, int]
_NEWER = """
CREATE FUNCTION newer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.payload := convert_to((convert_from(NEW.payload, 'UTF8')::jsonb || '{"color": "new"}')::text, 'UTF8');
    RETURN NEW; END $$;
CREATE TRIGGER newer BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION newer();
"""


async def poison(stage: Stage, places: Sequence[int], *, crash: bool = False) -> None:
    """A batch with poison at some places of twelve: those keys are held back, the others flow."""
    await stage.start("teller")
    if crash:
        consumer = await stage.start("ledger", wait=False, CRASH_AT="consumer.after_parking")
    else:
        consumer = await stage.start("ledger")
    payments: list[Payment] = [(account, key, 100) for account, key in customers(12)[::2]]
    for place in places:
        payments[place] = (*payments[place][:2], ledger.POISON_FEN)
    await pay_with_poison(stage, payments)
    await stage.writer.pay([(account, key, 5) for account, key, _ in payments])
    if crash:
        assert await consumer.until_gone() == crashes.KILLED
        await stage.start("ledger")
    async with stage.load(tasks=2):
        await asyncio.sleep(1)
    await stage.until_drained()
    assert await stage.value("ledger", "SELECT count(*) FROM parked_key") == len(places)


async def pay_with_poison(stage: Stage, payments: Sequence[Payment]) -> None:
    facts = await stage.writer.pay(payments)
    stage.refused |= {fact.id for fact in facts if fact.fen == ledger.POISON_FEN}


async def replayed_meanwhile(stage: Stage) -> None:
    """An operator replays keys again and again while their next events arrive: none is stranded, order is kept."""
    await stage.both()
    keys = {key for _, key in stage.accounts}
    async with stage.load(rest=0.02):
        await pay_with_poison(stage, [(account, key, ledger.POISON_FEN) for account, key in stage.accounts[::2]])
        await eventually(partial(are_parked, stage, len(keys)), 30, "every key is parked")
        await asyncio.sleep(1)
        await stage.rows("ledger", "ALTER TABLE booking DROP CONSTRAINT booking_is_no_poison")
        stage.refused.clear()
        for key in stage.chance.sample(sorted(keys), len(keys)):
            await replay(stage, key)
        await asyncio.sleep(1)
    await stage.until_drained()
    for (key,) in await stage.rows("ledger", "SELECT key FROM parked_key"):
        await replay(stage, UUID(key))


async def are_parked(stage: Stage, keys: int) -> bool:
    return bool(await stage.value("ledger", "SELECT count(*) >= %s FROM parked_key", keys))


async def replay(stage: Stage, key: UUID) -> None:
    """Replay a key as the operator's command does: in one transaction, again where locks were not to be had."""
    database = Database(stage.world.database_url("ledger"), service=ledger.SERVICE)
    try:
        for _ in range(5):
            with suppress(OperationalError):
                async with database.transaction() as session:
                    await parking.replay(session, ledger.READER, teller.TOPIC, str(key))
                return
        raise AssertionError("a key could not be replayed in five tries")
    finally:
        await database.close()


async def foreign_messages(stage: Stage) -> None:
    """Other programs write to the topic: what is unknown is passed over, what cannot be read is parked."""
    await stage.both()
    async with stage.load(tasks=2):
        await put(stage, "ignored", {"ce_type": "teller.account.closed.v1", "ce_id": str(new_id())}, b"{}")
        await put(stage, "parked", {"ce_type": "teller.account.paid.v2", "ce_id": str(new_id())}, b"{}")
        await put(stage, "parked", {}, b"\x00\xff not an event \x00")
        await put(stage, "parked", {"ce_type": "teller.account.paid.v1"}, None)
        await put(stage, "parked", {"ce_type": "teller.account.paid.v1", "ce_id": "\udcff\x00"}, b"\xff")
        await put(stage, "parked", _head(hops=9), _body())
        await asyncio.sleep(1)


async def newer_sender(stage: Stage) -> None:
    """A newer sender adds a field to every event: the old consumer books the payments all the same."""
    await stage.rows("teller", _NEWER)
    await stage.both()
    await stage.pay(30)
    await stage.writer.pay(some_payments(stage.accounts, stage.chance, 30))


async def put(stage: Stage, fate: str, headers: Mapping[str, str], value: bytes | None) -> None:
    """Put a message of another program on the topic under a key of its own; note what must become of it."""
    key = str(new_id())
    encoded = [(name, content.encode(errors="surrogateescape")) for name, content in headers.items()]
    producer = AIOKafkaProducer(bootstrap_servers=stage.world.kafka)
    await producer.start()
    try:
        sent = await producer.send_and_wait(
            stage.topic,
            value,
            key=key.encode(),
            partition=partition_for(key, PARTITIONS),
            headers=[*encoded, ("foreign", b"yes")],
        )
    finally:
        await producer.stop()
    stage.foreign[sent.partition, sent.offset] = fate


async def too_large(stage: Stage) -> None:
    """A payload over 256 KiB is refused and nothing is written; the account goes on."""
    await stage.both()
    accounts = stage.accounts[:3]
    for padding in ("x" * 256 * 1024, "汉" * 100_000):
        before = await stage.value("teller", "SELECT count(*) FROM posting")
        try:
            await stage.writer.pay(some_payments(accounts, stage.chance, 2), padding=padding)
        except Invalid:
            pass
        else:
            raise AssertionError("a payload over 256 KiB was taken")
        assert await stage.value("teller", "SELECT count(*) FROM posting") == before
    await stage.writer.pay(some_payments(accounts, stage.chance, 2), padding="x" * 255 * 1024)


async def batch_cut(stage: Stage) -> None:
    """More of one key than fits into one batch of Kafka, and more than one round: cut and continued in order."""
    await stage.both()
    for size in (200_000, 60_000, 100):
        payments = some_payments(stage.accounts[:2], stage.chance, 40)
        await stage.writer.pay(payments, padding=_noise(stage, size))
    await stage.writer.pay(some_payments(stage.accounts, stage.chance, 2500))


def _noise(stage: Stage, size: int) -> str:
    """Return text that does not compress."""
    return stage.chance.randbytes(size // 2).hex()


def _head(*, hops: int) -> dict[str, str]:
    names = ("ce_id", "ce_subject", "ce_correlationid")
    told = {"ce_type": "teller.account.paid.v1", "ce_aggversion": "1", "ce_actor": "somebody", "ce_hops": str(hops)}
    return {**told, "ce_time": datetime.now(UTC).isoformat(), **{name: str(new_id()) for name in names}}


def _body() -> bytes:
    ids = {name: str(new_id()) for name in ("fact_id", "account_id")}
    return json.dumps({"occurred_at": datetime.now(UTC).isoformat(), "fen": 1, **ids}).encode()


SCENARIOS = (
    Scenario("poison first", partial(poison, places=[0]), is_fast=True),
    Scenario("poison last", partial(poison, places=[11])),
    Scenario("poison all", partial(poison, places=list(range(12)))),
    Scenario("poison, and killed while it is parked", partial(poison, places=[3, 4], crash=True)),
    Scenario("keys replayed while their next events arrive", replayed_meanwhile, is_fast=True),
    Scenario("unknown types, another version, foreign bytes", foreign_messages, is_fast=True),
    Scenario("a newer sender adds a field", newer_sender),
    Scenario("payload over 256 KiB", too_large),
    Scenario("batch too large for one of Kafka", batch_cut),
)
