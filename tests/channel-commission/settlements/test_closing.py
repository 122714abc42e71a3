"""Closing months: once, in order, nothing twice and nothing lost, whatever happens at the same time."""

import asyncio
from typing import Any

import pytest


async def test_statements_are_kept_apart_by_bearer(market: Any) -> None:
    own, plan = await market.product(), await market.product()
    channel = await market.selling(own)
    await market.authorize(channel, plan, bearer="trust_plan")
    await market.receive(
        market.sale(channel, own, 100_000_00, "2026-01-15"), market.sale(channel, plan, 200_000_00, "2026-01-15")
    )
    closed = await market.close("2026-01")

    found = (await market.get("/v1/settlements", period="2026-01"))["items"]
    assert sorted((one["bearer"], one["product_id"], one["closing"]["amount"]) for one in found) == [
        ("company", None, "600.00"),
        ("trust_plan", str(plan), "1200.00"),
    ]
    assert (closed["statements"], closed["total"]["amount"]) == (2, "1800.00")


async def test_a_negative_balance_is_carried_until_fees_cover_it_and_never_paid(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-10-15")
    await market.receive(sale, market.redemption(sale, "2025-11-20"))
    await market.receive(market.sale(channel, product, 150_000_00, "2026-01-15"))
    for period in ("2025-10", "2025-11", "2025-12", "2026-01"):
        await market.close(period)

    found = (await market.get("/v1/settlements", channel_id=channel))["items"]
    rows = [
        [one[name]["amount"] for name in ("opening", "entries_total", "closing", "payable", "carried")] for one in found
    ]
    assert rows == [
        ["0.00", "600.00", "600.00", "600.00", "0.00"],
        ["0.00", "-590.00", "-590.00", "0.00", "-590.00"],
        ["-590.00", "0.00", "-590.00", "0.00", "-590.00"],
        ["-590.00", "900.00", "310.00", "310.00", "0.00"],
    ]
    told = [event for type, event in await market.kit.outbox() if type == "channel-commission.settlement.calculated.v1"]
    assert [(one["amount"]["amount"], one["payable"]["amount"]) for one in told] == [(row[1], row[3]) for row in rows]
    await market.to_confirmed(found[1])
    refused = await market.command(
        "finance", found[1], "record-invoice", await market.invoice(found[1], net={"amount": "1.00"}), status=409
    )
    assert refused["code"] == "nothing_payable"


async def test_months_are_closed_in_order_once_and_when_they_are_over(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-15"))

    async def refused(period: str) -> tuple[str, Any]:
        problem = await market.close(period, status=409)
        return problem["code"], problem.get("next")

    assert await refused("2026-01") == ("earlier_period_open", "2025-12")
    assert await refused("2026-03") == ("period_not_over", None)
    await market.close("2025-12")
    assert await refused("2025-12") == ("period_already_closed", None)
    assert await refused("2025-01") == ("period_already_closed", None)
    assert await refused("2026-02") == ("earlier_period_open", "2026-01")
    await market.close("2026-01")
    assert (await market.kit.events()).count("period.closed") == 2


@pytest.mark.parametrize("period", ["2026-13", "2026-1", "1999-01", "october"])
async def test_a_month_that_is_none_is_refused(market: Any, period: str) -> None:
    problem = await market.post("finance", f"/v1/periods/{period}/close", status=422)

    assert problem["errors"][0]["pointer"] == "/path/period"
    assert await market.kit.count("period") == 0


async def test_the_last_day_belongs_to_its_month_until_midnight_in_shanghai(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-03-31"))
    market.kit.now = market.kit.now.replace(month=3, day=31, hour=15, minute=59)
    assert (await market.close("2026-03", status=409))["code"] == "period_not_over"

    market.kit.now = market.kit.now.replace(hour=16, minute=0)
    assert (await market.close("2026-03"))["statements"] == 1


@pytest.mark.parametrize("clock", [(31, 15, 59), (31, 16, 0), (31, 23, 59)])
async def test_a_close_around_midnight_of_either_zone_makes_one_settlement(
    market: Any, clock: tuple[int, int, int]
) -> None:
    """A case seen elsewhere: "billed already" was compared in UTC, and the last evening was billed twice."""
    day, hour, minute = clock
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(*[market.sale(channel, product, 100_000_00, on) for on in ("2026-03-31", "2026-04-01")])
    market.kit.now = market.kit.now.replace(month=3, day=day, hour=hour, minute=minute)
    finance = market.staff("finance")
    answers = [(await finance.post("/v1/periods/2026-03/close", json={})).status_code for _ in range(2)]

    assert answers == ([409, 409] if hour == 15 else [200, 409])
    if hour == 15:
        market.kit.now = market.kit.now.replace(month=4, day=1, hour=0)
        await market.close("2026-03")
    statement = await market.statement(period="2026-03")
    assert (statement["entries"], statement["closing"]["amount"]) == (1, "600.00")


async def test_twenty_closes_at_once_make_one_settlement(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(*[market.sale(channel, product, 100_000_00, "2026-01-15") for _ in range(20)])
    finance = market.staff("finance")

    answers = await asyncio.gather(*[finance.post("/v1/periods/2026-01/close", json={}) for _ in range(20)])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert await market.kit.count("statement") == 1
    assert (await market.kit.events()).count("period.closed") == 1


async def test_entries_that_race_a_close_stand_in_it_or_in_the_next_month_never_in_both_or_neither(market: Any) -> None:
    product = await market.product()
    channels = [await market.selling(product, rules=[rule]) for rule in (market.percent, market.tiered)]
    sales = [market.sale(channels[n % 2], product, 100_000_00, "2026-01-15") for n in range(40)]
    await market.receive(sales[0], sales[1])

    async def intake(mine: list[Any]) -> None:
        for sale in mine:
            await market.receive(sale)

    await asyncio.gather(intake(sales[2:20]), intake(sales[20:]), market.close("2026-01"), return_exceptions=False)
    await market.close("2026-02")

    rows = await market.rows("SELECT booked_period, count(*) AS n FROM accrual_entry GROUP BY 1 ORDER BY 1")
    statements = (await market.get("/v1/settlements"))["items"]
    assert sum(row.n for row in rows) == len(sales) == sum(one["entries"] for one in statements)
    total = sum(int(one["entries_total"]["amount"].replace(".", "")) for one in statements)
    # 20 sales at 0.60 %; 2,000,000.00 of volume in tiers: 3,000.00 + 4,500.00.
    assert total == 20 * 600_00 + 7_500_00
