"""Payments go to the account that may be paid to, whose number is in clear only for a released file."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.testing.service import START

NUMBER, OTHER = "6222020200112233445", "6222020200119998887"


async def approved(market: Any) -> Any:
    """Return a statement whose payment is approved."""
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2026-01-15"))
    await market.close("2026-01")
    statement = await market.statement(period="2026-01")
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    return statement


async def prepare(market: Any, statement: Any, *, status: int = 201) -> Any:
    return await market.post("finance", "/v1/payment-files", {"statement_ids": [statement["id"]]}, status=status)


async def release(market: Any, file: Any, *, status: int = 200) -> Any:
    body, path = {"digest": file["digest"]}, f"/v1/payment-files/{file['id']}/release"
    return await market.post("finance", path, body, who="second", status=status)


async def stop(market: Any, account: Any) -> None:
    await market.post("finance", f"/v1/payee-accounts/{account['id']}/stop", {"reason": "渠道来函止付"})


async def content(market: Any, file: Any) -> Any:
    return await market.staff("finance").get(f"/v1/payment-files/{file['id']}/content")


async def kept_words(market: Any) -> str:
    """Return all that is written of payments outside of accounts: files, attempts, events, trail."""
    words = [
        await market.rows(f"SELECT row_to_json(one)::text FROM {table} one")
        for table in ("payment_file", "payment_attempt", "audit_entry")
    ]
    return str([words, await market.kit.outbox()])


async def test_without_an_account_payable_today_nothing_is_prepared(market: Any) -> None:
    statement = await approved(market)
    refused = await prepare(market, statement, status=409)
    assert (refused["code"], refused["payable_from"]) == ("no_payee_account", None)
    account = await market.payee(statement["channel_id"])
    market.kit.now = START - timedelta(days=1)
    early = await prepare(market, statement, status=409)
    assert (early["code"], early["payable_from"]) == ("no_payee_account", account["valid_from"])
    assert (await market.get(f"/v1/settlements/{statement['id']}"))["status"] == "payment_approved"
    assert await market.kit.count("payment_file") == 0

    market.kit.now = START
    await prepare(market, statement)
    (attempt,) = (await market.get("/v1/payment-attempts"))["items"]
    assert attempt["payee_account_id"] == account["id"]


async def test_a_released_file_names_holder_bank_and_number_whatever_becomes_of_the_account(
    market: Any, caplog: pytest.LogCaptureFixture
) -> None:
    statement = await approved(market)
    account = await market.payee(statement["channel_id"])
    file = await prepare(market, statement)
    assert (await content(market, file)).json()["code"] == "payment_file_status_forbids"
    await release(market, file)
    got = await content(market, file)
    detail = list(csv.reader(io.StringIO(got.text)))[1]
    assert detail[5:8] == ["江南银行上海分行", "102100099996", NUMBER]
    assert got.headers["cache-control"] == "no-store"

    await stop(market, account)
    await market.payee(statement["channel_id"], number=OTHER)
    assert (await content(market, file)).content == got.content
    reads = await market.rows("SELECT 1 FROM audit_entry WHERE action = 'payment_file.read'")
    assert len(reads) == 2
    words = await kept_words(market)
    # Its masked number is told, so the words are those that are looked through.
    assert "**** 3445" in words
    assert "payee_account" in str(await market.kit.outbox())
    assert NUMBER not in words
    assert NUMBER not in caplog.text


async def test_an_account_stopped_or_replaced_before_the_release_is_not_paid_to(market: Any) -> None:
    statement = await approved(market)
    account = await market.payee(statement["channel_id"])
    file = await prepare(market, statement)
    await stop(market, account)
    assert (await release(market, file, status=409))["code"] == "no_payee_account"
    other = await market.payee(statement["channel_id"], number=OTHER)
    assert (await release(market, file, status=409))["code"] == "payee_account_changed"

    await market.post("finance", f"/v1/payment-files/{file['id']}/cancel", {"reason": "收款账户已变更"})
    again = await prepare(market, statement)
    await release(market, again)
    (attempt,) = (await market.get("/v1/payment-attempts", file_id=again["id"]))["items"]
    assert (attempt["payee_account_id"], attempt["number"]) == (other["id"], 2)
    assert OTHER in (await content(market, again)).text


async def test_of_a_stop_and_a_release_at_once_the_first_one_counts(market: Any) -> None:
    statement = await approved(market)
    account = await market.payee(statement["channel_id"])
    file = await prepare(market, statement)
    stopped, released = await asyncio.gather(
        market.staff("finance").post(f"/v1/payee-accounts/{account['id']}/stop", json={"reason": "止付"}),
        market.staff("finance", "second").post(
            f"/v1/payment-files/{file['id']}/release", json={"digest": file["digest"]}
        ),
    )
    assert stopped.status_code == 200
    assert released.status_code == 200 or released.json()["code"] == "no_payee_account"
    expected = "sent" if released.status_code == 200 else "created"
    assert [one["status"] for one in (await market.get("/v1/payment-attempts"))["items"]] == [expected]


async def test_the_database_keeps_the_account_of_a_payment(market: Any) -> None:
    statement = await approved(market)
    await market.payee(statement["channel_id"])
    await prepare(market, statement)
    with pytest.raises(DBAPIError, match="never changes"):
        async with market.kit.database.transaction() as session:
            await session.execute(text("UPDATE payment_attempt SET payee_account_id = NULL"))
