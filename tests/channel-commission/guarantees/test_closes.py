"""The least that a product earns: trued up at the close of its period, taken back by later fees as the card says."""

import random
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

FLOOR = {"amount": {"amount": "1000.00"}, "per": "month"}


async def seller(
    market: Any, product: UUID, *, cycle: str = "monthly", valid_from: str = "2021-01-01", **rule: Any
) -> UUID:
    """Return an active channel with a guarantee of 1,000.00 a month."""
    channel = await market.approved()
    card = {**market.percent, "product_id": str(product), "period_floor": FLOOR, **rule}
    await market.agreement(channel["id"], [card], cycle=cycle, valid_from=valid_from)
    await market.authorize(channel["id"], product)
    await market.activate(channel["id"], valid_from)
    return UUID(channel["id"])


async def guaranteed(market: Any) -> list[tuple[str, str, int]]:
    sql = "SELECT earned_period, booked_period, amount_fen FROM accrual_entry WHERE component = 'guarantee' ORDER BY id"
    return [tuple(row) for row in await market.rows(sql)]


async def test_what_is_missing_is_booked_at_the_close_with_or_without_sales(market: Any) -> None:
    product = await market.product()
    channel = await seller(market, product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-10"))
    await market.close("2025-12")
    await market.close("2026-01")

    assert await guaranteed(market) == [("2025-12", "2025-12", 400_00), ("2026-01", "2026-01", 1000_00)]
    found = (await market.get("/v1/settlements"))["items"]
    assert [one["closing"]["amount"] for one in found] == ["1000.00", "1000.00"]
    line = (await market.get(f"/v1/settlements/{found[1]['id']}/lines"))["items"][0]
    why = await market.get(f"/v1/accruals/{line['id']}/why")
    assert (line["kind"], line["dealing_id"], line["client_id"], why["dealing"]) == ("true_up", None, None, None)
    assert why["is_as_booked"]
    assert why["arithmetic"][0] == "期间保底 1000.00 × 31 / 31 天，期间佣金 0.00"
    await market.to_confirmed(found[1])
    for format in ("csv", "xlsx"):
        answer = await market.staff("finance").get(f"/v1/settlements/{found[1]['id']}/file", params={"format": format})
        assert answer.status_code == 200
    told = [event for type, event in await market.kit.outbox() if type == "channel-commission.accrual.trued_up.v1"]
    assert [one["amount"]["amount"] for one in told] == ["400.00", "1000.00"]
    await market.books_add_up()


@pytest.mark.parametrize("hour", [15, 16])
async def test_an_agreement_that_begins_on_the_eleventh_guarantees_the_rest_of_its_month(
    market: Any, hour: int
) -> None:
    """A case seen elsewhere: a true-up of a part month was wrong with a time zone."""
    product = await market.product()
    market.kit.now = market.kit.now.replace(month=1, day=11, hour=hour)
    await seller(market, product, valid_from="2026-01-11")
    market.kit.now = market.kit.now.replace(month=1, day=31, hour=hour, minute=0)
    answer = await market.staff("finance").post("/v1/periods/2026-01/close", json={})
    # 16:00Z is midnight in Shanghai.
    assert answer.status_code == (409 if hour == 15 else 200)
    if hour == 15:
        market.kit.now = market.kit.now.replace(month=2, day=1)
        await market.close("2026-01")

    # 21 of 31 days: 677.419…
    assert await guaranteed(market) == [("2026-01", "2026-01", 677_42)]


@pytest.mark.parametrize("is_taken_back", [True, False])
async def test_later_fees_of_the_period_take_it_back_as_the_card_says(market: Any, is_taken_back: bool) -> None:
    product = await market.product()
    floor = {**FLOOR, "taken_back_by_later_fees": is_taken_back}
    channel = await seller(market, product, period_floor=floor)
    await market.close("2025-12")
    late = market.sale(channel, product, 50_000_00, "2025-12-10")
    await market.receive(late, market.sale(channel, product, 500_000_00, "2026-01-10"))
    await market.close("2026-01")
    taken = [("2025-12", "2026-01", -300_00)] if is_taken_back else []
    assert await guaranteed(market) == [("2025-12", "2025-12", 1000_00), *taken]
    # A reversal makes it whole again where later fees count.
    await market.receive(market.reversal(late))
    await market.close("2026-02")

    again = [("2025-12", "2026-02", 300_00)] if is_taken_back else []
    months = [one for one in await guaranteed(market) if one[0] == "2025-12"]
    assert months == [("2025-12", "2025-12", 1000_00), *taken, *again]
    await market.books_add_up()


async def test_a_clawback_is_not_made_good_by_the_guarantee(market: Any) -> None:
    product = await market.product()
    channel = await seller(market, product)
    sale = market.sale(channel, product, 500_000_00, "2025-12-10")
    await market.receive(sale)
    await market.close("2025-12")
    await market.receive(market.redemption(sale, "2026-01-15"), market.sale(channel, product, 200_000_00, "2026-01-20"))
    await market.close("2026-01")

    assert await guaranteed(market) == []
    await market.books_add_up()


async def test_a_guarantee_of_a_year_is_trued_up_with_december(market: Any) -> None:
    product = await market.product()
    year = {"amount": {"amount": "12000.00"}, "per": "year"}
    channel = await seller(market, product, valid_from="2025-07-01", period_floor=year, cycle="quarterly")
    await market.receive(market.sale(channel, product, 100_000_00, "2025-10-10"))
    for month in (10, 11, 12):
        await market.close(f"2025-{month}")

    # 184 of 365 days of 12,000.00 are 6,049.32; 600.00 were earned.
    assert await guaranteed(market) == [("2025-12", "2025-12", 5449_32)]
    assert (await market.statement())["run"] == "quarterly"
    await market.books_add_up()


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"product_id": None}, "/rules/0/product_id"),
        ({"period_cap": {"amount": {"amount": "9.00"}, "per": "year"}}, "/rules/0/period_cap"),
        ({"period_floor": {**FLOOR, "per": "week"}}, "/rules/0/period_floor/per"),
        ({"period_floor": {**FLOOR, "amount": {"amount": "0.00"}}}, "/rules/0/period_floor/amount"),
    ],
)
async def test_a_guarantee_is_for_one_product_and_stands_alone(market: Any, fields: Any, pointer: str) -> None:
    product, channel = await market.product(), await market.approved()
    rule = {"kind": "percent", "rate": "0.0060", "product_id": str(product), "period_floor": FLOOR, **fields}
    body = {"channel_id": channel["id"], "number": "DX-1", "valid_from": "2021-01-01", "rules": [rule]}
    problem = await market.post("channel_manager", "/v1/agreements", body, status=422)

    assert problem["errors"][0]["pointer"].startswith(pointer)


async def test_what_tops_fees_up_cannot_be_disputed_itself(market: Any) -> None:
    product = await market.product()
    channel = await seller(market, product)
    await market.close("2025-12")
    statement = await market.statement()
    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("channel_manager", statement, "send")
    (line,) = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    body = {"digest": statement["digest"], "lines": [{"accrual_id": line["id"], "reason": "金额有误"}]}
    mine = market.kit.channel(channel, "commission.confirm")
    answer = await mine.post(f"/v1/settlements/{statement['id']}/dispute", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "line_is_no_fee")


@pytest.mark.parametrize("seed", range(3))
async def test_random_months_earn_their_fees_or_what_is_guaranteed(market: Any, seed: int) -> None:
    """Sales in time, late and taken back, closes in between; an oracle in Fraction counts each month."""
    rng = random.Random(seed)
    product = await market.product()
    channel = await seller(market, product, valid_from="2025-10-11")
    months = ["2025-10", "2025-11", "2025-12", "2026-01"]
    fees, sales = Counter[str](), []
    for close in months:
        for _ in range(rng.randint(0, 4)):
            month = rng.choice(months)
            sale = market.sale(channel, product, rng.randint(1, 20_000_000), f"{month}-{rng.randint(11, 28)}")
            sales.append(sale)
            fees[month] += int(Fraction(sale.amount.fen) * Fraction("0.006") + Fraction(1, 2))
            await market.receive(sale)
        if sales and rng.random() < 0.5:
            gone = sales.pop(rng.randrange(len(sales)))
            fees[f"{gone.confirmed_on:%Y-%m}"] -= int(Fraction(gone.amount.fen) * Fraction("0.006") + Fraction(1, 2))
            await market.receive(market.reversal(gone))
        await market.close(close)
        await market.books_add_up()
    await market.close("2026-02")
    await market.books_add_up()

    rows = await market.rows("SELECT earned_period, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1")
    found = {row.earned_period: row.fen for row in rows}
    for month in months:
        days = (date(2025, 11, 1) - date(2025, 10, 11)).days if month == "2025-10" else 31
        least = Fraction(1000_00 * days, 31)
        assert found.get(month, 0) == max(fees[month], int(least + Fraction(1, 2))), month
