"""Postings from accrual to payment, and exports: each posting once, in the books of one bearer."""

import asyncio
import csv
import hashlib
import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.ids import new_id


async def closed(market: Any, *, bearer: str = "company", fen: int = 100_000_00) -> tuple[Any, UUID]:
    """Return the statement of January 2026 of a channel that sold a product, and the product."""
    product = await market.product()
    channel = await market.selling(product, bearer=bearer)
    await market.payee(channel)
    await market.receive(market.sale(channel, product, fen, "2026-01-15"))
    await market.close("2026-01")
    return await market.statement(period="2026-01", channel_id=str(channel)), product


async def postings(market: Any, key: str) -> list[tuple[str, str, str]]:
    found = (await market.get("/v1/postings", txn_key=key))["items"]
    return [(one["debit"], one["credit"], one["amount"]["amount"]) for one in found]


def accrual(statement: Any) -> str:
    """Return the key of what the month of a statement accrued."""
    books = statement["product_id"] if statement["bearer"] == "trust_plan" else "company"
    return f"accrual:{statement['period']}:{statement['channel_id']}:{books}"


async def export(market: Any, *, status: int = 201, **body: Any) -> Any:
    return await market.post("finance", "/v1/voucher-exports", {"through": "2026-12-31", **body}, status=status)


async def content(market: Any, made: Any) -> bytes:
    answer = await market.staff("finance").get(f"/v1/voucher-exports/{made['id']}/content")
    assert answer.headers["etag"] == f'"{made["digest"]}"'
    return answer.content  # type: ignore[no-any-return]  # bytes


async def pay(market: Any, statement: Any) -> None:
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    payment = {"paid_on": "2026-03-02", "reference": f"PAY-{statement['id']}"}
    await market.command("finance", statement, "record-payment", payment)


async def test_a_fee_is_posted_when_accrued_when_owed_and_when_paid(market: Any) -> None:
    statement, product = await closed(market)
    assert await postings(market, accrual(statement)) == [("expense", "accrued", "600.00")]
    await pay(market, statement)
    assert await postings(market, f"settlement:{statement['id']}") == [
        ("accrued", "payable", "600.00"), ("input_tax", "expense", "33.96"),
    ]  # fmt: skip
    assert await postings(market, f"payment:{statement['id']}") == [("payable", "bank", "600.00")]
    accrued, owed, *_ = (await market.get("/v1/postings"))["items"]
    assert (accrued["product_id"], accrued["effective_on"], accrued["debit_account"]) == (
        str(product), "2026-01-31", "6421",
    )  # fmt: skip
    assert (owed["effective_on"], owed["credit_account"]) == ("2026-03-02", "2202.03")
    await market.books_add_up()


async def test_a_plan_deducts_no_input_tax_and_a_clawback_is_posted_as_one(market: Any) -> None:
    statement, _ = await closed(market, bearer="trust_plan")
    await pay(market, statement)
    assert await postings(market, f"settlement:{statement['id']}") == [("accrued", "payable", "600.00")]

    (entry,) = await market.rows("SELECT dealing_id, channel_id, product_id FROM accrual_entry")
    sold = market.sale(entry.channel_id, entry.product_id, 50_000_00, "2026-02-10")
    await market.receive(sold, market.redemption(sold, "2026-02-20"))
    await market.close("2026-02")
    later = await market.statement(period="2026-02")
    found = (await market.get("/v1/postings", txn_key=accrual(later)))["items"]
    assert {one["kind"]: one["amount"]["amount"] for one in found} == {"accrual": "300.00", "clawback": "300.00"}
    assert ("accrued", "expense", "300.00") in await postings(market, accrual(later))
    await market.books_add_up()


async def test_a_void_statement_takes_back_what_was_owed_and_not_what_was_accrued(market: Any) -> None:
    statement, _ = await closed(market)
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    await market.command("finance", statement, "void", {"reason": "费率有误"})
    assert await postings(market, f"void:{statement['id']}") == [
        ("payable", "accrued", "600.00"), ("expense", "input_tax", "33.96"),
    ]  # fmt: skip
    await market.close("2026-02")
    following = await market.statement(period="2026-02")
    assert await postings(market, accrual(following)) == []
    await pay(market, following)
    await market.books_add_up()


async def test_every_posting_is_exported_once_and_the_bytes_stay(market: Any) -> None:
    statement, _ = await closed(market)
    first = await export(market)
    assert (first["postings"], first["total"]["amount"], first["bearer"]) == (1, "600.00", "company")
    assert (await export(market, status=409))["code"] == "nothing_to_export"
    await pay(market, statement)
    second = await export(market)
    assert second["postings"] == 3

    got = await content(market, second)
    assert hashlib.sha256(got).hexdigest() == second["digest"]
    assert got == await content(market, second)
    rows = list(csv.reader(io.StringIO(got.decode(), newline="")))
    assert [row[0] for row in rows] == ["H", *["D"] * 6, "T"]
    assert {row[4] for row in rows[1:-1]} == {"2241.05.01", "2202.03", "2221.01.01", "6421", "1002"}
    assert [rows[-1][2], rows[-1][3]] == ["1233.96", "1233.96"]
    listed = (await market.get("/v1/voucher-exports"))["items"]
    assert [one["number"] for one in listed] == [first["number"], second["number"]]
    assert len((await market.get("/v1/postings", export_id=second["id"]))["items"]) == 3


async def test_an_export_ends_with_its_day(market: Any) -> None:
    statement, _ = await closed(market)
    await pay(market, statement)
    assert (await export(market, status=409, through="2026-01-30"))["code"] == "nothing_to_export"
    assert (await export(market, through="2026-01-31"))["postings"] == 1
    assert (await export(market))["postings"] == 3


async def test_books_of_bearers_are_never_in_one_export(market: Any) -> None:
    product = await market.product()
    own, borne = [await market.selling(product, bearer=bearer) for bearer in ("company", "trust_plan")]
    await market.receive(*[market.sale(channel, product, 100_000_00, "2026-01-15") for channel in (own, borne)])
    await market.close("2026-01")
    company = await export(market)
    plan = await export(market, plan_id=str(product))
    assert (company["postings"], plan["postings"], plan["plan_id"]) == (1, 1, str(product))
    assert str(product) in (await content(market, plan)).decode().splitlines()[0]
    assert (await export(market, plan_id=str(new_id()), status=409))["code"] == "nothing_to_export"
    await market.books_add_up()


async def test_of_exports_at_once_one_takes_the_postings(market: Any) -> None:
    await closed(market)
    finance = market.staff("finance")
    answers = await asyncio.gather(
        *[finance.post("/v1/voucher-exports", json={"through": "2026-12-31"}) for _ in range(6)]
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    await market.books_add_up()


async def test_an_account_of_a_later_policy_row_counts_from_its_day_on(market: Any) -> None:
    statement, _ = await closed(market)
    await run(market, "UPDATE policy_row SET valid_to = '2026-02-01' WHERE code = 'ledger.accounts'")
    await run(
        market,
        "INSERT INTO policy_row (code, valid_from, value, source) SELECT code, '2026-02-01',"
        " jsonb_set(value, '{company,payable}', '[\"2202.99\", \"应付账款—新\"]'), '科目调整'"
        " FROM policy_row WHERE code = 'ledger.accounts'",
    )
    try:
        await market.to_confirmed(statement)
        await market.to_approved(statement)
        (found, _) = (await market.get("/v1/postings", txn_key=f"settlement:{statement['id']}"))["items"]
        assert (found["debit_account"], found["credit_account"]) == ("2241.05.01", "2202.99")
        assert "应付账款—新" in (await content(market, await export(market))).decode()
    finally:
        await run(market, "DELETE FROM policy_row WHERE code = 'ledger.accounts' AND valid_from = '2026-02-01'")
        await run(market, "UPDATE policy_row SET valid_to = NULL WHERE code = 'ledger.accounts'")


async def test_the_database_refuses_what_does_not_balance_crosses_bearers_or_changes(market: Any) -> None:
    await closed(market)
    again = (
        "INSERT INTO posting (id, txn_key, leg, kind, channel_id, bearer, plan_id, debit, credit, debit_account,"
        " credit_account, amount_fen, effective_on, posted_at) SELECT uuidv7(), {key}, {leg}, kind, channel_id,"
        " {bearer}, {debit}, credit, debit_account, credit_account, {fen}, effective_on, posted_at FROM posting"
    )
    right = {"key": "'x'", "leg": "2", "bearer": "bearer, plan_id", "debit": "debit", "fen": "1"}
    for change, told in [
        ({"fen": "0"}, "pair"),
        ({"fen": "-1"}, "pair"),
        ({"debit": "credit"}, "pair"),
        ({"key": "txn_key", "leg": "leg"}, "txn_key_leg"),
        ({"key": "txn_key", "bearer": "'trust_plan', uuidv7()"}, "one_bearer"),
    ]:
        with pytest.raises(IntegrityError, match=told):
            await run(market, again.format(**right | change))
    await export(market)
    for statement in (
        "UPDATE posting SET amount_fen = 1",
        "UPDATE posting SET export_id = NULL",
        "DELETE FROM posting",
        "UPDATE voucher_export SET content = 'x'",
        "DELETE FROM voucher_export",
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            await run(market, statement)


async def run(market: Any, change: str) -> None:
    async with market.kit.database.transaction() as session:
        await session.execute(text(change))
