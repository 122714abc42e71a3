"""Commission with a million fees of a thousand channels: the close, bookings by events, a long statement, the why.

The service's own application and handlers, asked in this process; one channel is made by its routes and copied by SQL.
"""

import os
import sys
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

# The service's tests trade on this market too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channel-commission"))

import psycopg
from aiokafka import TopicPartition
from market import Market
from sqlalchemy import text
from tests.bench.complaints import service, times

from channel_commission.main import create_app
from channel_commission.settings import Settings
from channel_commission.worker import HANDLERS
from shared.context import SYSTEM
from shared.delivery import envelope, positions
from shared.delivery.batch import take
from shared.delivery.reader import reader
from shared.events.client_profile import SubscriptionConfirmed
from shared.ids import new_id
from shared.testing.service import ServiceKit

ACCRUALS = int(os.environ.get("BENCH_ACCRUALS", "1000000"))
CHANNELS, VERSIONS, LINES, BATCH = 1_000, 20, 20_000, 500
#: A tenth of the fees stands in the first month and all others in the second one; the third one takes new sales.
FEW, MANY, OPEN = "2025-11", "2025-12", "2026-01"
SALES = 20_000

# Tables with rows of a channel that are copied as they are; agreements and their rates have ids that others point to.
_OF_CHANNEL = """
SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'channel_id'
    AND table_name NOT IN ('agreement', 'rate_rule', 'dealing', 'accrual_entry')
    AND table_name NOT LIKE 'bench%%'
    AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE') ORDER BY 1
"""
_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %(table)s
    AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position
"""
_COPIES = """
CREATE TABLE bench_channel AS SELECT n, uuidv7() AS id, uuidv7() AS agreement_id FROM generate_series(1, %(more)s) AS n;
CREATE TABLE bench_card AS SELECT n, card.id AS old_id, uuidv7() AS id FROM bench_channel CROSS JOIN rate_card AS card;
CREATE TABLE bench_sale AS
    SELECT n, uuidv7() AS dealing_id, uuidv7() AS client_id, uuidv7() AS event_id, uuidv7() AS entry_id,
        CASE WHEN n <= %(few)s THEN CAST(%(few_month)s AS text) ELSE %(many_month)s END AS month,
        channel.id AS channel_id,
        (SELECT id FROM rate_rule WHERE rate_rule.channel_id = channel.id AND is_in_force AND valid_from <= '2025-11-01'
            AND coalesce(valid_to, 'infinity') > '2025-12-31') AS rule_id
    FROM generate_series(1, %(accruals)s) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM channel) AS channel
        ON channel.place = CASE WHEN n <= %(lines)s THEN 0 ELSE n %% %(channels)s END
"""
# The least that freezing a month is: sums and digest of every channel's lines.
_BARE = """
CREATE TABLE bench_statement AS
SELECT channel_id, bearer, count(*) AS entries, sum(amount_fen) AS fen,
    encode(sha256(convert_to(string_agg(id || ':' || amount_fen, E'\\n' ORDER BY id), 'UTF8')), 'hex') AS digest
FROM accrual_entry WHERE booked_period = :month GROUP BY channel_id, bearer
"""


async def measure(folder: Path) -> dict[str, float]:
    """Return seconds of closing and of files, events a second, and milliseconds (p50 and p95) of a why."""
    async with service(folder, "channel-commission", create_app, Settings) as kit:
        market = Market(kit)
        product, channels = await _fill(kit, market)
        few, _ = await _timed(market.close(FEW))
        bare, _ = await _timed(_run(kit, _BARE, month=MANY))
        many, _ = await _timed(market.close(MANY))
        again, _ = await _timed(market.close(MANY, status=409))
        statements = await _value(kit, f"SELECT count(*) FROM statement WHERE period = '{MANY}'")
        files = {kind: (await _timed(_file(market, channels[0], kind)))[0] for kind in ("csv", "xlsx")}
        ids = await _column(kit, "SELECT id FROM accrual_entry ORDER BY md5(id::text) LIMIT 300")
        why = await times(lambda number: market.get(f"/v1/accruals/{ids[number]}/why"))
        booked = await _book(kit, market, product, channels)
        replayed, entries = await _replay(kit, market, product, channels)
    return {
        "close_few_s": few,
        "close_s": many,
        "close_again_s": again,
        "bare_s": bare,
        "statements": statements,
        **{f"{kind}_s": seconds for kind, seconds in files.items()},
        **{f"why_{name}": value for name, value in why.items()},
        "booked_per_second": booked,
        "replayed_per_second": replayed,
        "replay_entries": entries,
        "accruals": ACCRUALS,
        "channels": CHANNELS,
        "versions": CHANNELS * VERSIONS,
    }


async def _fill(kit: ServiceKit, market: Any) -> tuple[UUID, Sequence[UUID]]:
    """Make one channel with twenty versions of its rate card, then a thousand of them with their fees."""
    product = await market.product()
    channel = await market.selling(product)
    ((agreement_id,),) = await market.rows("SELECT id FROM agreement")
    for version in range(2, VERSIONS + 1):
        body = {"valid_from": f"{2021 + (version - 1) // 6}-{1 + (version - 1) % 6 * 2:02d}-01", "rules": [_PERCENT]}
        await market.post("channel_manager", f"/v1/agreements/{agreement_id}/rate-cards", body, status=201)
        await market.approve_card(agreement_id, version)
    await market.receive(market.sale(channel, product, 1_000_000_00, "2025-11-10"))
    sizes = {"few": ACCRUALS // 10, "accruals": ACCRUALS + ACCRUALS // 10, "lines": min(LINES, ACCRUALS // 20)}
    values = {"more": CHANNELS - 1, "channels": CHANNELS, "few_month": FEW, "many_month": MANY, **sizes}
    # The house's limits are for what users do.
    with psycopg.connect(kit.database.url, options="-c transaction_timeout=0 -c statement_timeout=0") as own:
        channels, cards, sales = _COPIES.split(";\n")
        own.execute(channels.encode(), values)
        own.execute(cards.encode())
        _copy_channels(own, channel, agreement_id)
        own.commit()
        own.execute(sales.encode(), values)
        _copy_sales(own)
        own.commit()
        own.autocommit = True
        own.execute("VACUUM ANALYZE")
    return product, await _column(kit, "SELECT id FROM channel ORDER BY id")


def _copy_channels(own: psycopg.Connection, channel: UUID, agreement_id: UUID) -> None:
    """Make the other channels, all alike. An agreement and its approved versions point at each other: one commit."""
    numbered = {"number": "kept.number || '-' || made.n", "uscc": "NULL", "external_id": "NULL"}
    of_channel = {"channel_id": "made.id", "event_key": "made.id"}
    of_one = "FROM bench_channel AS made, {} AS kept WHERE kept.{} = %(kept)s"
    of_card = "FROM bench_channel AS made JOIN bench_card USING (n) JOIN {} AS kept ON kept.{} = bench_card.old_id"
    card_ids = {"id": "bench_card.id", "agreement_id": "made.agreement_id"}
    rule_ids = {"id": "uuidv7()", "card_id": "bench_card.id"}
    _copy(own, "channel", numbered | {"id": "made.id", "event_key": "made.id"}, of_one.format("channel", "id"), channel)
    _copy(
        own,
        "agreement",
        numbered | of_channel | {"id": "made.agreement_id"},
        of_one.format("agreement", "id"),
        agreement_id,
    )
    _copy(own, "rate_card", card_ids, of_card.format("rate_card", "id"))
    _copy(own, "rate_rule", of_channel | rule_ids, of_card.format("rate_rule", "card_id"))
    for (table,) in own.execute(_OF_CHANNEL, {}).fetchall():
        _copy(own, table, of_channel | {"id": "uuidv7()"}, of_one.format(table, "channel_id"), channel)


def _copy_sales(own: psycopg.Connection) -> None:
    """Make the sales of two months, each with its fee, from the one that was booked."""
    own.execute(_MONTHS.encode())
    day, rows = "CAST(made.month || '-10' AS date)", "FROM bench_sale AS made, (SELECT * FROM {} LIMIT 1) AS kept"
    same = {name: f"made.{name}" for name in ("channel_id", "client_id", "event_id")} | {"rate_rule_id": "made.rule_id"}
    months = {"earned_period": "made.month", "booked_period": "made.month", "business_date": day}
    _copy(own, "dealing", same | {"id": "made.dealing_id", "confirmed_on": day}, rows.format("dealing"))
    entry = {"id": "made.entry_id", "dealing_id": "made.dealing_id", "event_key": "made.client_id"}
    _copy(own, "accrual_entry", same | months | entry, rows.format("accrual_entry"))


_MONTHS = (
    "INSERT INTO period (id, version, event_key, period, status, opened_at)"
    " SELECT uuidv7(), 1, uuidv7(), month, status, opened_at FROM period,"
    f" unnest(ARRAY['{MANY}', '{OPEN}']) AS month WHERE period.period = '{FEW}' ON CONFLICT DO NOTHING"
)
_PERCENT = {"kind": "percent", "rate": "0.0060"}


def _copy(
    own: psycopg.Connection, table: str, new: Mapping[str, str], rows: str, kept: UUID | str | None = None
) -> None:
    """Copy rows of a table, some columns with other values."""
    columns = [name for (name,) in own.execute(_COLUMNS, {"table": table}).fetchall()]
    taken = ", ".join(new.get(name, f"kept.{name}") for name in columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} {rows}"
    own.execute(insert.encode(), {"kept": kept} if kept else None)


async def _file(market: Any, channel: UUID, kind: str) -> int:
    """Fetch the longest statement as a file; return its size."""
    (statement,) = (await market.get("/v1/settlements", period=FEW, channel_id=str(channel)))["items"]
    answer = await market.staff("finance").get(f"/v1/settlements/{statement['id']}/file?format={kind}", timeout=120)
    assert answer.status_code == 200, answer.text
    return len(answer.content)


async def _book(kit: ServiceKit, market: Any, product: UUID, channels: Sequence[UUID]) -> float:
    """Return how many sales a second are booked, in batches as the consumer takes them."""
    sales = [market.sale(channels[n % CHANNELS], product, 500_000_00, f"{OPEN}-15") for n in range(SALES)]
    seconds, _ = await _timed(_receive(kit, sales))
    assert await kit.count(f"accrual_entry WHERE booked_period = '{OPEN}'") == SALES
    return SALES / seconds


async def _receive(kit: ServiceKit, sales: Sequence[SubscriptionConfirmed]) -> int:
    for first in range(0, len(sales), BATCH):
        await kit.receive(HANDLERS, *sales[first : first + BATCH])
    return len(sales)


async def _replay(kit: ServiceKit, market: Any, product: UUID, channels: Sequence[UUID]) -> tuple[float, int]:
    """Take messages that were taken before, as when a topic is read again; return events a second and new entries."""
    own, place = reader("channel-commission", HANDLERS), TopicPartition(SubscriptionConfirmed.topic(), 0)
    sale = market.sale(channels[0], product, 500_000_00, f"{OPEN}-15")
    id = new_id()
    head = envelope.headers(sale, id=id, aggregate_id=id, version=1, key=str(id), cause=SYSTEM)
    encoded = {name: value.encode() for name, value in head.items()}
    ids = [new_id() for _ in range(SALES * 5)]
    message = envelope.Message(place.topic, 0, 0, str(id), encoded, sale.model_dump_json().encode())
    messages = [replace(message, offset=n, headers=encoded | {"ce_id": str(one).encode()}) for n, one in enumerate(ids)]
    async with kit.database.transaction() as session:
        await positions.begin(session, own.consumer, {place: 0})
        known = {"ids": [str(one) for one in ids], "consumer": own.consumer}
        await session.execute(text("INSERT INTO inbox SELECT :consumer, unnest(CAST(:ids AS uuid[]))"), known)
    before = await kit.count("accrual_entry")

    async def replay() -> int:
        for first in range(0, len(messages), BATCH):
            async with kit.database.transaction() as session:
                taken = await take(session, own, {place: messages[first : first + BATCH]}, sought={})
                assert taken.duplicates == BATCH
        return len(messages)

    seconds, many = await _timed(replay())
    return many / seconds, await kit.count("accrual_entry") - before


async def _timed(work: Awaitable[Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = await work
    return time.perf_counter() - began, found


async def _run(kit: ServiceKit, statement: str, **values: Any) -> None:
    async with kit.database.transaction() as session:
        await session.execute(text("SET LOCAL transaction_timeout = '10min'"))
        await session.execute(text(statement), {name: values[name] for name in values if f":{name}" in statement})


async def _column(kit: ServiceKit, query: str) -> list[Any]:
    async with kit.database.session() as session:
        return list((await session.execute(text(query))).scalars())


async def _value(kit: ServiceKit, query: str) -> Any:
    return (await _column(kit, query))[0]
