"""The order of events, batches and duplicates do not change the total of any month; an oracle in Fraction counts."""

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest


class Oracle:
    """Counts the totals per month from the facts alone, in Fraction, sharing nothing with the service."""

    def __init__(self, percent: UUID, tiered: UUID, rates: list[str]) -> None:
        self.percent, self.tiered = percent, tiered
        self.layers = [
            (above, Fraction(rate) - Fraction(before))
            for above, before, rate in zip((0, 1_000_000_00, 5_000_000_00), ["0", *rates], rates, strict=False)
        ]

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
            layers = (max(fen - above, 0) * more for above, more in self.layers)
            months[month] += self.rounded(sum(layers, Fraction(0)))
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
    rates = rng.choice([["0.0030", "0.0045", "0.0060"], ["0.0060", "0.0045", "0.0030"], ["0", "0.0060", "0"]])
    tiers = [{**tier, "rate": rate} for tier, rate in zip(market.tiered["tiers"], rates, strict=True)]
    channel = await market.selling(
        percent,
        tiered,
        rules=[
            {**market.percent, "product_id": str(percent)},
            {"kind": "marginal", "product_id": str(tiered), "tiers": tiers},
        ],
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
    expected = Oracle(percent, tiered, rates).totals(
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
