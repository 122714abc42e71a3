"""Statements as files (结算单): what stands in them, the same to the fen in every format.

A reader of any of them can count: opening balance + lines = closing balance = payable + carried balance, with tax,
without it, and the tax itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from channel_commission.accruals.rules import EntryKind
from channel_commission.rates.rules import Component
from channel_commission.settlements.rules import carried_fen, payable_fen
from channel_commission.taxes.rules import Split, Terms, between, withheld_fen
from shared.codes import Code


class FileFormat(Code):
    """How a statement is written."""

    CSV = "csv", "CSV 文件"
    XLSX = "xlsx", "Excel 工作簿"
    PDF = "pdf", "PDF 文件"


#: More are not set in type: thousands of pages that nobody reads. The PDF names the digest that the other files carry.
MOST_LINES_IN_PDF: Final = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a statement, as its channel knows it."""

    number: int
    tax: Split
    id: UUID
    business_date: date
    earned_period: str
    confirmation_number: str
    product_id: UUID
    component: Component
    kind: EntryKind
    base_fen: int
    amount_fen: int
    corrects_entry_id: UUID | None


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount with tax in fen, and how much of it is tax; None where it is none of what is agreed."""

    name: str
    fen: int
    tax: Split | None = None

    def amounts(self) -> list[int]:
        """Return the amount, and where it is told, what it is without tax and the tax."""
        return [self.fen] if self.tax is None else [self.fen, self.tax.net, self.tax.vat]


@dataclass(frozen=True, slots=True)
class Item:
    """All lines of a product that are of one fee and kind."""

    product_id: UUID
    component: Component
    kind: EntryKind
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a statement in fen."""

    opening: int
    entries: int
    closing: int
    held: int
    terms: Terms

    @property
    def payable(self) -> int:
        """What is paid with this statement."""
        return payable_fen(self.closing, self.held)

    @property
    def carried(self) -> int:
        """What later statements open with."""
        return carried_fen(self.closing, self.held)

    def named(self) -> list[Figure]:
        """Return the figures in the order in which they are counted, with their names."""
        named = [
            self._figure("期初余额", 0, self.opening),
            self._figure("本期发生额", self.opening, self.closing),
            self._figure("期末余额", 0, self.closing),
            self._figure("其中：异议暂缓支付", self.closing - self.held, self.closing),
            self._figure("本期应付金额", 0, self.payable),
            self._figure("结转下期余额", self.payable, self.closing),
        ]
        if self.terms.is_withheld:
            withheld = withheld_fen(self.payable, self.terms)
            named += [Figure("其中：代扣代缴增值税", withheld), Figure("本期实付金额", self.payable - withheld)]
        return named

    def _figure(self, name: str, before: int, after: int) -> Figure:
        return Figure(name, after - before, between(before, after, self.terms.rate))


#: Columns of the table of lines. The first tells lines from figures, so that a program takes the lines alone.
COLUMNS: Final = (
    "行类别",
    "序号",
    "明细编号",
    "业务日期",
    "费用所属期",
    "交易确认号",
    "产品编号",
    "费用项目",
    "记账类型",
    "计费基数（元）",
    "金额（元）",
    "不含税金额（元）",
    "增值税额（元）",
    "更正的明细编号",
)
LINE: Final = "明细"
_BASE: Final = COLUMNS.index("计费基数（元）")
_AMOUNT: Final = COLUMNS.index("金额（元）")
_VAT: Final = COLUMNS.index("增值税额（元）")


def yuan(fen: int) -> str:
    """Return fen as yuan with two places and no separators: -20700.00."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def thousands(fen: int) -> str:
    """Return fen as yuan the way people read them: -20,700.00."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02d}"


def cells(line: Line) -> list[str]:
    """Return a line as the texts of its cells, in the order of `COLUMNS`, as they are."""
    return [
        LINE,
        str(line.number),
        str(line.id),
        line.business_date.isoformat(),
        line.earned_period,
        line.confirmation_number,
        str(line.product_id),
        line.component.zh,
        line.kind.zh,
        yuan(line.base_fen),
        yuan(line.amount_fen),
        yuan(line.tax.net),
        yuan(line.tax.vat),
        str(line.corrects_entry_id or ""),
    ]


def sheet_cells(line: Line) -> list[str | int | Decimal]:
    """Return a line as the cells of the sheet of lines: without the kind of row, number and amounts as numbers."""
    _, _, *texts = cells(line)
    return [line.number, *texts[: _BASE - 2], *map(Decimal, texts[_BASE - 2 : _VAT - 1]), *texts[_VAT - 1 :]]


def csv_cells(line: Line) -> list[str]:
    """Return a line as the cells of a CSV file: amounts as they are, texts guarded."""
    texts = cells(line)
    return [*map(guarded, texts[:_BASE]), *texts[_BASE:]]


def figure(one: Figure) -> list[str]:
    """Return a figure as a row of the table of lines."""
    return [one.name, *[""] * (_AMOUNT - 1), *padded(map(yuan, one.amounts())), ""]


def padded(amounts: Iterable[str]) -> list[str]:
    """Return the written amounts of a figure, empty where it tells no tax."""
    written = [*amounts]
    return written + [""] * (3 - len(written))


def percent(rate: Decimal) -> str:
    """Return a rate as people write it: 6%."""
    return f"{(rate * 100).normalize():f}%"


#: A spreadsheet reads a cell that begins so as a formula; full-width signs too, where Chinese or Japanese is set.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula (CSV has no types)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ("仟", "佰", "拾", "")
_GROUPS: Final = ("亿", "万", "")


def capital(fen: int) -> str:
    """Return an amount in capital Chinese numerals (大写): 人民币贰万壹仟陆佰元整.

    Source: 支付结算办法 (银发〔1997〕393号), annex 1 正确填写票据和结算凭证的基本规定: 整 after 元 and none after 分;
    zeros between digits are one 零, also where 元 is 0 before 角 or 角 is missing before 分. Of two forms its
    examples allow, the first is taken.
    """
    whole, cents = divmod(abs(fen), 100)
    tenths, hundredths = divmod(cents, 10)
    text = f"{_whole(whole)}元" if whole or not cents else ""
    if not cents:
        text += "整"
    elif tenths:
        text += f"{_DIGITS[0] if whole and whole % 10 == 0 else ''}{_DIGITS[tenths]}角"
    elif whole:
        text += "零"
    if hundredths:
        text += f"{_DIGITS[hundredths]}分"
    return f"人民币{'负' if fen < 0 else ''}{text}"


def _whole(yuan: int) -> str:
    """Return whole yuan below 10^12, as all amounts are, in capital numerals without the unit."""
    if not yuan:
        return _DIGITS[0]
    groups = [yuan // 10**power % 10_000 for power in (8, 4, 0)]
    return "".join(_groups(groups))


def _groups(groups: Sequence[int]) -> Iterator[str]:
    begun, skipped = False, False
    for group, unit in zip(groups, _GROUPS, strict=True):
        if not group:
            skipped = begun
            continue
        if begun and (skipped or group < 1000):
            yield _DIGITS[0]
        yield f"{_four(group)}{unit}"
        begun, skipped = True, False


def _four(group: int) -> str:
    digits = f"{group:04d}".lstrip("0")
    units = _UNITS[-len(digits) :]
    text, zeros = "", False
    for digit, unit in zip(digits, units, strict=True):
        if digit == "0":
            zeros = True
            continue
        text += f"{_DIGITS[0] if zeros else ''}{_DIGITS[int(digit)]}{unit}"
        zeros = False
    return text
