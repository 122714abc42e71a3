"""Draws: paid once, covered by later fees of the same books, open again when a statement becomes void."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

PAYMENT = {"paid_on": "2026-03-02", "reference": "ADV-1"}


async def propose(market: Any, channel: UUID, amount: str, *, status: int = 201, **fields: Any) -> Any:
    body = {"amount": {"amount": amount}, "reason": "旺季预付", **fields}
    return await market.post("finance", f"/v1/channels/{channel}/draws", body, status=status)


async def command(
    market: Any, draw: Any, name: str, body: Any = None, *, who: str = "second", status: int = 200
) -> Any:
    return await market.post("finance", f"/v1/draws/{draw['id']}/{name}", body, who=who, status=status)


async def paid(market: Any, channel: UUID, amount: str, *, reference: str = "ADV-1", **fields: Any) -> Any:
    draw = await propose(market, channel, amount, **fields)
    await command(market, draw, "approve")
    return await command(market, draw, "record-payment", {**PAYMENT, "reference": reference})


async def sold(market: Any, *months: str, bearer: str = "company") -> UUID:
    """Return a channel that earned 600.00 in each month, closed up to the last of them."""
    product = await market.product()
    channel: UUID = await market.selling(product, bearer=bearer)
    await market.receive(*[market.sale(channel, product, 100_000_00, f"{month}-15") for month in months])
    for month in months:
        await market.close(month)
    return channel


async def approve(market: Any, month: str) -> Any:
    statement = await market.statement(period=month)
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    return await market.statement(period=month)


async def left(market: Any, channel: UUID) -> list[str]:
    return [one["open"]["amount"] for one in (await market.get(f"/v1/channels/{channel}/draws"))["items"]]


def told(statement: Any) -> list[str]:
    return [statement[name]["amount"] for name in ("payable", "recovered", "payment")]


async def test_later_fees_cover_a_draw_until_nothing_is_left(market: Any) -> None:
    channel = await sold(market, "2025-12", "2026-01", "2026-02")
    draw = await paid(market, channel, "1000.00")
    assert (draw["status"], draw["open"]["amount"]) == ("paid", "1000.00")

    first = await approve(market, "2025-12")
    assert told(first) == ["600.00", "600.00", "0.00"]
    assert await left(market, channel) == ["400.00"]
    for name, body in [("record-payment", PAYMENT)]:
        refused = await market.command("finance", first, name, body, status=409)
        assert refused["code"] == "nothing_payable"
    file = await market.post("finance", "/v1/payment-files", {"statement_ids": [first["id"]]}, status=409)
    assert file["code"] in ("nothing_payable", "no_payee_account")
    await market.command("finance", first, "archive")
    assert told(await approve(market, "2026-01")) == ["600.00", "400.00", "200.00"]
    assert told(await approve(market, "2026-02")) == ["600.00", "0.00", "600.00"]
    assert await left(market, channel) == ["0.00"]
    await market.books_add_up()


async def test_several_draws_are_covered_the_oldest_first(market: Any) -> None:
    channel = await sold(market, "2026-01")
    for number, amount in enumerate(("500.00", "300.00")):
        await paid(market, channel, amount, reference=f"ADV-{number}")
    assert told(await approve(market, "2026-01")) == ["600.00", "600.00", "0.00"]
    assert await left(market, channel) == ["0.00", "200.00"]


async def test_what_is_not_paid_is_not_recovered_and_what_the_company_paid_no_plan_covers(market: Any) -> None:
    channel = await sold(market, "2026-01", bearer="trust_plan")
    await paid(market, channel, "100.00")
    approved = await propose(market, channel, "100.00", plan_id=str((await plans(market))[0]))
    await command(market, approved, "approve")
    assert told(await approve(market, "2026-01")) == ["600.00", "0.00", "600.00"]
    assert await left(market, channel) == ["100.00", "0.00"]
    await market.books_add_up()


async def test_a_plans_draw_is_covered_by_that_plan(market: Any) -> None:
    channel = await sold(market, "2026-01", bearer="trust_plan")
    await paid(market, channel, "100.00", plan_id=str((await plans(market))[0]))
    assert told(await approve(market, "2026-01")) == ["600.00", "100.00", "500.00"]
    await market.books_add_up()


async def plans(market: Any) -> list[UUID]:
    return [row.product_id for row in await market.rows("SELECT DISTINCT product_id FROM accrual_entry")]


async def test_a_void_statement_opens_the_draw_again(market: Any) -> None:
    channel = await sold(market, "2026-01")
    await paid(market, channel, "250.00")
    statement = await approve(market, "2026-01")
    await market.command("finance", statement, "void", {"reason": "费率有误"})
    assert await left(market, channel) == ["250.00"]
    await market.books_add_up()
    await market.close("2026-02")
    assert told(await approve(market, "2026-02")) == ["600.00", "250.00", "350.00"]
    await market.books_add_up()


async def test_approvals_at_once_cover_a_draw_once(market: Any) -> None:
    channel = await sold(market, "2025-12", "2026-01", "2026-02")
    await paid(market, channel, "1000.00")
    found = (await market.get("/v1/settlements"))["items"]
    for one in found:
        await market.to_confirmed(one)
        await market.to_invoiced(one)
    finance = market.staff("finance", "second")
    answers = await asyncio.gather(
        *[finance.post(f"/v1/settlements/{one['id']}/approve-payment", json={"digest": one["digest"]}) for one in found]
    )
    assert [answer.status_code for answer in answers] == [200] * 3
    assert sum(round(float(answer.json()["recovered"]["amount"]) * 100) for answer in answers) == 1000_00
    assert await left(market, channel) == ["0.00"]
    await market.books_add_up()


async def test_a_draw_is_paid_once_and_its_reference_serves_nothing_else(market: Any) -> None:
    channel = await sold(market, "2026-01")
    draw, other = [await propose(market, channel, "100.00") for _ in range(2)]
    for one in (draw, other):
        await command(market, one, "approve")
    finance = market.staff("finance")
    answers = await asyncio.gather(
        *[
            finance.post(f"/v1/draws/{draw['id']}/record-payment", json={**PAYMENT, "reference": f"ADV-{number}"})
            for number in range(4)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    (paid_one,) = [answer.json() for answer in answers if answer.status_code == 200]
    again = await command(
        market, other, "record-payment", {**PAYMENT, "reference": paid_one["payment_reference"]}, status=409
    )
    assert (again["code"], again["errors"][0]["pointer"]) == ("payment_used_before", "/reference")
    statement = await approve(market, "2026-01")
    body = {**PAYMENT, "reference": paid_one["payment_reference"]}
    assert (await market.command("finance", statement, "record-payment", body, status=409))[
        "code"
    ] == "payment_used_before"


async def test_two_people_decide_and_only_active_channels_get_one(market: Any) -> None:
    channel = await sold(market, "2026-01")
    draw = await propose(market, channel, "100.00")
    assert (await command(market, draw, "approve", who="first", status=409))["code"] == "second_person_needed"
    assert (await command(market, draw, "record-payment", PAYMENT, status=409))["allowed"] == ["approve", "refuse"]
    refused = await command(market, draw, "refuse", {"reason": "额度不足"})
    assert (refused["status"], refused["refusal"]) == ("refused", "额度不足")
    assert (await command(market, draw, "approve", status=409))["code"] == "draw_status_forbids"
    prospect = await market.prospect()
    assert (await propose(market, prospect["id"], "1.00", status=409))["code"] == "channel_not_active"
    for fields, pointer in [
        ({"amount": {"amount": "0.00"}}, "/amount"),
        ({"amount": {"amount": 1.0}}, "/amount/amount"),
    ]:
        body = {"reason": "旺季预付", **fields}
        problem = await market.post("finance", f"/v1/channels/{channel}/draws", body, status=422)
        assert problem["errors"][0]["pointer"] == pointer


async def test_what_is_paid_or_recovered_never_changes_and_channels_see_their_own(market: Any) -> None:
    channel = await sold(market, "2026-01")
    await paid(market, channel, "100.00")
    await approve(market, "2026-01")
    other = await market.prospect()
    caller = market.kit.channel(channel, "commission.read")
    assert len((await caller.get(f"/v1/channels/{channel}/draws")).json()["items"]) == 1
    assert (await caller.get(f"/v1/channels/{other['id']}/draws")).status_code == 404
    for change in (
        "UPDATE draw SET amount_fen = 1",
        "UPDATE draw SET status = 'approved', paid_on = NULL, payment_reference = NULL",
        "DELETE FROM draw_recovery",
        "UPDATE draw_recovery SET amount_fen = 1",
        "DELETE FROM bank_reference",
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            async with market.kit.database.transaction() as session:
                await session.execute(text(change))
