"""Statements as files: four formats that tell the same fen, to those who may read it."""

import csv
import io
from typing import Any
from uuid import UUID

import openpyxl
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from channel_commission.statements.rules import LINE, MOST_LINES_IN_PDF

FORMATS = ("csv", "xlsx", "pdf")


async def frozen(market: Any, *amounts: int, redeem: bool = True, bearer: str = "company") -> dict[str, Any]:
    """Return the statement of December 2025 of a channel that sold `amounts` of two plans and redeemed the first."""
    products = [await market.product(), await market.product()]
    channel = await market.selling(*products, bearer=bearer)
    sales = [market.sale(channel, products[place % 2], fen, "2025-12-10") for place, fen in enumerate(amounts)]
    await market.receive(*sales)
    if redeem:
        await market.receive(market.redemption(sales[0], "2025-12-20"))
    await market.close("2025-12")
    found = await market.get("/v1/settlements", period="2025-12", channel_id=str(channel))
    return found["items"][0]  # type: ignore[no-any-return]  # JSON


async def file_of(market: Any, statement: Any, format: str, caller: Any = None) -> bytes:
    answer = await (caller or market.staff("finance")).get(f"/v1/settlements/{statement['id']}/file?format={format}")
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content  # type: ignore[no-any-return]  # bytes


def fen(amount: str) -> int:
    return round(float(amount.replace(",", "")) * 100)


def read_csv(content: bytes) -> tuple[list[tuple[str, int]], dict[str, int]]:
    """Return id and fen of each line, and the figures, as a stranger's program reads them."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    lines = [(row["明细编号"], fen(row["金额（元）"])) for row in rows if row["行类别"] == LINE]
    return lines, {row["行类别"]: fen(row["金额（元）"]) for row in rows if row["行类别"] != LINE}


def read_xlsx(content: bytes) -> tuple[list[tuple[str, int]], dict[str, int]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    front = {str(row[0]): row[1] for row in book["结算单"].iter_rows(values_only=True) if row[0]}
    _, *rows = book["明细"].iter_rows(values_only=True)
    figures = {name: round(value * 100) for name, value in front.items() if isinstance(value, int | float)}
    return [(str(row[1]), round(row[9] * 100)) for row in rows], figures  # type: ignore[arg-type,operator]  # numbers


def read_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.integers(1, 10**12), min_size=1, max_size=8),
    redeem=st.booleans(),
    bearer=st.sampled_from(["company", "trust_plan"]),
)
async def test_all_formats_tell_the_same_fen(market: Any, amounts: list[int], redeem: bool, bearer: str) -> None:
    await market.kit.reset()
    statement = await frozen(market, *amounts, redeem=redeem, bearer=bearer)
    told = (await market.get(f"/v1/settlements/{statement['id']}/lines", limit=200))["items"]
    lines = [(line["id"], fen(line["amount"]["amount"])) for line in told]
    figure = {name: fen(statement[name]["amount"]) for name in ("opening", "closing", "held", "payable", "carried")}
    named = dict(
        zip(
            ("期初余额", "期末余额", "其中：异议暂缓支付", "本期应付金额", "结转下期余额"), figure.values(), strict=True
        )
    )

    assert read_csv(await file_of(market, statement, "csv")) == (lines, named)
    of_sheet = read_xlsx(await file_of(market, statement, "xlsx"))
    assert of_sheet[0] == lines
    assert {name: of_sheet[1][name] for name in named} == named
    document = "".join(read_pdf(await file_of(market, statement, "pdf")).split())
    for name, value in named.items():
        assert f"{name}{value / 100:,.2f}" in document, name
    for _, amount in lines:
        assert f"{amount / 100:,.2f}" in document


async def test_the_table_is_what_rfc_4180_says_with_the_mark_spreadsheets_need(market: Any) -> None:
    content = await file_of(market, await frozen(market, 100_000_00), "csv")

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n") == 8
    assert {len(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))} == {14}


async def test_a_number_that_a_spreadsheet_would_calculate_is_guarded_in_the_table_and_text_in_the_sheet(
    market: Any,
) -> None:
    statement = await frozen(market, 100_000_00, redeem=False)
    evil = '=HYPERLINK("http://evil.example","查看"),\n1'
    async with market.kit.database.transaction() as session:
        await session.execute(text("UPDATE dealing SET confirmation_number = :evil"), {"evil": evil})
    rows = csv.DictReader(io.StringIO((await file_of(market, statement, "csv")).decode("utf-8-sig"), newline=""))
    assert [row["交易确认号"] for row in rows if row["行类别"] == LINE] == [f"'{evil}"]

    cell = openpyxl.load_workbook(io.BytesIO(await file_of(market, statement, "xlsx")))["明细"]["E2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (evil, "s", True)
    shown = read_pdf(await file_of(market, statement, "pdf"))
    assert '=HYPERLINK("' in "".join(shown.split())


@pytest.mark.parametrize("format", FORMATS)
async def test_a_channel_reads_its_own_from_the_moment_they_are_sent(market: Any, format: str) -> None:
    statement = await frozen(market, 100_000_00)
    path = f"/v1/settlements/{statement['id']}/file?format={format}"
    own = market.kit.channel(UUID(statement["channel_id"]), "commission.read")
    other = market.kit.channel(await market.selling(await market.product()), "commission.read")
    assert (await own.get(path)).status_code == 404

    await market.command("finance", statement, "check", {"digest": statement["digest"]})
    await market.command("channel_manager", statement, "send")

    assert (await own.get(path)).status_code == 200
    assert (await other.get(path)).status_code == 404
    assert (await market.kit.channel(UUID(statement["channel_id"]), "client.read").get(path)).status_code == 403


async def test_a_file_is_named_and_an_unknown_format_refused(market: Any) -> None:
    statement = await frozen(market, 100_000_00)
    path = f"/v1/settlements/{statement['id']}/file"
    answer = await market.staff("finance").get(path, params={"format": "pdf"})
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="statement-2025-12-QD-' in answer.headers["content-disposition"]

    for query in ({}, {"format": "docx"}, {"format": "pdf", "more": "1"}):
        assert (await market.staff("finance").get(path, params=query)).status_code == 422


async def test_a_file_of_the_same_statement_is_the_same_to_the_byte(market: Any) -> None:
    statement = await frozen(market, 100_000_00, 5_000_00)
    for format in FORMATS:
        assert await file_of(market, statement, format) == await file_of(market, statement, format), format


async def test_the_document_names_parties_digest_and_the_amount_in_words(market: Any) -> None:
    statement = await frozen(market, 100_000_00, redeem=False)
    shown = "".join(read_pdf(await file_of(market, statement, "pdf")).split())

    for part in (
        "通道佣金结算单", "（机构名称待录入）", "江南银行上海分行", "DX-0001（费率第1版）",
        "2025年12月01日至2025年12月31日",
        "公司固有财产承担", "人民币陆佰元整", statement["digest"], "第1页，共1页", "B-000002",
    ):  # fmt: skip
        assert part in shown, part


async def test_the_files_of_the_next_statement_hold_the_lines_of_a_void_one(market: Any) -> None:
    gone = await frozen(market, 100_000_00, redeem=False)
    await market.command("finance", gone, "void", {"reason": "费率有误，重新出具"})
    await market.close("2026-01")
    taken = await market.statement(period="2026-01")

    assert read_csv(await file_of(market, taken, "csv")) == read_csv(await file_of(market, gone, "csv"))
    assert "通道佣金结算单（已作废）" in "".join(read_pdf(await file_of(market, gone, "pdf")).split())
    assert "作废" not in read_pdf(await file_of(market, taken, "pdf"))


async def grown(market: Any, lines: int) -> dict[str, Any]:
    """Return a frozen statement whose one entry was multiplied to `lines`, with its figures."""
    product = await market.product()
    channel = await market.selling(product)
    await market.receive(market.sale(channel, product, 100_000_00, "2025-12-10"))
    async with market.kit.database.transaction() as session:
        names = (await session.execute(text(_COLUMNS))).scalar_one()
        copied = ", ".join("uuidv7()" if name in ("id", "event_id") else name for name in names.split(", "))
        wanted = {"more": lines - 1}
        await session.execute(
            text(
                f"INSERT INTO accrual_entry ({names}) SELECT {copied}"
                " FROM accrual_entry CROSS JOIN generate_series(1, :more)"
            ),
            wanted,
        )
    await market.close("2025-12")
    return await market.statement(period="2025-12")  # type: ignore[no-any-return]  # JSON


_COLUMNS = (
    "SELECT string_agg(format('%I', column_name), ', ') FROM information_schema.columns"
    " WHERE table_name = 'accrual_entry'"
)


async def test_a_long_statement_comes_whole_and_its_document_by_sums(market: Any) -> None:
    statement = await grown(market, 20_000)
    content = await file_of(market, statement, "csv")
    lines, figures = read_csv(content)
    assert len(lines) == len({id for id, _ in lines}) == statement["entries"] == 20_000
    assert sum(amount for _, amount in lines) == figures["期末余额"] == 20_000 * 600_00
    sheet = await file_of(market, statement, "xlsx")
    assert len(read_xlsx(sheet)[0]) == 20_000

    shown = "".join(read_pdf(await file_of(market, statement, "pdf")).split())
    assert "共20000笔，不在本文件中逐笔列示" in shown
    assert "12,000,000.00" in shown
    assert statement["entries"] > MOST_LINES_IN_PDF
