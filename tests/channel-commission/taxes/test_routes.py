"""Statements split into net and tax by their channel's status, in every form in which they are read."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

EVIDENCE = {"evidence": "电子税务局登记信息截图 SW-2026-17"}


async def registered(
    market: Any, channel: UUID, tax_status: str, valid_from: str = "2025-12-01", *, status: int = 201
) -> Any:
    body = {"status": tax_status, "valid_from": valid_from, **EVIDENCE}
    return await market.post("finance", f"/v1/channels/{channel}/tax-statuses", body, status=status)


async def sold(market: Any, *amounts: int) -> UUID:
    product = await market.product()
    channel: UUID = await market.selling(product)
    await market.receive(*[market.sale(channel, product, fen, "2025-12-10") for fen in amounts])
    return channel


def told(statement: Any, *names: str) -> list[str]:
    return [statement[name]["amount"] for name in names]


@pytest.mark.parametrize(
    ("status", "rate", "amounts"),
    [
        (None, "0.06", ["566.04", "33.96", "0.00"]),
        ("general", "0.06", ["566.04", "33.96", "0.00"]),
        ("small_scale", "0.01", ["594.06", "5.94", "0.00"]),
        ("non_resident", "0.06", ["566.04", "33.96", "33.96"]),
    ],
)
async def test_a_statement_is_split_by_the_status_of_its_channel(
    market: Any, status: str | None, rate: str, amounts: list[str]
) -> None:
    channel = await sold(market, 100_000_00)
    if status:
        await registered(market, channel, status)
    await market.close("2025-12")
    statement = await market.statement(period="2025-12")

    assert (statement["tax_status"], statement["vat_rate"]) == (status or "general", rate)
    assert told(statement, "payable", "net", "vat", "withheld") == ["600.00", *amounts]
    assert statement["payment"] is None


async def test_the_status_of_the_last_day_of_the_month_counts_and_of_two_the_later_record(market: Any) -> None:
    channel = await sold(market, 100_000_00)
    await registered(market, channel, "non_resident", "2025-12-31")
    await registered(market, channel, "small_scale", "2025-12-31")
    await registered(market, channel, "general", "2026-01-01")
    await market.close("2025-12")
    assert (await market.statement(period="2025-12"))["tax_status"] == "small_scale"

    late = await registered(market, channel, "general", "2025-12-31", status=409)
    assert (late["code"], late["closed"]) == ("tax_month_closed", "2025-12")


async def test_lines_of_a_statement_add_up_to_net_tax_and_gross(market: Any) -> None:
    """A case seen elsewhere: the sum of rounded lines was not the rounded sum, and the invoice was refused."""
    channel = await sold(market, *[166_67] * 10)
    await market.close("2025-12")
    statement = await market.statement(period="2025-12")
    assert told(statement, "payable", "net", "vat") == ["10.00", "9.43", "0.57"]
    whole = (await market.get(f"/v1/settlements/{statement['id']}/lines"))["items"]
    paged, cursor = [], None
    while cursor or not paged:
        page = await market.get(
            f"/v1/settlements/{statement['id']}/lines", limit=3, **({"cursor": cursor} if cursor else {})
        )
        paged, cursor = [*paged, *page["items"]], page["next_cursor"]

    assert paged == whole
    fen = {name: sum(round(float(line[name]["amount"]) * 100) for line in whole) for name in ("net", "vat", "amount")}
    assert fen == {"net": 9_43, "vat": 57, "amount": 10_00}
    # One by one each line of 1.00 would have 0.94 and 0.06.
    assert {tuple(told(line, "net", "vat")) for line in whole} == {("0.94", "0.06"), ("0.95", "0.05")}
    assert UUID(statement["channel_id"]) == channel


async def test_files_tell_net_and_tax_of_lines_and_figures(market: Any) -> None:
    channel = await sold(market, *[166_67] * 10)
    await registered(market, channel, "non_resident")
    await market.close("2025-12")
    statement = await market.statement(period="2025-12")
    answer = await market.staff("finance").get(f"/v1/settlements/{statement['id']}/file?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    by_kind = {row["行类别"]: row for row in rows}
    of_lines = [row for row in rows if row["行类别"] == "明细"]

    names = ("金额（元）", "不含税金额（元）", "增值税额（元）")
    assert [by_kind["本期应付金额"][name] for name in names] == ["10.00", "9.43", "0.57"]
    sums = [sum(round(float(row[name]) * 100) for row in of_lines) for name in names]
    assert sums == [10_00, 9_43, 57]
    assert [by_kind[name]["金额（元）"] for name in ("其中：代扣代缴增值税", "本期实付金额")] == ["0.57", "9.43"]


async def test_what_is_withheld_is_not_paid_to_the_channel(market: Any) -> None:
    channel = await sold(market, 100_000_00)
    await registered(market, channel, "non_resident")
    await market.payee(channel)
    await market.close("2025-12")
    statement = await market.statement(period="2025-12")
    await market.to_confirmed(statement)
    await market.to_approved(statement)
    assert told(await market.statement(period="2025-12"), "payment", "withheld") == ["566.04", "33.96"]
    file = await market.post("finance", "/v1/payment-files", {"statement_ids": [statement["id"]]}, status=201)
    assert file["total"]["amount"] == "566.04"
    await market.books_add_up()


async def test_what_was_frozen_or_recorded_never_changes(market: Any) -> None:
    channel = await sold(market, 100_000_00)
    await registered(market, channel, "small_scale")
    await market.close("2025-12")
    for change in (
        "UPDATE statement SET vat_rate = 0.06",
        "UPDATE statement SET tax_status = 'general'",
        "UPDATE channel_tax_status SET status = 'general'",
        "DELETE FROM channel_tax_status",
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            async with market.kit.database.transaction() as session:
                await session.execute(text(change))


async def test_a_channel_sees_its_own_statuses_and_bad_ones_are_refused(market: Any) -> None:
    mine, other = await market.prospect(), await market.prospect()
    await registered(market, mine["id"], "general")
    caller = market.kit.channel(UUID(mine["id"]), "commission.read")
    assert [one["status"] for one in (await caller.get(f"/v1/channels/{mine['id']}/tax-statuses")).json()["items"]] == [
        "general"
    ]
    assert (await caller.get(f"/v1/channels/{other['id']}/tax-statuses")).status_code == 404
    refused = await registered(market, mine["id"], "exempt", status=422)
    assert refused["errors"][0]["pointer"] == "/status"
