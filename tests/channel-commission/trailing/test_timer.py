"""Trailing fees are booked when a month is over, once, and follow what becomes known later."""

import asyncio
from typing import Any

RULE = {
    "kind": "trailing",
    "rate": "0.0100",
    "trailing": {"basis": "held_amount", "day_count": "actual_360"},
}


async def months(market: Any) -> dict[str, int]:
    rows = await market.rows(
        "SELECT earned_period, sum(amount_fen)::bigint AS fen FROM accrual_entry WHERE component = 'trailing'"
        " GROUP BY 1 ORDER BY 1"
    )
    return {row.earned_period: row.fen for row in rows}


async def test_a_month_is_closed_only_with_its_trailing_fees_and_each_is_booked_once(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[RULE, market.percent])
    await market.receive(market.sale(channel, product, 360_000_00, "2026-01-12"))
    refused = await market.close("2026-01", status=409)
    assert refused["code"] == "trailing_fees_pending"

    await asyncio.gather(market.trail(), market.trail())
    await market.trail()
    # 360,000.00 × 1 % / 360 are 10.00 a day: 20 days of January, 28 of February; upfront 0.60 %.
    assert await market.entries() == [
        ("accrue", 2_160_00, "2026-01", "2026-01"),
        ("accrue", 200_00, "2026-01", "2026-01"),
        ("accrue", 280_00, "2026-02", "2026-02"),
    ]
    await market.close("2026-01")
    await market.books_add_up()


async def test_a_redemption_heard_of_late_gives_back_the_days_after_it_in_the_open_month(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[RULE])
    sale = market.sale(channel, product, 360_000_00, "2026-01-12")
    await market.receive(sale)
    await market.trail()
    await market.close("2026-01")
    await market.receive(market.redemption(sale, "2026-01-22"))

    assert (await market.entries())[-2:] == [
        ("rerate_delta", -100_00, "2026-01", "2026-02"),
        ("rerate_delta", -280_00, "2026-02", "2026-02"),
    ]
    assert await months(market) == {"2026-01": 100_00, "2026-02": 0}


async def test_a_reversal_gives_back_every_month_of_a_holding(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[RULE, market.percent])
    sale = market.sale(channel, product, 360_000_00, "2026-01-12")
    await market.receive(sale)
    await market.trail()
    await market.receive(market.reversal(sale))

    assert await market.totals() == {"2026-01": 0, "2026-02": 0}
    corrected = await market.rows(
        "SELECT one.component = other.component AND one.earned_period = other.earned_period AS fits"
        " FROM accrual_entry one JOIN accrual_entry other ON other.id = one.corrects_entry_id"
        " WHERE one.kind = 'reverse'"
    )
    assert [row.fits for row in corrected] == [True, True, True]
    await market.trail()
    assert await market.totals() == {"2026-01": 0, "2026-02": 0}


async def test_a_suspended_channel_earns_no_trailing_fee_unless_the_card_says_so(market: Any) -> None:
    product, other = await market.product(), await market.product()
    goes_on = {**RULE["trailing"], "goes_on_when_suspended": True}  # type: ignore[dict-item]  # a rule's terms
    rules = [{**RULE, "product_id": str(product)}, {**RULE, "trailing": goes_on, "product_id": str(other)}]
    channel = await market.selling(product, other, rules=rules)
    await market.receive(*[market.sale(channel, one, 360_000_00, "2026-01-12") for one in (product, other)])
    await market.trail()
    await market.post("channel_manager", f"/v1/channels/{channel}/suspend", {"reason": "核查"})
    market.kit.now = market.kit.now.replace(month=4)
    await market.trail()

    # Suspended from March 2 on: one day of March, against all 31.
    assert (await months(market))["2026-03"] == 10_00 + 310_00


async def test_a_sale_heard_of_late_earns_its_past_months_in_the_open_one(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[RULE])
    await market.receive(market.sale(channel, product, 360_000_00, "2026-01-31"))
    await market.trail()
    await market.close("2026-01")
    await market.receive(market.sale(channel, product, 360_000_00, "2024-12-31"))
    await market.trail()

    late = [entry for entry in await market.entries() if entry[2] < "2026-01"]
    assert len(late) == 13
    assert {booked for *_, booked in late} == {"2026-02"}
