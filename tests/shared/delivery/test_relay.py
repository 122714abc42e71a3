"""What stands in the outbox reaches Kafka: all of it, in the order of each aggregate."""

import asyncio
import random
from uuid import UUID

import psycopg
import pytest
from records import versions_of
from sqlalchemy import text
from widgets import TOPIC, Widget, Workshop, a_widget, eventually, made, moved, running

from shared.database import Database
from shared.delivery import leadership, outbox, relay
from shared.delivery.relay import pack, partition_for
from shared.errors import Stale


async def test_events_reach_their_topic_with_cloudevents_headers(workshop: Workshop) -> None:
    widget = a_widget()
    await workshop.record(widget, made(widget, 1), moved(widget, 2))

    await workshop.send_all()

    first, second = await workshop.published()
    headers = dict(first.headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"widgets.widget.made.v1"
    assert headers["ce_source"] == b"/trust-crm/widgets"
    assert first.key.decode() == headers["ce_partitionkey"].decode() == str(widget.id)
    assert UUID(headers["ce_id"].decode()).version == 7
    assert (headers["ce_aggversion"], dict(second.headers)["ce_aggversion"]) == (b"1", b"2")
    assert headers["content-type"] == b"application/json"


async def test_a_batch_cut_by_size_continues_in_order(workshop: Workshop) -> None:
    widget = a_widget()
    await workshop.record_many([(widget, made(widget, number, padding="x" * 100_000)) for number in range(30)])

    await workshop.send_all()

    assert versions_of(await workshop.published()) == {widget.id: list(range(1, 31))}


async def test_a_younger_transaction_that_commits_first_is_sent_first(workshop: Workshop) -> None:
    """Ordered by transaction id the two events of the widget would change places."""
    widget = a_widget()
    await workshop.record(widget, made(widget))

    async with running(workshop.relay()), workshop.database.transaction() as oldest:
        await oldest.execute(text("INSERT INTO tally VALUES ('holds the oldest transaction id', 0)"))
        async with workshop.database.transaction() as older:
            await older.execute(text("INSERT INTO tally VALUES ('draws a transaction id', 0)"))
            async with workshop.database.transaction() as younger:
                await outbox.record(younger, await younger.get_one(Widget, widget.id), moved(widget, 1))
            await outbox.record(older, await older.get_one(Widget, widget.id), moved(widget, 2))
        await workshop.until_sent()

    assert versions_of(await workshop.published()) == {widget.id: [1, 2, 3]}


async def test_a_plan_made_while_nothing_waits_holds_when_a_million_do(database: Database) -> None:
    """A statement that is run again and again keeps its plan: for an empty table the best one reads all of it."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE outbox")

    async with leadership.session(database.url, application="test") as mine:
        plan = await leadership.execute(mine, f"EXPLAIN {relay._SELECT}", [1000, 1000])

    told = "\n".join(line for (line,) in plan)
    assert "Index Scan using outbox_pkey" in told, told


async def test_writers_that_overlap_lose_nothing_and_keep_each_aggregates_order(workshop: Workshop) -> None:
    widgets = [a_widget() for _ in range(4)]
    await workshop.record_many([(widget, made(widget)) for widget in widgets])
    recorded = 0

    async def write() -> None:
        nonlocal recorded
        for _ in range(25):
            try:
                async with workshop.database.transaction() as session:
                    for widget in sorted(random.sample(widgets, 2), key=lambda one: one.id):
                        mine = await session.get_one(Widget, widget.id)
                        await asyncio.sleep(random.uniform(0, 0.003))
                        await outbox.record(session, mine, moved(widget))
            except Stale:
                continue
            recorded += 2

    async with running(workshop.relay(), workshop.relay()):
        await asyncio.gather(*(write() for _ in range(5)))
        await workshop.until_sent()

    found = versions_of(await workshop.published())
    assert sum(map(len, found.values())) == recorded + len(widgets) > 30
    assert all(versions == list(range(1, len(versions) + 1)) for versions in found.values())


async def test_a_missing_topic_is_named_and_does_not_keep_others_back_for_good(workshop: Workshop) -> None:
    widget = a_widget()
    await workshop.record(widget, made(widget))
    await workshop.change(
        "INSERT INTO outbox (event_id, topic, key, type, aggregate_id, aggregate_version, headers, payload)"
        " SELECT gen_random_uuid(), 'widgets.lost', key, type, aggregate_id, 1, headers, payload FROM outbox"
    )
    relay = workshop.relay()

    async with running(relay):
        await eventually(lambda: workshop.is_so("SELECT count(*) = 1 FROM outbox"), 60, "the other topic is sent")
        await eventually(lambda: _names(relay.problems(), "widgets.lost"), 60, "the topic is named")

    assert len(await workshop.published()) == 1
    assert await workshop.value("SELECT topic FROM outbox") == "widgets.lost"


async def _names(problems: list[str], topic: str) -> bool:
    return any(topic in problem for problem in problems)


class _Builder:
    """A batch with room for two."""

    def __init__(self) -> None:
        self.taken = 0

    def append(self, *, value: bytes, **_: object) -> object | None:
        if self.taken + len(value) > 2:
            return None
        self.taken += len(value)
        return object()


@pytest.mark.parametrize(
    ("values", "sent"),
    [([b"a", b"b"], [1, 2]), ([b"a", b"bb", b"c"], [1]), ([b"aa", b"b", b"c"], [1])],
    ids=["all fit", "a smaller one behind the cut waits too", "full"],
)
def test_a_full_batch_cuts_its_partition_for_the_round(values: list[bytes], sent: list[int]) -> None:
    key, other = str(UUID(int=1)), str(UUID(int=2))
    assert partition_for(key, 6) != partition_for(other, 6)
    rows = [(seq, TOPIC, key, {}, value) for seq, value in enumerate(values, start=1)]
    rows += [(9, TOPIC, other, {}, b"x"), (10, "unknown.topic", key, {}, b"x")]

    batches = pack(rows, {TOPIC: 6}, _Builder)

    assert [batch.seqs for batch in batches] == [sent, [9]]


@pytest.mark.parametrize(("key", "murmur2"), [("21", -973932308), ("foobar", -790332482), ("abc", 479470107)])
def test_a_key_goes_where_the_java_client_puts_it(key: str, murmur2: int) -> None:
    """The hashes are those that Apache Kafka pins in its own UtilsTest."""
    assert partition_for(key, 6) == (murmur2 & 0x7FFFFFFF) % 6
