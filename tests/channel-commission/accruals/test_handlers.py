"""Dealings become entries: the right fen, in the right month, once, whatever order they come in."""

import random
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.clock import business_date
from shared.ids import new_id


async def test_a_subscription_books_its_fee_and_tells_it(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale)

    assert await market.entries() == [("accrue", 600_00, "2026-01", "2026-01")]
    type_, told = (await market.kit.outbox())[-1]
    assert type_ == "channel-commission.accrual.booked.v1"
    assert told | {"accrual_id": "", "occurred_at": ""} == {
        "accrual_id": "",
        "occurred_at": "",
        "client_id": str(sale.client_id),
        "channel_id": str(channel),
        "product_id": str(product),
        "dealing_id": str(sale.dealing_id),
        "bearer": "company",
        "amount": {"amount": "600.00", "currency": "CNY"},
        "earned_period": "2026-01",
        "booked_period": "2026-01",
    }


async def test_an_entry_is_caused_by_its_own_event_also_in_a_batch(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sales = [market.sale(channel, product, 1_000_00, "2026-01-15") for _ in range(3)]
    await market.receive(*sales)

    rows = await market.rows(
        "SELECT accrual_entry.event_id::text AS event_id, headers->>'ce_causationid' AS cause FROM accrual_entry"
        " JOIN outbox ON aggregate_id = accrual_entry.id"
    )
    assert len({row.event_id for row in rows}) == 3
    assert all(row.event_id == row.cause for row in rows)


async def test_a_redemption_in_a_later_month_claws_back_into_its_own_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-01-31")
    await market.receive(sale, market.redemption(sale, "2025-02-28"))

    assert await market.entries() == [
        ("accrue", 600_00, "2025-01", "2025-01"),
        ("clawback", -590_00, "2025-02", "2025-02"),
    ]
    assert (await market.kit.events())[-1] == "accrual.clawed_back"


async def test_a_redemption_before_its_subscription_is_kept_and_takes_effect_with_it(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-01-31")
    await market.receive(market.redemption(sale, "2025-02-28"))

    waiting = (await market.get("/v1/unaccrued-dealings"))["items"]
    assert [one["reason"] for one in waiting] == ["subscription_unknown"]

    await market.receive(sale)
    assert await market.totals() == {"2025-01": 600_00, "2025-02": -590_00}
    assert (await market.get("/v1/unaccrued-dealings"))["items"] == []


async def test_a_reversal_before_the_close_nets_to_zero_with_both_lines_visible(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale, market.reversal(sale))

    assert await market.entries() == [
        ("accrue", 600_00, "2026-01", "2026-01"),
        ("reverse", -600_00, "2026-01", "2026-01"),
    ]
    assert (await market.kit.events())[-1] == "accrual.reversed"


async def test_a_reversal_after_the_close_goes_into_the_open_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(sale)
    await market.close("2026-01")
    await market.receive(market.reversal(sale))

    assert (await market.entries())[-1] == ("reverse", -600_00, "2026-01", "2026-02")


async def test_a_reversal_known_before_its_subscription_keeps_it_from_earning(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2026-01-15")
    await market.receive(market.reversal(sale), sale)

    assert await market.entries() == []


async def test_a_late_sale_in_a_closed_month_is_earned_there_and_booked_in_the_open_one(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-31"))
    await market.close("2025-12")
    await market.close("2026-01")
    await market.receive(market.sale(channel, product, 50_000_00, "2025-12-31"))

    assert (await market.entries())[-1] == ("accrue", 300_00, "2025-12", "2026-02")


async def test_a_late_tiered_sale_books_the_difference_of_the_months_price(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    await market.receive(market.sale(channel, product, 1_000_000_00, "2025-12-30"))
    await market.close("2025-12")
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-31"))

    assert await market.entries() == [
        ("accrue", 3_000_00, "2025-12", "2025-12"),
        ("rerate_delta", 450_00, "2025-12", "2026-01"),
    ]


async def test_a_tiered_month_is_priced_on_the_volume_of_the_channel_in_the_product(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product, other, rules=[market.tiered])
    await market.receive(
        market.sale(channel, product, 900_000_00, "2026-01-10"),
        market.sale(channel, other, 900_000_00, "2026-01-10"),
        market.sale(channel, product, 200_000_00, "2026-01-20"),
        market.sale(channel, product, 200_000_00, "2026-02-20"),
    )

    assert [fen for _, fen, _, _ in await market.entries()] == [2_700_00, 2_700_00, 750_00, 600_00]


async def test_a_reversed_tiered_sale_lets_those_above_it_slide_down(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    first = market.sale(channel, product, 1_000_000_00, "2026-01-10")
    second = market.sale(channel, product, 200_000_00, "2026-01-20")
    await market.receive(first, second)
    await market.receive(market.reversal(first))

    assert await market.entries() == [
        ("accrue", 3_000_00, "2026-01", "2026-01"),
        ("accrue", 900_00, "2026-01", "2026-01"),
        ("reverse", -3_000_00, "2026-01", "2026-01"),
        ("rerate_delta", -300_00, "2026-01", "2026-01"),
    ]
    entries = (await market.get("/v1/accruals", dealing_id=second.dealing_id))["items"]
    for entry in entries:
        assert (await market.get(f"/v1/accruals/{entry['id']}/why"))["is_as_booked"]


async def test_fees_of_tiered_products_are_not_clawed_back(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    sale = market.sale(channel, product, 1_000_000_00, "2026-01-10")
    await market.receive(sale, market.redemption(sale, "2026-02-10"))

    assert [kind for kind, *_ in await market.entries()] == ["accrue"]


async def test_the_business_date_is_the_day_of_confirmation_in_shanghai(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    # 2026-10-31T16:00Z is the first minute of November in Shanghai: the house confirms on November 1.
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    sale = market.sale(channel, product, 100_000_00, business_date(midnight))
    await market.receive(sale.model_copy(update={"occurred_at": midnight}))

    assert await market.entries() == [("accrue", 600_00, "2026-11", "2026-11")]


async def test_a_direct_sale_earns_nobody_a_fee_and_is_not_listed(market: Any) -> None:
    product = await market.product()
    sale = market.sale(None, product, 100_000_00, "2026-01-15")
    await market.receive(sale, market.redemption(sale, "2026-02-10"))

    assert await market.entries() == []
    assert (await market.get("/v1/unaccrued-dealings"))["items"] == []


async def test_an_event_that_comes_twice_books_nothing_more(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.percent])
    sale = market.sale(channel, product, 100_000_00, "2025-01-15")
    back = market.redemption(sale, "2025-06-15")
    await market.receive(sale, back)
    before = await market.entries()
    await market.receive(sale, back, sale)
    await market.receive(market.reversal(back))
    gone = await market.entries()
    await market.receive(market.reversal(back))

    assert before == gone[: len(before)]
    assert await market.entries() == gone


async def test_two_entries_of_one_event_kind_and_place_cannot_both_stand(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    columns = "channel_id, rate_rule_id, product_id, bearer, dealing_id, client_id, event_id, kind, seq, base_fen,"
    columns += " exact, amount_fen, earned_period, booked_period, business_date, engine_version, inputs, recorded_at"
    sql = f"INSERT INTO accrual_entry (id, version, event_key, {columns})"
    sql += f" SELECT gen_random_uuid(), 1, event_key, {columns} FROM accrual_entry"

    with pytest.raises(DBAPIError) as refused:
        async with market.kit.database.transaction() as session:
            await session.execute(text(sql))
    assert isinstance(refused.value.orig, errors.UniqueViolation)


@pytest.mark.parametrize("change", ["UPDATE accrual_entry SET amount_fen = 0", "DELETE FROM accrual_entry"])
async def test_entries_are_never_changed_or_deleted(market: Any, change: str) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))

    with pytest.raises(DBAPIError, match="append-only"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(change))
    assert await market.entries() == [("accrue", 600_00, "2026-01", "2026-01")]


async def test_the_database_refuses_an_entry_in_a_closed_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    sql = "INSERT INTO accrual_entry SELECT (jsonb_populate_record(e, :other)).* FROM accrual_entry AS e"

    with pytest.raises(DBAPIError, match="closed month takes no entries"):
        async with market.kit.database.transaction() as session:
            await session.execute(text(sql), {"other": f'{{"id": "{new_id()}", "event_id": "{new_id()}"}}'})


class Oracle:
    """Counts the totals per month from the facts alone, in Fraction, sharing nothing with the service."""

    def __init__(self, percent: UUID, tiered: UUID) -> None:
        self.percent, self.tiered = percent, tiered

    @staticmethod
    def rounded(exact: Fraction) -> int:
        whole = int(abs(exact) + Fraction(1, 2))
        return whole if exact >= 0 else -whole

    def totals(self, sales: list[Any], redemptions: list[Any], reversed_ids: set[UUID]) -> dict[str, int]:
        months: Counter[str] = Counter()
        volume: Counter[str] = Counter()
        for sale in sales:
            if sale.dealing_id in reversed_ids:
                continue
            month = f"{sale.confirmed_on:%Y-%m}"
            if sale.product_id == self.tiered:
                volume[month] += sale.amount.fen
                continue
            fee = self.rounded(Fraction(sale.amount.fen) * Fraction("0.0060"))
            months[month] += fee
            mine = [r for r in redemptions if r.original_dealing_id == sale.dealing_id]
            months.update(self.clawed(sale, fee, [r for r in mine if r.dealing_id not in reversed_ids]))
        for month, fen in volume.items():
            layers = [(0, "0.0030"), (1_000_000_00, "0.0015"), (5_000_000_00, "0.0015")]
            months[month] += self.rounded(
                sum((max(fen - above, 0) * Fraction(more) for above, more in layers), Fraction(0))
            )
        return {month: fen for month, fen in months.items() if fen}

    def clawed(self, sale: Any, fee: int, redemptions: list[Any]) -> Counter[str]:
        months: Counter[str] = Counter()
        exact, before, left = Fraction(0), 0, sale.amount.fen
        for one in sorted(redemptions, key=lambda it: (it.confirmed_on, it.confirmation_number)):
            part = left if one.is_full else min(one.amount.fen, left)
            left -= part
            start, end = sale.confirmed_on, one.confirmed_on
            held = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
            exact += Fraction(fee * part * max(60 - held, 0), sale.amount.fen * 60)
            months[f"{end:%Y-%m}"] -= self.rounded(exact) - before
            before = self.rounded(exact)
        return months


@pytest.mark.parametrize("seed", range(6))
async def test_order_batches_and_duplicates_do_not_change_the_total_of_any_month(market: Any, seed: int) -> None:
    rng = random.Random(seed)
    percent, tiered = await market.product(), await market.product()
    channel = await market.selling(
        percent,
        tiered,
        rules=[{**market.percent, "product_id": str(percent)}, {**market.tiered, "product_id": str(tiered)}],
    )
    sales, redemptions, reversals = [], [], []
    for _ in range(25):
        product, fen = rng.choice([percent, percent, tiered]), rng.randint(1, 90_000_000)
        sale = market.sale(channel, product, fen, f"2025-{rng.randint(1, 3):02d}-{rng.randint(1, 28):02d}")
        sales.append(sale)
        for _ in range(rng.choice([0, 1, 1, 3])):
            on = f"2025-{rng.randint(4, 12):02d}-{rng.randint(1, 28):02d}"
            part = rng.randint(1, fen)
            redemptions.append(market.redemption(sale, on, fen=part, is_full=rng.random() < 0.3))
        if rng.random() < 0.15:
            reversals.append(market.reversal(sale))
    reversals += [market.reversal(one) for one in redemptions if rng.random() < 0.15]
    events = [*sales, *redemptions, *reversals]
    rng.shuffle(events)
    events += rng.sample(events, 5)
    expected = Oracle(percent, tiered).totals(
        sales, redemptions, {reversal.original_dealing_id for reversal in reversals}
    )

    size = rng.choice([1, 7, 500])
    for start in range(0, len(events), size):
        await market.receive(*events[start : start + size])

    assert {month: fen for month, fen in (await market.totals()).items() if fen} == expected
    explained = await market.rows("SELECT id FROM accrual_entry ORDER BY random() LIMIT 15")
    for row in explained:
        assert (await market.get(f"/v1/accruals/{row.id}/why"))["is_as_booked"]


async def test_a_thousand_sales_are_booked_in_few_statements(market: Any) -> None:
    product = await market.product()
    channels = [await market.selling(product, rules=[rule]) for rule in (market.percent, market.tiered)]
    sales = [market.sale(channels[n % 2], product, 1_000_00 + n, "2026-01-15") for n in range(1000)]
    await market.receive(*sales[:500])
    await market.receive(*sales[500:])

    tiered = sum(sale.amount.fen for sale in sales[1::2])
    percent = sum(int(Decimal(sale.amount.fen) * 6 / 1000 + Decimal("0.5")) for sale in sales[::2])
    assert await market.totals() == {"2026-01": percent + int(tiered * Decimal("0.0030") + Decimal("0.5"))}
