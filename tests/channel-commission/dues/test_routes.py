"""A settlement that finds nothing says why (a case seen elsewhere: it silently looked at another month)."""

from typing import Any


async def why(market: Any, channel: Any, period: str) -> tuple[str, list[tuple[str, str | None, int | None]]]:
    found = await market.get(f"/v1/channels/{channel}/dues/{period}")
    assert all(one["code_zh"] for one in found["reasons"])
    reasons = [(one["code"], one["detail"], one["sales"]) for one in found["reasons"]]
    return found["payable"]["amount"], reasons


async def test_a_month_without_sales_and_one_not_closed_say_so(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    assert await why(market, channel, "2026-01") == ("0.00", [("no_sales", None, None), ("month_open", None, None)])
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    assert await why(market, channel, "2026-01") == ("0.00", [("month_open", None, None)])

    await market.close("2026-01")
    assert await why(market, channel, "2026-01") == ("600.00", [])


async def test_sales_that_earn_nothing_are_counted_by_their_reason(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product)
    taken_back = market.sale(channel, product, 100_000_00, "2026-01-20")
    await market.receive(market.sale(channel, other, 100_000_00, "2026-01-15"), taken_back)
    await market.receive(market.reversal(taken_back))
    await market.close("2026-01")

    reasons = [("sales_refused", "product_not_authorized", 1), ("sales_taken_back", None, 1)]
    assert await why(market, channel, "2026-01") == ("0.00", reasons)


async def test_what_waits_for_its_cycle_says_when_it_comes(market: Any) -> None:
    product, plan = await market.product(), await market.product()
    quarterly = await market.selling(product, cycle="quarterly")
    founder = await market.selling(plan, cycle="at_establishment")
    sales = [market.sale(quarterly, product, 100_000_00, "2025-11-10")]
    await market.receive(*sales, market.sale(founder, plan, 100_000_00, "2025-11-10"))
    for period in ("2025-10", "2025-11"):
        await market.close(period)
    assert await why(market, quarterly, "2025-11") == ("0.00", [("quarter_open", "2025-12", None)])
    assert await why(market, founder, "2025-11") == ("0.00", [("establishment_open", None, None)])

    await market.close("2025-12")
    await market.establish(plan)
    assert await why(market, quarterly, "2025-11") == ("600.00", [])
    assert await why(market, founder, "2025-11") == ("600.00", [])


async def test_what_is_late_withheld_or_owed_is_told(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale, held = (market.sale(channel, product, 100_000_00, "2025-12-10") for _ in range(2))
    await market.receive(sale)
    await market.close("2025-12")
    await market.receive(held, market.redemption(sale, "2026-01-15"))
    body = {"dealing_id": str(held.dealing_id), "reason": "双录资料核查"}
    await market.post("compliance", "/v1/fee-holds", body, status=201)
    await market.close("2026-01")

    assert await why(market, channel, "2025-12") == ("600.00", [("booked_later", None, None)])
    assert await why(market, channel, "2026-01") == ("0.00", [("withheld", None, None), ("debt", None, None)])


async def test_dues_are_read_by_staff_alone(market: Any) -> None:
    channel = await market.selling()
    mine = market.kit.channel(channel, "commission.read")

    assert (await mine.get(f"/v1/channels/{channel}/dues/2026-01")).status_code == 403
    assert (await market.staff("finance").get(f"/v1/channels/{channel}/dues/2026-13")).status_code == 422
