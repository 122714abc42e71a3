"""Disputed lines: they alone are not paid, and every fen of them comes in once it is decided, no sooner and no more."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id


async def sent(market: Any, *amounts: int, redeem: bool = False) -> tuple[Any, list[Any], Any]:
    """Return a sent statement of December 2025 over sales of these amounts, its lines, and its channel as a caller."""
    product = await market.product()
    channel = await market.selling(product)
    sales = [market.sale(channel, product, fen, "2025-12-10") for fen in amounts]
    await market.receive(*sales)
    if redeem:
        await market.receive(market.redemption(sales[0], "2025-12-20"))
    await market.close("2025-12")
    statement = await market.statement(period="2025-12")
    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("channel_manager", statement, "send")
    lines = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    return statement, lines, market.kit.channel(channel, "commission.confirm", "commission.read")


async def raise_dispute(caller: Any, statement: Any, *lines: Any, status: int = 200) -> Any:
    body = {"digest": statement["digest"], "lines": [{"accrual_id": one["id"], "reason": "费率有误"} for one in lines]}
    answer = await caller.post(f"/v1/settlements/{statement['id']}/dispute", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def decide(market: Any, corrected: str | None) -> Any:
    (found,) = (await market.get("/v1/line-disputes", status="open"))["items"]
    path = f"/v1/line-disputes/{found['id']}"
    money = None if corrected is None else {"amount": corrected}
    await market.post("channel_manager", f"{path}/answer", {"corrected": money, "answer": "已核对费率表"})
    return await market.post("finance", f"{path}/decide", who="second")


async def pay(market: Any, statement: Any, amount: str) -> None:
    await market.to_invoiced(statement)
    await market.command("finance", statement, "approve-payment", {"digest": statement["digest"]}, who="third")
    body = {"paid_on": "2026-03-02", "reference": "PAY-1"}
    paid = await market.command("finance", statement, "record-payment", body)
    assert (paid["status"], paid["payable"]["amount"]) == ("paid", amount)


@pytest.mark.parametrize(("corrected", "total"), [(None, "300.00"), ("850.00", "850.00"), ("0.00", "0.00")])
async def test_the_undisputed_lines_are_paid_and_the_disputed_one_when_it_is_decided(
    market: Any, corrected: str | None, total: str
) -> None:
    statement, lines, channel = await sent(market, 100_000_00, 50_000_00)
    disputed = await raise_dispute(channel, statement, lines[1])
    assert [disputed[name]["amount"] for name in ("closing", "held", "payable", "carried")] == [
        "900.00", "300.00", "600.00", "300.00",
    ]  # fmt: skip
    await pay(market, statement, "600.00")
    await market.close("2026-01")
    waiting = await market.statement(period="2026-01")
    assert [waiting[name]["amount"] for name in ("opening", "entries_total", "payable")] == [
        "300.00",
        "-300.00",
        "0.00",
    ]

    decided = await decide(market, corrected)
    assert decided["status"] == ("rejected" if corrected is None else "accepted")
    await market.receive()
    await market.close("2026-02")
    found = (await market.get("/v1/settlements", period="2026-02"))["items"]
    assert [one["payable"]["amount"] for one in found] == [total]
    await market.books_add_up()


async def test_a_disputed_deduction_stays_deducted_and_what_is_too_much_of_it_comes_back(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00, 100_000_00, redeem=True)
    (deduction,) = [line for line in lines if line["kind"] == "clawback"]
    disputed = await raise_dispute(channel, statement, deduction)
    assert (disputed["held"]["amount"], disputed["payable"]["amount"]) == ("0.00", "600.00")

    await decide(market, "-100.00")
    assert (await market.entries())[-1] == ("adjust", 500_00, "2025-12", "2026-01")
    await market.books_add_up()


async def test_no_more_is_held_than_would_be_paid(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00, 1_000_00, redeem=True)
    disputed = await raise_dispute(channel, statement, *[line for line in lines if line["kind"] == "accrue"])

    # Fees of 606.00 and a deduction of 600.00: 6.00 would be paid.
    assert [disputed[name]["amount"] for name in ("closing", "held", "payable", "carried")] == [
        "6.00", "6.00", "0.00", "6.00",
    ]  # fmt: skip
    refused = await market.command(
        "finance", statement, "record-invoice", await market.invoice(statement, net={"amount": "6.00"}), status=409
    )
    assert refused["code"] == "nothing_payable"
    await market.close("2026-01")
    # The lines are out: what was deducted is a debt until they are decided.
    assert (await market.statement(period="2026-01"))["closing"]["amount"] == "-600.00"
    await market.books_add_up()


async def test_an_answer_is_decided_by_another_person_and_once(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00)
    await raise_dispute(channel, statement, lines[0])
    (found,) = (await channel.get("/v1/line-disputes")).json()["items"]
    path = f"/v1/line-disputes/{found['id']}"
    assert (await market.post("finance", f"{path}/decide", status=409))["allowed"] == ["answer"]
    await market.post("finance", f"{path}/answer", {"answer": "按合同计提"})
    assert (await market.post("finance", f"{path}/decide", status=409))["code"] == "second_person_needed"

    others = [market.staff("finance", who) for who in ("second", "third", "fourth")]
    answers = await asyncio.gather(*[caller.post(f"{path}/decide", json={}) for caller in others])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert [kind for kind, *_ in await market.entries()] == ["accrue", "hold", "release"]


async def test_confirming_and_disputing_at_once_one_of_both_takes_effect(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00)
    path = f"/v1/settlements/{statement['id']}"
    dispute = {"digest": statement["digest"], "lines": [{"accrual_id": lines[0]["id"], "reason": "费率有误"}]}
    answers = await asyncio.gather(
        channel.post(f"{path}/confirm", json={"digest": statement["digest"]}),
        channel.post(f"{path}/dispute", json=dispute),
        channel.post(f"{path}/dispute", json=dispute),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    disputes = (await market.get("/v1/line-disputes"))["items"]
    assert len(await market.entries()) == 1 + len(disputes) <= 2
    await market.books_add_up()


async def test_lines_of_others_and_lines_named_twice_are_refused_with_their_place(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00)
    for named, pointer in [(lines * 2, "/lines/1/accrual_id"), ([{"id": str(new_id())}], "/lines/0/accrual_id")]:
        problem = await raise_dispute(channel, statement, *named, status=422)
        assert problem["errors"][0]["pointer"] == pointer
    stranger = market.kit.channel(new_id(), "commission.confirm")
    await raise_dispute(stranger, statement, lines[0], status=404)
    await raise_dispute(market.staff("channel_manager"), statement, lines[0], status=422)

    assert await market.kit.count("line_dispute") == 0
    assert len(await market.entries()) == 1
    assert UUID(statement["channel_id"])


async def test_a_fee_does_not_become_a_deduction_and_a_deduction_does_not_grow(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00, redeem=True)
    await raise_dispute(channel, statement, *lines)
    for found in (await market.get("/v1/line-disputes"))["items"]:
        wrong = "-0.01" if found["held"]["amount"] != "0.00" else "-600.01"
        body = {"corrected": {"amount": wrong}, "answer": "已核对"}
        problem = await market.post("finance", f"/v1/line-disputes/{found['id']}/answer", body, status=422)
        assert problem["errors"][0]["pointer"] == "/corrected"


async def test_a_statement_is_not_archived_before_its_disputed_lines_are_decided(market: Any) -> None:
    statement, lines, channel = await sent(market, 100_000_00, 50_000_00)
    await raise_dispute(channel, statement, lines[1])
    await pay(market, statement, "600.00")
    refused = await market.command("finance", statement, "archive", status=409)
    assert (refused["code"], refused["open"]) == ("dispute_open", 1)
    assert (await market.get(f"/v1/settlements/{statement['id']}"))["status"] == "paid"

    await decide(market, None)
    assert (await market.command("finance", statement, "archive"))["status"] == "archived"
