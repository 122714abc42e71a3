"""Invoices over statements: several, red-letter ones, each number once; no payment without all of them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ids import new_id


async def confirmed(market: Any, *fen: int) -> list[Any]:
    """Return confirmed statements of channels of their own."""
    product = await market.product()
    for amount in fen or (100_000_00,):
        channel = await market.selling(product)
        await market.receive(market.sale(channel, product, amount, "2026-01-15"))
    await market.close("2026-01")
    found = (await market.get("/v1/settlements", period="2026-01"))["items"]
    for one in found:
        await market.to_confirmed(one)
    return found  # type: ignore[no-any-return]  # JSON


async def record(market: Any, statement: Any, body: Any, *, status: int = 200) -> Any:
    return await market.command("finance", statement, "record-invoice", body, status=status)


async def red_letter(market: Any, invoice: Any, net: str, vat: str, *, status: int = 201, **fields: Any) -> Any:
    body = {
        "number": f"26312{next(market._numbers):015d}", "issued_on": "2026-03-02", "reason": "开票有误",
        "net": {"amount": net}, "vat": {"amount": vat}, **fields,
    }  # fmt: skip
    return await market.post("finance", f"/v1/invoices/{invoice['id']}/record-red-letter", body, status=status)


async def invoices(market: Any, statement: Any) -> list[Any]:
    return (await market.get(f"/v1/settlements/{statement['id']}/invoices"))["items"]  # type: ignore[no-any-return]  # JSON


async def approve(market: Any, statement: Any, *, status: int = 200, who: str = "second") -> Any:
    digest = {"digest": statement["digest"]}
    return await market.command("finance", statement, "approve-payment", digest, who=who, status=status)


def amounts(net: str, vat: str) -> dict[str, Any]:
    return {"net": {"amount": net}, "vat": {"amount": vat}}


async def test_several_invoices_make_up_a_statement_and_the_last_one_makes_it_invoiced(market: Any) -> None:
    (statement,) = await confirmed(market)
    first = await record(market, statement, await market.invoice(statement, **amounts("283.02", "16.98")))
    assert first["status"] == "confirmed"
    early = await approve(market, statement, status=409)
    assert (early["code"], early["allowed"]) == ("settlement_status_forbids", ["archive", "record-invoice", "void"])
    too_much = await record(
        market, statement, await market.invoice(statement, **amounts("283.03", "16.98")), status=422
    )
    assert too_much["differences"] == [{"field": "/net", "said": "300.01", "wanted": "with tax at most 300.00"}]

    second = await record(market, statement, await market.invoice(statement, **amounts("283.02", "16.98")))
    assert second["status"] == "invoiced"
    assert [one["total"]["amount"] for one in await invoices(market, statement)] == ["300.00", "300.00"]
    more = await record(market, statement, await market.invoice(statement), status=409)
    assert more["code"] == "invoices_complete"
    assert (await approve(market, statement))["payment"]["amount"] == "600.00"


async def test_what_differs_is_answered_field_by_field_and_nothing_is_kept(market: Any) -> None:
    (statement,) = await confirmed(market)
    wrong = await market.invoice(
        statement, buyer_name="信托有限公司", seller_uscc="91310000MA1FL0W27D", **amounts("566.03", "33.97")
    )
    refused = await record(market, statement, wrong, status=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("invoice_differs", "/buyer_name")
    assert [(one["field"], one["wanted"]) for one in refused["differences"]] == [
        ("/buyer_name", "（机构名称待录入）"), ("/seller_uscc", "9131000013221158XC"),
        ("/net", "566.04"), ("/vat", "33.96"),
    ]  # fmt: skip
    assert await invoices(market, statement) == []
    assert (await market.get(f"/v1/settlements/{statement['id']}"))["status"] == "confirmed"


async def test_a_number_serves_one_invoice_over_all_channels(market: Any) -> None:
    one, other = await confirmed(market, 100_000_00, 200_000_00)
    number = {"code": "3100234130", "number": "00012345"}
    await record(market, one, await market.invoice(one, **number))
    twice = await record(market, other, await market.invoice(other, **number), status=409)
    assert (twice["code"], twice["errors"][0]["pointer"]) == ("invoice_used_before", "/number")
    await record(market, other, await market.invoice(other, code="3100234131", number="00012345"))

    digital = {"number": "26312000000000999999"}
    third, fourth = [await market.invoice(one, **digital) for _ in range(2)]
    assert (await record(market, one, third, status=409))["code"] == "invoices_complete"
    (first, *_) = await invoices(market, one)
    await red_letter(market, first, "-566.04", "-33.96")
    answers = await asyncio.gather(
        *[
            market.staff("finance").post(f"/v1/settlements/{one['id']}/record-invoice", json=body)
            for body in (third, fourth)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_number_recorded_for_two_channels_at_once_is_kept_once(market: Any) -> None:
    statements = await confirmed(market, 100_000_00, 200_000_00)
    bodies = [await market.invoice(one, number="26312000000000999999") for one in statements]
    answers = await asyncio.gather(
        *[
            market.staff("finance").post(f"/v1/settlements/{one['id']}/record-invoice", json=body)
            for one, body in zip(statements, bodies, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await market.kit.count("invoice") == 1


async def test_a_red_letter_invoice_takes_the_payment_back_until_another_one_comes(market: Any) -> None:
    (statement,) = await confirmed(market)
    await market.to_invoiced(statement)
    (invoice,) = await invoices(market, statement)
    red = await red_letter(market, invoice, "-566.04", "-33.96")
    assert (red["red_letter_of"], red["total"]["amount"], red["buyer_name"]) == (
        invoice["id"],
        "-600.00",
        "（机构名称待录入）",
    )

    refused = await approve(market, statement, status=409)
    assert (refused["code"], refused["missing_net"], refused["missing_vat"]) == (
        "invoices_incomplete", "566.04", "33.96",
    )  # fmt: skip
    again = await red_letter(market, invoice, "-0.01", "0.00", status=409)
    assert again["code"] == "red_letter_not_possible"
    assert (await red_letter(market, red, "-0.01", "0.00", status=409))["code"] == "red_letter_not_possible"
    assert (await market.to_invoiced(statement))["status"] == "invoiced"
    await approve(market, statement)
    last = (await invoices(market, statement))[-1]
    assert (await red_letter(market, last, "-566.04", "-33.96", status=409))["state"] == "payment_approved"
    await market.books_add_up()


async def test_a_part_taken_back_is_what_the_next_invoice_is_over(market: Any) -> None:
    (statement,) = await confirmed(market)
    await market.to_invoiced(statement)
    (invoice,) = await invoices(market, statement)
    await red_letter(market, invoice, "-100.00", "-6.00")
    refused = await record(market, statement, await market.invoice(statement, **amounts("106.00", "0.00")), status=422)
    assert [one["field"] for one in refused["differences"]] == ["/net", "/vat"]
    await record(market, statement, await market.invoice(statement, **amounts("100.00", "6.00")))
    await approve(market, statement)


async def test_nobody_who_recorded_one_of_the_invoices_approves(market: Any) -> None:
    (statement,) = await confirmed(market)
    part = await market.invoice(statement, **amounts("283.02", "16.98"))
    await market.command("finance", statement, "record-invoice", part, who="third")
    rest = await market.invoice(statement, **amounts("283.02", "16.98"))
    await market.command("finance", statement, "record-invoice", rest, who="fourth")
    for who in ("third", "fourth"):
        assert (await approve(market, statement, who=who, status=409))["code"] == "second_person_needed"
    await approve(market, statement)


async def test_invoices_of_a_void_statement_are_taken_back_and_do_not_count_for_the_next_one(market: Any) -> None:
    (statement,) = await confirmed(market)
    await market.to_invoiced(statement)
    await market.command("finance", statement, "void", {"reason": "费率有误"})
    (invoice,) = await invoices(market, statement)
    await red_letter(market, invoice, "-566.04", "-33.96")
    await market.close("2026-02")
    following = await market.statement(period="2026-02")
    await market.to_confirmed(following)
    assert await invoices(market, following) == []
    await market.to_approved(following)
    await market.books_add_up()


async def test_a_branch_may_invoice_under_its_head_offices_code_and_none_without_any(market: Any) -> None:
    (statement,) = await confirmed(market)
    head = await market.prospect(name="江南银行", uscc="91310000MA1FL0W27D")
    body = await market.invoice(statement, seller_uscc="91310000MA1FL0W27D")
    assert (await record(market, statement, body, status=422))["errors"][0]["pointer"] == "/seller_uscc"
    async with market.kit.database.transaction() as session:
        wanted = {"head": head["id"], "id": statement["channel_id"]}
        await session.execute(text("UPDATE channel SET parent_id = :head, uscc = NULL WHERE id = :id"), wanted)
    await record(market, statement, body)


async def test_an_invoice_never_changes_and_channels_see_their_own(market: Any) -> None:
    one, other = await confirmed(market, 100_000_00, 200_000_00)
    await market.to_invoiced(one)
    caller = market.kit.channel(UUID(one["channel_id"]), "commission.read")
    assert len((await caller.get(f"/v1/settlements/{one['id']}/invoices")).json()["items"]) == 1
    assert (await caller.get(f"/v1/settlements/{other['id']}/invoices")).status_code == 404
    for change in ("UPDATE invoice SET net_fen = 1", "DELETE FROM invoice"):
        with pytest.raises(DBAPIError, match="never changes"):
            async with market.kit.database.transaction() as session:
                await session.execute(text(change))
    await red_letter(market, {"id": new_id()}, "-1.00", "-0.06", status=404)


BAD = [
    ({"number": "1"}, "/number"),
    ({"code": "1"}, "/code"),
    ({"seller_uscc": "9131000013221158XD"}, "/seller_uscc"),
    ({"net": {"amount": "-566.04"}}, "/net"),
    ({"net": {"amount": 566.04}}, "/net/amount"),
    ({"net": {"amount": "566.041"}}, "/net/amount"),
    ({"vat": {"amount": "-33.96"}}, "/vat"),
    ({"vat": {"amount": "33.96", "currency": "USD"}}, "/vat/currency"),
    ({"issued_on": "2026-02-30"}, "/issued_on"),
    ({"issued_on": "2026-03-03"}, "/issued_on"),
    ({"kind": "proforma"}, "/kind"),
    ({"tax": 1}, "/tax"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD)
async def test_bad_invoices_are_refused_with_their_field(market: Any, change: Any, pointer: str) -> None:
    (statement,) = await confirmed(market)
    refused = await record(market, statement, {**await market.invoice(statement), **change}, status=422)
    assert refused["errors"][0]["pointer"] == pointer
    assert await invoices(market, statement) == []
