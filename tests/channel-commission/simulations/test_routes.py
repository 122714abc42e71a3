"""A simulated rate card earns exactly what it earns once it holds: the same functions, the same fen."""

import random
from typing import Any

import pytest

TIERS = [{"up_to": {"amount": "1000000.00"}, "rate": "0.0050"}, {"rate": "0.0070"}]
TRAILING = {"kind": "trailing", "rate": "0.0050", "trailing": {"basis": "held_amount", "day_count": "actual_365"}}
CARDS: dict[str, list[dict[str, Any]]] = {
    "whole": [{"kind": "whole", "tiers": TIERS}],
    "marginal": [{"kind": "marginal", "tiers": TIERS}],
    "capped": [{"kind": "percent", "rate": "0.0060", "period_cap": {"amount": {"amount": "9000.00"}, "per": "month"}}],
    "clawed": [{"kind": "flat", "amount": {"amount": "150.00"}, "clawback": {"form": "linear_days", "days": 400}}],
    "both": [{"kind": "percent", "rate": "0.0060"}, TRAILING],
}


async def simulate(market: Any, agreement: Any, version: int, first: str, last: str, **more: Any) -> Any:
    path = f"/v1/agreements/{agreement['id']}/rate-cards/{version}/simulate"
    return await market.post("finance", path, {"first": first, "last": last, **more.pop("body", {})}, **more)


def amounts(answer: Any, name: str) -> dict[str, str]:
    return {month["period"]: month[name]["amount"] for month in answer["months"] if month[name]["amount"] != "0.00"}


@pytest.mark.parametrize("name", CARDS)
async def test_what_is_simulated_is_what_is_booked_once_the_card_holds(market: Any, name: str) -> None:
    rng = random.Random(name)
    product, channel = await market.product(), await market.approved()
    agreement = await market.agreement(channel["id"], CARDS[name])
    await market.authorize(channel["id"], product)
    await market.activate(channel["id"], "2021-01-01")
    sales = [
        market.sale(
            channel["id"], product, rng.randint(1, 10**8), f"2025-{rng.randint(11, 12)}-{rng.randint(1, 28):02d}"
        )
        for _ in range(12)
    ]
    for sale in sales:
        await market.receive(sale)
    await market.receive(*[market.redemption(sale, "2026-01-15") for sale in sales[:5]], market.reversal(sales[7]))
    await market.trail()

    found = await simulate(market, agreement, 1, "2025-11", "2026-02")
    assert amounts(found, "booked") == amounts(found, "simulated") != {}
    assert found["difference"]["amount"] == "0.00"


async def test_a_draft_is_simulated_over_past_and_future_months_and_nothing_is_written(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    (agreement,) = (await market.get("/v1/agreements"))["items"]
    drafted = await market.post(
        "channel_manager",
        f"/v1/agreements/{agreement['id']}/rate-cards",
        {"valid_from": "2026-04-01", "rules": [{"kind": "percent", "rate": "0.0100"}]},
        status=201,
    )
    supposed = {"product_id": str(product), "amount": {"amount": "50000.00"}, "confirmed_on": "2026-06-01"}
    before = await market.entries(), await market.kit.count("dealing"), await market.kit.events()
    found = await simulate(market, drafted, 2, "2026-01", "2026-06", body={"sales": [supposed]})

    assert amounts(found, "booked") == {"2026-01": "600.00"}
    assert amounts(found, "simulated") == {"2026-01": "1000.00", "2026-06": "500.00"}
    assert found["difference"]["amount"] == "900.00"
    assert (await market.entries(), await market.kit.count("dealing"), await market.kit.events()) == before


async def test_sales_that_would_earn_nothing_are_told_with_their_reason(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product)
    (agreement,) = (await market.get("/v1/agreements"))["items"]
    supposed = {"product_id": str(other), "amount": {"amount": "50000.00"}, "confirmed_on": "2026-06-01"}
    found = await simulate(market, agreement, 1, "2026-06", "2026-06", body={"sales": [supposed]})

    assert found["not_earning"] == [
        {"reason": "product_not_authorized", "reason_zh": "确认日产品未授权该渠道代销", "sales": 1}
    ]
    assert channel


async def test_months_and_sales_out_of_range_are_refused_with_their_place(market: Any) -> None:
    product = await market.product()
    await market.selling(product)
    (agreement,) = (await market.get("/v1/agreements"))["items"]
    sale = {"product_id": str(product), "amount": {"amount": "1.00"}, "confirmed_on": "2026-07-01"}
    for first, last, body, pointer in [
        ("2026-06", "2026-05", {}, "/last"),
        ("2020-01", "2026-05", {}, "/last"),
        ("2026-05", "2026-06", {"sales": [sale]}, "/sales/0/confirmed_on"),
        ("2026-05", "2026-06", {"sales": [{**sale, "amount": {"amount": 1.5}}]}, "/sales/0/amount/amount"),
    ]:
        problem = await simulate(market, agreement, 1, first, last, body=body, status=422)
        assert problem["errors"][0]["pointer"] == pointer
