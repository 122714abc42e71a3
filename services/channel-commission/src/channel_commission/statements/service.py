import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.channels.tables import Channel
from channel_commission.cycles.rules import Run
from channel_commission.settlements import service as settlements
from channel_commission.settlements.rules import StatementStatus, last_day
from channel_commission.settlements.tables import Statement
from channel_commission.statements import queries, rules
from channel_commission.statements.rules import FileFormat, Item, Line, Totals
from channel_commission.statements.schemas import StatementLineRead
from channel_commission.taxes.rules import Terms, along
from shared import documents, policy
from shared.clock import SHANGHAI, business_date
from shared.http import downloads
from shared.http.callers import Actor
from shared.workbooks import Table, workbook

_TEMPLATE: Final = Path(__file__).parents[1] / "static" / "statement.typ"
#: The columns of the sheet of lines: all but the first, which tells lines from figures in one table.
_COLUMNS: Final = tuple(zip(rules.COLUMNS[1:], (7, 38, 12, 11, 22, 38, 13, 11, 18, 16, 18, 16, 38), strict=True))
_AMOUNT_NAMES: Final = ("金额（元）", "不含税金额（元）", "增值税额（元）")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every format of a statement tells beside its lines."""

    statement: Statement
    channel: Channel
    house: str
    agreements: list[tuple[str, int]]
    totals: Totals
    items: list[Item]

    @property
    def title(self) -> str:
        """What it is, and whether it still counts."""
        return f"通道佣金结算单{'（已作废）' if self.statement.status is StatementStatus.VOID else ''}"

    def facts(self) -> list[tuple[str, str]]:
        """Return who settles what with whom, in words."""
        one, channel = self.statement, self.channel
        covered = [one.period] if one.run in (Run.MONTHLY, Run.AFTER_ESTABLISHMENT) else one.months
        first, last = date.fromisoformat(f"{covered[0]}-01"), last_day(covered[-1])
        plan = f"（产品编号 {one.product_id}）" if one.product_id is not None else ""
        code = f"，统一社会信用代码 {channel.uscc}" if channel.uscc else ""
        agreed = "、".join(f"{number}（费率第 {version} 版）" for number, version in self.agreements)
        return [
            ("结算单编号", str(one.id)),
            ("结算期间", f"{first:%Y年%m月%d日}至{last:%Y年%m月%d日}（{one.run.zh}）"),
            ("甲方（付款方）", self.house),
            ("乙方（代销渠道）", f"{channel.name}（渠道编号 {channel.number}{code}）"),
            ("代销协议", agreed or "本期无新发生明细"),
            ("费用承担", f"{one.bearer.zh}{plan}"),
            ("币种", "人民币元"),
            ("乙方纳税人身份", f"{one.tax_status.zh}，增值税{rules.percent(one.vat_rate)}，各金额均含税"),
            ("状态", self._state()),
        ]

    def _state(self) -> str:
        one = self.statement
        if one.confirmed_at is None:
            return one.status.zh
        return f"{one.status.zh}（渠道答复时间 {one.confirmed_at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M}）"


async def write(
    session: AsyncSession, statement_id: UUID, wanted: FileFormat, *, actor: Actor
) -> tuple[IO[bytes], Sheet]:
    """Return a statement as a file that is read from its beginning, and what it is about.

    All of it is written before the first byte goes out: an error is an answer, and who reads slowly holds no lock.

    Raises:
        NotFound: the caller reaches no such statement.
        CharacterMissing: a PDF cannot show a character.
    """
    statement = await settlements.get(session, statement_id, actor=actor)
    entries = select_lines(statement, actor)
    sheet = await _sheet(session, statement, entries)
    with downloads.made() as file:
        await _WRITERS[wanted](session, entries, sheet, file)
    return file, sheet


def select_lines(statement: Statement, actor: Actor) -> Select[AccrualEntry]:
    """Return the select of a statement's lines."""
    facts = ("channel_id", "run", "months", "bearer", "product_id")
    return accruals.select_lines(actor, **{name: getattr(statement, name) for name in facts})


async def _sheet(session: AsyncSession, statement: Statement, entries: Select[AccrualEntry]) -> Sheet:
    house = await policy.row(session, "house.name", on=business_date(statement.calculated_at))
    return Sheet(
        statement,
        await queries.channel(session, statement.channel_id),
        house.value,
        await queries.agreements(session, entries),
        Totals(
            statement.opening_fen,
            statement.entries_fen,
            statement.closing_fen,
            statement.held_fen,
            Terms(statement.vat_rate, statement.is_vat_withheld),
        ),
        [Item(*tuple(row)) for row in await queries.items(session, entries)],
    )


async def _lines(session: AsyncSession, entries: Select[AccrualEntry], totals: Totals) -> AsyncIterator[list[Line]]:
    number, total = 0, totals.opening
    async for rows in queries.lines(session, entries):
        amounts = [row.amount_fen for row in rows]
        splits = zip(rows, along(total, amounts, totals.terms.rate), strict=True)
        yield [Line(number + place, split, *tuple(row)) for place, (row, split) in enumerate(splits, start=1)]
        number, total = number + len(rows), total + sum(amounts)


async def _write_csv(session: AsyncSession, entries: Select[AccrualEntry], sheet: Sheet, file: IO[bytes]) -> None:
    """Write RFC 4180 in UTF-8 with a mark that spreadsheets need to take it for that; every row has all columns."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    table = csv.writer(text)
    opening, _, *closing = sheet.totals.named()
    table.writerow(rules.COLUMNS)
    table.writerow(rules.figure(opening))
    async for lines in _lines(session, entries, sheet.totals):
        table.writerows(map(rules.csv_cells, lines))
    table.writerows(map(rules.figure, closing))
    text.detach()


async def _write_xlsx(session: AsyncSession, entries: Select[AccrualEntry], sheet: Sheet, file: IO[bytes]) -> None:
    """Write a workbook of two sheets: the statement, and its lines with amounts as numbers."""
    book = workbook(file, title=sheet.title, created=sheet.statement.calculated_at)
    _front(book, sheet)
    table = Table(book, "明细", _COLUMNS)
    async for lines in _lines(session, entries, sheet.totals):
        await asyncio.to_thread(table.add, map(rules.sheet_cells, lines))
    await asyncio.to_thread(book.close)


def _front(book: Any, sheet: Sheet) -> None:
    title = book.add_format({"bold": True, "font_size": 16})
    name, text = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    money = book.add_format({"num_format": "#,##0.00"})
    page = book.add_worksheet("结算单")
    page.set_column(0, 0, 22)
    page.set_column(1, 4, 40)
    page.write_string(0, 0, sheet.title, title)
    row = 2
    for label, value in [*sheet.facts(), ("数字摘要（SHA-256）", sheet.statement.digest)]:
        page.write_string(row, 0, label, name)
        page.write_string(row, 1, value, text)
        row += 1
    row += 1
    for place, label in enumerate(("项目", *_AMOUNT_NAMES)):
        page.write_string(row, place, label, name)
    for one in sheet.totals.named():
        row += 1
        page.write_string(row, 0, one.name, name)
        for place, fen in enumerate(one.amounts(), start=1):
            page.write_number(row, place, _number(fen), money)
    row += 1
    page.write_string(row, 0, "本期应付（大写）", name)
    page.write_string(row, 1, rules.capital(sheet.totals.payable), text)
    row += 2
    for place, label in enumerate(("产品编号", "费用项目", "记账类型", "笔数", "金额（元）")):
        page.write_string(row, place, label, name)
    for item in sheet.items:
        row += 1
        page.write_string(row, 0, str(item.product_id))
        page.write_string(row, 1, item.component.zh)
        page.write_string(row, 2, item.kind.zh)
        page.write_number(row, 3, item.lines)
        page.write_number(row, 4, _number(item.amount_fen), money)


def _number(fen: int) -> float:
    """Return yuan as a spreadsheet keeps them: exact, since amounts have at most 14 digits and a double keeps 15."""
    return float(rules.yuan(fen))


async def _write_pdf(session: AsyncSession, entries: Select[AccrualEntry], sheet: Sheet, file: IO[bytes]) -> None:
    """Write the document that both sides sign; of a long statement without its lines."""
    lines: list[Line] = []
    if sheet.statement.entries <= rules.MOST_LINES_IN_PDF:
        lines = [line async for some in _lines(session, entries, sheet.totals) for line in some]
    data = _pdf_data(sheet, lines)
    file.write(await documents.render(_TEMPLATE, data, at=sheet.statement.calculated_at))


def _pdf_data(sheet: Sheet, lines: list[Line]) -> Mapping[str, Any]:
    products = {product_id: str(number) for number, product_id in enumerate(_products(sheet.items), start=1)}
    return {
        "title": sheet.title,
        "facts": sheet.facts(),
        "totals": [(one.name, *rules.padded(map(rules.thousands, one.amounts()))) for one in sheet.totals.named()],
        "capital": rules.capital(sheet.totals.payable),
        "products": [(number, str(product_id)) for product_id, number in products.items()],
        "items": [
            (products[one.product_id], one.component.zh, one.kind.zh, str(one.lines), rules.thousands(one.amount_fen))
            for one in sheet.items
        ],
        "lines": [
            (
                str(line.number),
                line.business_date.isoformat(),
                line.earned_period,
                line.confirmation_number,
                products[line.product_id],
                f"{line.component.zh}·{line.kind.zh}",
                rules.thousands(line.base_fen),
                rules.thousands(line.amount_fen),
                rules.thousands(line.tax.vat),
            )
            for line in lines
        ],
        "entries": str(sheet.statement.entries),
        "entries_total": rules.thousands(sheet.totals.entries),
        "digest": sheet.statement.digest,
        "frozen": f"{sheet.statement.calculated_at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M:%S}",
    }


def _products(items: Iterable[Item]) -> list[UUID]:
    return list(dict.fromkeys(item.product_id for item in items))


async def read_lines(
    session: AsyncSession, statement: Statement, lines: Select[AccrualEntry], entries: Sequence[AccrualEntry]
) -> list[StatementLineRead]:
    """Return `entries`, a run of a statement's `lines` in the order of their ids, with the tax in each."""
    if not entries:
        return []
    total = statement.opening_fen + await queries.total_before(session, lines, entries[0].id)
    splits = along(total, [entry.amount_fen for entry in entries], statement.vat_rate)
    shown = zip(await accruals.read(session, entries), splits, strict=True)
    return [StatementLineRead.of(read, split) for read, split in shown]


_WRITERS: Final = {FileFormat.CSV: _write_csv, FileFormat.XLSX: _write_xlsx, FileFormat.PDF: _write_pdf}
