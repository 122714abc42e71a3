"""Agreements that settle by the month, by the quarter and at the establishment of a plan, beside each other."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

REASON = {"reason": "发票抬头有误，重新结算"}


async def shown(market: Any, **query: Any) -> list[tuple[str, str, list[str], str, str]]:
    """Return month, run, months covered, opening and closing of statements, in their order of birth."""
    found = (await market.get("/v1/settlements", **query))["items"]
    return [
        (one["period"], one["run"], one["months"], one["opening"]["amount"], one["closing"]["amount"]) for one in found
    ]


async def test_a_quarterly_agreement_settles_three_months_in_one_statement(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="quarterly")
    await market.receive(*[market.sale(channel, product, 100_000_00, f"2025-{month}-10") for month in (10, 11, 12)])
    for period in ("2025-10", "2025-11"):
        assert (await market.close(period))["statements"] == 0
        await market.books_add_up()
    closed = await market.close("2025-12")

    assert (closed["statements"], closed["total"]["amount"]) == (1, "1800.00")
    quarter = ["2025-10", "2025-11", "2025-12"]
    assert await shown(market) == [("2025-12", "quarterly", quarter, "0.00", "1800.00")]
    statement = await market.statement()
    lines = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    assert [line["booked_period"] for line in lines] == quarter
    assert (await market.get(f"/v1/accruals/{lines[0]['id']}/why"))["settlement_id"] == statement["id"]
    await market.to_confirmed(statement)
    await market.books_add_up()


async def test_what_is_known_late_stands_in_the_next_statement_of_the_same_cycle(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="quarterly")
    sale = market.sale(channel, product, 100_000_00, "2025-07-10")
    await market.receive(sale)
    for period in ("2025-07", "2025-08", "2025-09"):
        await market.close(period)
    # A late sale of the closed quarter, a clawback, and a sale that is taken back, all booked in October.
    await market.receive(market.sale(channel, product, 50_000_00, "2025-08-20"))
    await market.receive(market.redemption(sale, "2025-10-15"))
    await market.receive(market.reversal(market.sale(channel, product, 10_000_00, "2025-09-01")))
    for period in ("2025-10", "2025-11", "2025-12"):
        await market.close(period)

    assert [row[:1] + row[3:] for row in await shown(market)] == [
        ("2025-09", "0.00", "600.00"),
        # 300.00 of the late sale; of the 600.00 held for 3 of 60 months 570.00 go back.
        ("2025-12", "0.00", "-270.00"),
    ]
    await market.books_add_up()
    await market.receive(market.sale(channel, product, 100_000_00, "2026-02-10"))
    for period in ("2026-01", "2026-02"):
        await market.close(period)
    market.kit.now = market.kit.now.replace(month=4, day=2)
    await market.close("2026-03")
    assert (await shown(market))[-1][3:] == ("-270.00", "330.00")
    await market.books_add_up()


async def test_fees_of_different_cycles_are_never_netted(market: Any) -> None:
    """A debt of the monthly agreement is not taken from what the quarterly one earned, nor the other way round."""
    monthly, quarterly = await market.product(), await market.product()
    channel = await market.selling(monthly, rules=[{**market.percent, "product_id": str(monthly)}])
    card = [{**market.percent, "product_id": str(quarterly)}]
    await market.agreement(channel, card, cycle="quarterly")
    await market.authorize(channel, quarterly)
    sale = market.sale(channel, monthly, 100_000_00, "2025-10-10")
    await market.receive(sale, market.sale(channel, quarterly, 200_000_00, "2025-11-10"))
    await market.close("2025-10")
    await market.receive(market.redemption(sale, "2025-11-10"))
    await market.close("2025-11")
    await market.close("2025-12")

    assert [row[:2] + row[3:] for row in await shown(market)] == [
        ("2025-10", "monthly", "0.00", "600.00"),
        ("2025-11", "monthly", "0.00", "-590.00"),
        ("2025-12", "monthly", "-590.00", "-590.00"),
        ("2025-12", "quarterly", "0.00", "1200.00"),
    ]
    await market.books_add_up()


async def test_an_establishment_is_settled_without_waiting_for_the_month(market: Any) -> None:
    product, other = await market.product(), await market.product()
    channel = await market.selling(product, other, cycle="at_establishment")
    sale = market.sale(channel, product, 100_000_00, "2026-02-27")
    await market.receive(sale, market.sale(channel, other, 70_000_00, "2026-02-27"))
    waiting = (await market.get("/v1/establishments"))["items"]
    assert [(one["product_id"], one["established_on"], one["total"]["amount"]) for one in waiting] == sorted(
        [(str(product), "2026-02-27", "600.00"), (str(other), "2026-02-27", "420.00")]
    )
    closed = await market.establish(product)

    assert (closed["period"], closed["statements"], closed["total"]["amount"]) == ("2026-03", 1, "600.00")
    assert await shown(market) == [("2026-03", "at_establishment", ["2026-02"], "0.00", "600.00")]
    statement = await market.statement()
    assert (statement["bearer"], statement["product_id"]) == ("company", str(product))
    await market.to_confirmed(statement)
    assert (await market.establish(product, status=409))["code"] == "establishment_closed"
    assert len((await market.get("/v1/establishments"))["items"]) == 1
    await market.books_add_up()
    # What follows goes month by month: a sale of the open plan, and a clawback.
    await market.receive(market.sale(channel, product, 30_000_00, "2026-02-28"), market.redemption(sale, "2026-02-28"))
    await market.close("2026-02")
    assert (await shown(market))[1:] == [("2026-02", "after_establishment", ["2026-02"], "0.00", "-420.00")]
    # The other plan waits for its own establishment, whatever month is closed.
    await market.books_add_up()
    assert (await market.establish(other))["total"]["amount"] == "420.00"
    await market.books_add_up()


async def test_an_establishment_has_something_to_settle_and_its_day_is_over(market: Any) -> None:
    product, monthly = await market.product(), await market.product()
    channel = await market.selling(product, cycle="at_establishment")
    seller = await market.selling(monthly)
    await market.receive(market.sale(seller, monthly, 100_000_00, "2026-02-27"))
    assert (await market.establish(monthly, status=409))["code"] == "nothing_at_establishment"
    assert (await market.establish(product, status=409))["code"] == "nothing_at_establishment"
    await market.receive(market.sale(channel, product, 100_000_00, "2026-03-02"))

    refused = await market.establish(product, status=409)
    assert (refused["code"], refused["established_on"]) == ("establishment_not_over", "2026-03-02")
    market.kit.now = market.kit.now.replace(day=3)
    await market.establish(product)


async def test_twenty_closes_of_an_establishment_at_once_make_one_statement(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="at_establishment")
    await market.receive(*[market.sale(channel, product, 100_000_00, "2026-02-27") for _ in range(5)])
    finance = market.staff("finance")
    path = f"/v1/establishments/{product}/close"

    async def intake() -> None:
        for _ in range(10):
            await market.receive(market.sale(channel, product, 100_000_00, "2026-02-27"))

    answers = await asyncio.gather(*[finance.post(path, json={}) for _ in range(20)], intake())

    assert sorted(answer.status_code for answer in answers[:-1]) == [200] + [409] * 19
    await market.close("2026-02")
    statements = (await market.get("/v1/settlements"))["items"]
    assert sum(one["entries"] for one in statements) == 15
    await market.books_add_up()


@pytest.mark.parametrize("disputed", [False, True])
async def test_a_void_statement_of_an_establishment_is_made_anew_at_once(market: Any, disputed: bool) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="at_establishment", bearer="trust_plan")
    await market.receive(*[market.sale(channel, product, fen, "2026-02-27") for fen in (100_000_00, 50_000_00)])
    await market.establish(product)
    first = await market.statement()
    digest = {"digest": first["digest"]}
    await market.command("finance", first, "check", digest)
    await market.command("channel_manager", first, "send")
    if disputed:
        line = (await market.get(f"/v1/settlements/{first['id']}/lines"))["items"][0]
        lines = [{"accrual_id": line["id"], "reason": "费率有误"}]
        mine = market.kit.channel(channel, "commission.confirm")
        answer = await mine.post(f"/v1/settlements/{first['id']}/dispute", json={**digest, "lines": lines})
        assert answer.status_code == 200, answer.text
        await market.books_add_up()
    await market.command("finance", first, "void", REASON)
    await market.books_add_up()

    (second,) = (await market.get("/v1/settlements", status="calculated"))["items"]
    assert (second["run"], second["months"], second["entries"]) == ("at_establishment", ["2026-02"], 2)
    assert second["payable"]["amount"] == ("300.00" if disputed else "900.00")
    why = await market.get(f"/v1/accruals/{(await market.rows('SELECT id FROM accrual_entry ORDER BY id'))[0].id}/why")
    assert why["settlement_id"] == second["id"]
    await market.to_confirmed(second)
    # What was disputed is decided in the months after.
    for open in (await market.get("/v1/line-disputes"))["items"]:
        await market.post("channel_manager", f"/v1/line-disputes/{open['id']}/answer", {"answer": "已核对费率表"})
        await market.post("finance", f"/v1/line-disputes/{open['id']}/decide", who="second")
    market.kit.now = market.kit.now.replace(month=4)
    for period in ("2026-02", "2026-03"):
        await market.close(period)
    later = [one for one in (await market.get("/v1/settlements"))["items"] if one["run"] == "after_establishment"]
    # In the month of the statement: out and back in again, and what was held of the statement is paid with it.
    assert [one["payable"]["amount"] for one in later] == (["600.00"] if disputed else [])
    await market.books_add_up()


async def test_a_void_quarterly_statement_is_taken_by_the_next_close_not_by_the_next_quarter(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="quarterly")
    await market.receive(market.sale(channel, product, 100_000_00, "2025-11-10"))
    for period in ("2025-10", "2025-11", "2025-12"):
        await market.close(period)
    await market.command("finance", await market.statement(), "void", REASON)
    await market.receive(market.sale(channel, product, 50_000_00, "2026-01-10"))
    await market.close("2026-01")

    quarter = ["2025-10", "2025-11", "2025-12"]
    assert (await shown(market))[1:] == [("2026-01", "quarterly", quarter, "0.00", "600.00")]
    await market.to_confirmed((await market.get("/v1/settlements", status="calculated"))["items"][0])
    await market.books_add_up()
    market.kit.now = market.kit.now.replace(month=4, day=2)
    for period in ("2026-02", "2026-03"):
        await market.close(period)
    assert (await shown(market))[2:] == [("2026-03", "quarterly", ["2026-01", "2026-02", "2026-03"], "0.00", "300.00")]
    await market.books_add_up()


async def test_upfront_at_establishment_and_trailing_by_the_quarter_stay_apart_under_a_hold(market: Any) -> None:
    """Two agreements of one channel over the same sale; what is withheld goes out of each by its own statements."""
    product = await market.product()
    channel = await market.selling(product, cycle="at_establishment")
    terms = {"basis": "held_amount", "day_count": "actual_365"}
    card = [{"kind": "trailing", "rate": "0.0365", "trailing": terms}]
    await market.agreement(channel, card, cycle="quarterly")
    sale = market.sale(channel, product, 100_000_00, "2025-12-22")
    await market.receive(sale)
    await market.trail()
    held = await market.post(
        "compliance", "/v1/fee-holds", {"dealing_id": str(sale.dealing_id), "reason": "双录资料核查"}, status=201
    )
    rows = await market.rows("SELECT run, component, sum(amount_fen)::bigint AS fen FROM accrual_entry GROUP BY 1, 2")
    # December 22 to February 28: 10 + 31 + 28 days at 10.00.
    assert sorted(tuple(row) for row in rows) == [
        ("at_establishment", "upfront", 600_00),
        ("at_establishment", "withheld", -600_00),
        ("quarterly", "trailing", 690_00),
        ("quarterly", "withheld", -690_00),
    ]
    await market.books_add_up()
    await market.establish(product)
    await market.post("compliance", f"/v1/fee-holds/{held['id']}/release", {"reason": "核查无误"}, who="second")
    for period in ("2025-12", "2026-01", "2026-02"):
        await market.close(period)
        await market.books_add_up()
    found = {(row[0], row[1], row[4]) for row in await shown(market)}
    # The quarter takes its own 100.00 of December; the rest of the trailing fee is of the next one.
    assert found == {
        ("2026-03", "at_establishment", "0.00"),
        ("2025-12", "after_establishment", "600.00"),
        ("2025-12", "quarterly", "100.00"),
    }


async def test_the_cycle_of_an_agreement_is_chosen_once(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product, cycle="quarterly")
    (agreement,) = (await market.get("/v1/agreements", channel_id=channel))["items"]
    assert (agreement["cycle"], agreement["cycle_zh"]) == ("quarterly", "按季结算")

    with pytest.raises(DBAPIError, match="chosen once"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE agreement SET cycle = 'monthly'"))
    body = {
        "channel_id": str(channel), "number": "DX-9999", "valid_from": "2021-01-01",
        "cycle": "after_establishment", "rules": [market.percent],
    }  # fmt: skip
    problem = await market.post("channel_manager", "/v1/agreements", body, status=422)
    assert problem["errors"][0]["pointer"] == "/cycle"
    assert UUID(agreement["channel_id"]) == channel
