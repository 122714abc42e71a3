"""Void statements: what was not paid stands in the next one, line by line; what was paid stays."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

REASON = {"reason": "发票抬头有误，重新结算"}
STEPS = ["check", "send", "confirm", "record-invoice", "approve-payment", "record-payment"]


async def a_statement(market: Any) -> Any:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    return await market.statement(period="2026-01")


async def advance(market: Any, statement: Any, steps: list[str]) -> None:
    digest = {"digest": statement["digest"]}
    bodies = {
        "check": digest,
        "send": {},
        "confirm": {**digest, "evidence": "对账确认函"},
        "record-invoice": await market.invoice(statement) if "record-invoice" in steps else {},
        "approve-payment": digest,
        "record-payment": {"paid_on": "2026-03-02", "reference": f"PAY-{statement['period']}"},
    }
    for step in steps:
        role = "channel_manager" if step == "confirm" else "finance"
        who = "second" if step == "approve-payment" else "first"
        await market.command(role, statement, step, bodies[step], who=who)


@pytest.mark.parametrize("reached", range(len(STEPS)))
async def test_a_statement_is_void_at_any_step_before_payment_and_the_next_one_takes_its_lines(
    market: Any, reached: int
) -> None:
    first = await a_statement(market)
    await advance(market, first, STEPS[:reached])
    void = await market.command("finance", first, "void", REASON)
    mine = market.kit.channel(UUID(first["channel_id"]), "commission.read")
    assert (await mine.get(f"/v1/settlements/{first['id']}")).status_code == (200 if reached >= 2 else 404)
    assert (void["status"], void["void_into"], void["months"]) == ("void", "2026-02", ["2026-01"])
    await market.books_add_up()
    channel = first["channel_id"]
    (product,) = [row.product_id for row in await market.rows("SELECT product_id FROM accrual_entry")]
    await market.receive(market.sale(UUID(channel), product, 50_000_00, "2026-02-15"))
    await market.close("2026-02")

    second = await market.statement(period="2026-02")
    assert (second["months"], second["entries"], second["payable"]["amount"]) == (["2026-01", "2026-02"], 2, "900.00")
    assert (second["status"], second["checked_by"], second["payment_approved_by"]) == ("calculated", None, None)
    lines = (await market.get(f"/v1/settlements/{second['id']}/lines"))["items"]
    told = "\n".join(["0", *(f"{one['id']}:{one['amount']['amount'].replace('.', '')}" for one in lines)])
    assert hashlib.sha256(told.encode()).hexdigest() == second["digest"]
    why = await market.get(f"/v1/accruals/{lines[0]['id']}/why")
    assert why["settlement_id"] == second["id"]
    await advance(market, second, STEPS)
    await market.command("finance", second, "archive")
    await market.books_add_up()


async def test_what_is_paid_or_void_cannot_become_void(market: Any) -> None:
    statement = await a_statement(market)
    await advance(market, statement, STEPS)
    assert (await market.command("finance", statement, "void", REASON, status=409))["allowed"] == ["archive"]
    await market.command("finance", statement, "archive")
    assert (await market.command("finance", statement, "void", REASON, status=409))["allowed"] == []
    with pytest.raises(DBAPIError, match="cannot become void"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE statement SET status = 'void', void_into = '2026-02'"))


async def test_a_debt_is_carried_already_so_there_is_nothing_to_free(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    sale = market.sale(channel, product, 100_000_00, "2025-12-15")
    await market.receive(sale)
    await market.close("2025-12")
    await market.receive(market.redemption(sale, "2026-01-15"))
    await market.close("2026-01")
    debt = await market.statement(period="2026-01")

    assert (await market.command("finance", debt, "void", REASON, status=409))["code"] == "nothing_payable"
    await market.books_add_up()


async def test_a_void_one_taken_by_a_void_one_comes_with_all_its_lines(market: Any) -> None:
    await market.command("finance", await a_statement(market), "void", REASON)
    await market.close("2026-02")
    await market.command("finance", await market.statement(period="2026-02"), "void", REASON)
    await market.books_add_up()
    await market.close("2026-03", status=409)
    market.kit.now = market.kit.now.replace(month=4)
    await market.close("2026-03")

    third = await market.statement(period="2026-03")
    assert (third["months"], third["entries"], third["payable"]["amount"]) == (
        ["2026-01", "2026-02", "2026-03"], 1, "600.00",
    )  # fmt: skip
    await market.command("finance", third, "check", {"digest": third["digest"]})
    await market.books_add_up()


async def test_what_was_disputed_of_a_void_statement_stays_disputed_and_is_paid_once(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(*[market.sale(channel, product, fen, "2025-12-15") for fen in (100_000_00, 50_000_00)])
    await market.close("2025-12")
    first = await market.statement(period="2025-12")
    await advance(market, first, ["check", "send"])
    lines = (await market.get(f"/v1/settlements/{first['id']}/lines"))["items"]
    named = {"lines": [{"accrual_id": lines[1]["id"], "reason": "费率有误"}]}
    caller = market.kit.channel(channel, "commission.confirm", "commission.read")
    disputed = await caller.post(f"/v1/settlements/{first['id']}/dispute", json={"digest": first["digest"], **named})
    assert disputed.json()["payable"]["amount"] == "600.00"
    await market.command("finance", first, "void", REASON)
    assert (await caller.get(f"/v1/settlements/{first['id']}")).json()["status"] == "void"
    await market.close("2026-01")

    second = await market.statement(period="2026-01")
    assert [second[name]["amount"] for name in ("opening", "entries_total", "payable")] == ["0.00", "600.00", "600.00"]
    await advance(market, second, ["check", "send"])
    again = await caller.post(f"/v1/settlements/{second['id']}/dispute", json={"digest": second["digest"], **named})
    assert (again.status_code, again.json()["code"]) == (409, "line_disputed_before")
    await market.books_add_up()


async def test_of_voids_and_an_approval_at_once_the_entries_are_freed_once(market: Any) -> None:
    statement = await a_statement(market)
    await advance(market, statement, STEPS[:4])
    path, finance = f"/v1/settlements/{statement['id']}", [market.staff("finance", who) for who in ("second", "third")]
    answers = await asyncio.gather(
        *[caller.post(f"{path}/void", json=REASON) for caller in finance],
        finance[0].post(f"{path}/approve-payment", json={"digest": statement["digest"]}),
        market.staff("finance", "fourth").post("/v1/periods/2026-02/close", json={}),
    )

    assert sorted(answer.status_code for answer in answers[:2]) == [200, 409]
    assert [answers[3].status_code] == [200]
    (void,) = (await market.get("/v1/settlements", status="void"))["items"]
    assert len((await market.get("/v1/settlements", period=void["void_into"]))["items"]) == (
        1 if void["void_into"] == "2026-02" else 0
    )
    await market.books_add_up()


async def test_only_what_is_paid_or_has_nothing_to_pay_is_archived(market: Any) -> None:
    statement = await a_statement(market)
    await advance(market, statement, STEPS[:3])
    assert (await market.command("finance", statement, "archive", status=409))["code"] == "payment_outstanding"
