"""Fees withheld: out of one month, into a later one, and what is earned in between goes on as if nothing were."""

import asyncio
from typing import Any

import pytest

from shared.ids import new_id


async def sold(market: Any, *, rules: Any = None) -> Any:
    product = await market.product()
    channel = await market.selling(product, rules=rules or [market.percent])
    sale = market.sale(channel, product, 100_000_00, "2025-12-15")
    await market.receive(sale)
    return sale


async def hold(market: Any, sale: Any, **more: Any) -> Any:
    body = {"dealing_id": str(sale.dealing_id), "reason": "双录资料核查"}
    return await market.post("compliance", "/v1/fee-holds", body, **{"status": 201, **more})


async def release(market: Any, held: Any, *, who: str = "second", **more: Any) -> Any:
    path = f"/v1/fee-holds/{held['id']}/release"
    return await market.post("compliance", path, {"reason": "核查无误"}, who=who, **more)


async def test_a_held_fee_goes_out_of_one_month_and_into_a_later_one(market: Any) -> None:
    sale = await sold(market)
    held = await hold(market, sale)
    await market.close("2025-12")
    await market.close("2026-01")
    await release(market, held)

    assert await market.entries() == [
        ("accrue", 600_00, "2025-12", "2025-12"),
        ("hold", -600_00, "2025-12", "2025-12"),
        ("release", 600_00, "2025-12", "2026-02"),
    ]
    assert (await market.statement(period="2025-12"))["payable"]["amount"] == "0.00"
    assert (await market.kit.events()).count("accrual.withheld") == 1
    await market.books_add_up()


async def test_a_hold_needs_another_person_to_end_it_and_ends_once(market: Any) -> None:
    held = await hold(market, await sold(market))

    assert (await release(market, held, who="first", status=409))["code"] == "second_person_needed"
    await release(market, held)
    assert (await release(market, held, status=409))["code"] == "hold_released"


async def test_a_dealing_is_held_once_and_only_where_something_is_booked(market: Any) -> None:
    sale = await sold(market)
    await hold(market, sale)

    assert (await hold(market, sale, status=409))["code"] == "fee_already_held"
    await market.receive(market.reversal(other := await sold(market)))
    assert (await hold(market, other, status=409))["code"] == "nothing_to_hold"
    unknown = await market.post(
        "compliance", "/v1/fee-holds", {"dealing_id": str(new_id()), "reason": "核查"}, status=404
    )
    assert unknown["code"] == "not_found"


async def test_a_clawback_of_a_held_fee_puts_back_what_is_not_paid_any_more_and_a_reversal_all(market: Any) -> None:
    sale = await sold(market)
    held = await hold(market, sale)
    back = market.redemption(sale, "2026-01-15")
    await market.receive(back)
    # Of 600.00 withheld only 10.00 would be paid by now: the rest is put back, so that nobody owes what was never paid.
    assert (await market.entries())[-2:] == [
        ("clawback", -590_00, "2026-01", "2026-01"),
        ("release", 590_00, "2025-12", "2025-12"),
    ]

    await market.receive(market.reversal(sale))
    assert sum((await market.totals()).values()) == 0
    assert (await market.entries())[-1][:2] == ("release", 10_00)
    await release(market, held)
    assert sum((await market.totals()).values()) == 0
    await market.books_add_up()


async def test_each_channel_that_shares_a_fee_is_held_with_its_share(market: Any) -> None:
    other = await market.selling()
    rules = [{**market.percent, "splits": [{"channel_id": str(other), "share": "0.25"}]}]
    held = await hold(market, await sold(market, rules=rules))
    rows = await market.rows("SELECT channel_id, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1")
    assert {row.fen for row in rows} == {0}

    await release(market, held)
    rows = await market.rows("SELECT channel_id, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1")
    assert sorted(row.fen for row in rows) == [150_00, 450_00]


@pytest.mark.parametrize("place", range(3))
async def test_a_hold_its_release_a_clawback_and_a_close_at_once_lose_and_double_nothing(
    market: Any, place: int
) -> None:
    sale = await sold(market)
    held = await hold(market, sale) if place else None
    caller, other = market.staff("compliance"), market.staff("compliance", "second")
    body = {"dealing_id": str(sale.dealing_id), "reason": "核查"}
    work = [
        market.receive(market.redemption(sale, "2026-01-15", fen=50_000_00, is_full=False)),
        market.close("2025-12"),
        *[caller.post("/v1/fee-holds", json=body) for _ in range(3)],
    ]
    if held:
        path = f"/v1/fee-holds/{held['id']}/release"
        work += [other.post(path, json={"reason": "核查无误"}) for _ in range(3)]
    answers = [one for one in await asyncio.gather(*work) if hasattr(one, "status_code")]

    assert {one.status_code for one in answers} <= {200, 201, 409}
    rows = await market.rows(
        "SELECT component, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1 ORDER BY 1"
    )
    found = {row.component: row.fen for row in rows}
    (still,) = await market.rows("SELECT count(*) AS n FROM fee_hold WHERE released_at IS NULL")
    assert found["upfront"] == 600_00 - 295_00
    assert found.get("withheld", 0) == (-305_00 if still.n else 0)
    await market.books_add_up()


async def test_what_is_withheld_of_a_tiered_month_does_not_change_what_later_sales_earn(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, rules=[market.tiered])
    first = market.sale(channel, product, 1_000_000_00, "2025-12-10")
    await market.receive(first)
    await hold(market, first)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-15"))

    assert (await market.entries())[-1] == ("accrue", 450_00, "2025-12", "2025-12")
