"""Files of partners and banks (对账文件): what stands in each row, or which row and column cannot be read.

CSV in UTF-8 or GB 18030, or a workbook (.xlsx). Nothing is guessed: an amount that is no plain number, a formula, a
heading that is missing or stands twice is refused with its place.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl

from shared.codes import Code
from shared.errors import Invalid
from shared.money import MAX_YUAN

#: Far more than a statement or a month's payments have; a file of 2 MiB, the most a request holds, has fewer.
MOST_ROWS: Final = 50_000
#: A workbook is compressed: what it unpacks to is looked at before it is unpacked.
_MOST_UNPACKED: Final = 64 * 1024 * 1024


class FileUnreadable(Invalid):
    """The file is neither CSV in UTF-8 or GB 18030 nor a workbook, or holds no table."""

    code = "file_unreadable"


class HeadingMissing(Invalid):
    """A column that is needed has no heading in the file, or two have the same."""

    code = "heading_missing"


class CellInvalid(Invalid):
    """A cell does not hold what its column says; row and column are named."""

    code = "cell_invalid"


class TotalDiffers(Invalid):
    """The file's own total is not the sum of its rows."""

    code = "total_differs"


class Column(Code):
    """What a column of such a file holds."""

    NUMBER = "number", "交易确认号或付款流水号"
    DATE = "date", "业务日期或付款日期"
    PRODUCT = "product", "产品编号"
    BASE = "base", "计费基数"
    AMOUNT = "amount", "金额"


#: Headings taken without being told, those of our own files first.
_HEADINGS: Final[Mapping[Column, tuple[str, ...]]] = {
    Column.NUMBER: ("交易确认号", "确认号", "确认编号", "付款流水号", "银行流水号", "confirmation_number", "reference"),
    Column.DATE: ("业务日期", "确认日期", "付款日期", "交易日期", "日期", "business_date", "paid_on", "date"),
    Column.PRODUCT: ("产品编号", "product_id"),
    Column.BASE: ("计费基数（元）", "计费基数", "认购金额", "base"),
    Column.AMOUNT: ("金额（元）", "金额", "佣金金额", "付款金额", "amount"),
}  # fmt: skip
_NEEDED: Final = (Column.NUMBER, Column.AMOUNT)
#: Our own files tell figures from lines by this column; only lines are read.
_ROW_KIND, _LINE = "行类别", "明细"
_TOTAL: Final = ("合计", "总计", "total")
_AMOUNT: Final = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,2})?")
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]?([0-9]{2})[-/.月]?([0-9]{2})日?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of such a file: its number in the file, and what its columns hold; amounts in fen."""

    place: int
    number: str
    day: date | None
    product: str
    base_fen: int | None
    amount_fen: int


def read(content: bytes, headings: Mapping[Column, str]) -> list[Row]:
    """Return the rows of a file, in their order.

    Args:
        content: The file.
        headings: Headings as this file has them, where they are not among those known.

    Raises:
        FileUnreadable: it is no such file.
        HeadingMissing: a column cannot be found, or could be two.
        CellInvalid: a cell cannot be read; names row and column.
        TotalDiffers: a total in it is not the sum of the rows above.
    """
    sheets = _workbook(content) if content.startswith(b"PK") else [_table(content)]
    head, rows = next(
        ((head, rest) for head, *rest in filter(None, sheets) if _has_headings(head, headings)), (None, [])
    )
    if head is None:
        heads = [
            str(cell) for sheet in sheets[:1] for _, cells in sheet[:1] for cell in cells if cell not in (None, "")
        ]
        raise HeadingMissing(
            "No row of headings names the columns number and amount.", pointer="/file/row/1", headings=heads[:30]
        )
    places = _places(head[1], headings)
    return list(_rows(rows, [_text(cell) for cell in head[1]], places))


Cells = tuple[int, Sequence[Any]]


def _table(content: bytes) -> list[Cells]:
    if b"\x00" in content:
        raise FileUnreadable("The file is neither CSV nor a workbook (.xlsx).", pointer="/file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError as error:
            place = error.start
    else:
        raise FileUnreadable(
            "The file is in neither UTF-8 nor GB 18030.", pointer="/file", row=content[:place].count(b"\n") + 1
        )
    rows: list[Cells] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
            _bound(rows)
    except csv.Error as error:
        raise FileUnreadable(f"The table breaks off: {error}.", pointer=f"/file/row/{reader.line_num}") from None
    return rows


def _workbook(content: bytes) -> list[list[Cells]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise FileUnreadable("The workbook unpacks to more than 64 MiB.", pointer="/file")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        return [_sheet(sheet) for sheet in book.worksheets]
    except (zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError, AttributeError, TypeError):
        raise FileUnreadable("The file is no workbook (.xlsx) that can be read.", pointer="/file") from None


def _sheet(sheet: Any) -> list[Cells]:
    sheet.reset_dimensions()  # What it says of its own size is not believed.
    rows: list[Cells] = []
    for place, cells in enumerate(sheet.iter_rows(), start=1):
        values = [_Formula(str(cell.value)) if cell.data_type in ("f", "e") else cell.value for cell in cells]
        if any(value not in (None, "") for value in values):
            rows.append((place, values))
        _bound(rows)
    return rows


def _bound(rows: Sequence[Cells]) -> None:
    if len(rows) > MOST_ROWS:
        raise FileUnreadable(f"The table has more than {MOST_ROWS} rows; send it in parts.", pointer="/file")


class _Formula(str):
    """A cell that a program calculates, or failed to: it has no value of its own."""


def _has_headings(head: Cells, headings: Mapping[Column, str]) -> bool:
    named = {_text(cell) for cell in head[1]}
    return all(named & set(_known(column, headings)) for column in _NEEDED)


def _known(column: Column, headings: Mapping[Column, str]) -> tuple[str, ...]:
    return (headings[column],) if column in headings else _HEADINGS[column]


def _places(head: Sequence[Any], headings: Mapping[Column, str]) -> dict[Column, int]:
    named = [_text(cell) for cell in head]
    places: dict[Column, int] = {}
    for column in Column:
        known = _known(column, headings)
        found = [place for heading in known for place, name in enumerate(named) if name == heading]
        if column in headings and not found:
            raise HeadingMissing(
                f"No column has the heading {headings[column]}.", pointer=f"/query/{column.value}", headings=named[:30]
            )
        if found:
            if named.count(named[found[0]]) > 1:
                raise HeadingMissing(f"Two columns have the heading {named[found[0]]}.", pointer="/file/row/1")
            places[column] = found[0]
    return places


def _rows(rows: Sequence[Cells], named: Sequence[str], places: Mapping[Column, int]) -> Iterator[Row]:
    total, kind = 0, named.index(_ROW_KIND) if _ROW_KIND in named else None
    for place, cells in rows:
        if kind is not None and kind < len(cells) and _text(cells[kind]) != _LINE:
            continue
        if len(cells) > len(named) and any(_text(cell) for cell in cells[len(named) :]):
            raise CellInvalid(
                "The row has more cells than there are headings.", pointer=f"/file/row/{place}", row=place
            )
        of = _Cells(place, cells, named, places)
        amount = of.amount(Column.AMOUNT)
        if amount is None:
            raise of.fault(Column.AMOUNT, "An amount is missing.")
        if any(_text(cell).rstrip("：:").lower() in _TOTAL for cell in cells):
            if amount != total:
                raise TotalDiffers(
                    f"The rows above make {Decimal(total).scaleb(-2):.2f}.",
                    pointer=of.pointer(Column.AMOUNT),
                    row=place,
                    sum=f"{Decimal(total).scaleb(-2):.2f}",
                )
            continue
        total += amount
        day, product = of.day(), of.text(Column.PRODUCT)
        yield Row(place, of.text(Column.NUMBER), day, product.lower(), of.amount(Column.BASE), amount)


@dataclass(frozen=True, slots=True)
class _Cells:
    place: int
    cells: Sequence[Any]
    named: Sequence[str]
    places: Mapping[Column, int]

    def pointer(self, column: Column) -> str:
        return f"/file/row/{self.place}/{self.named[self.places[column]]}"

    def fault(self, column: Column, detail: str) -> CellInvalid:
        return CellInvalid(detail, pointer=self.pointer(column), row=self.place, column=self.named[self.places[column]])

    def value(self, column: Column) -> Any:
        place = self.places.get(column)
        value = None if place is None or place >= len(self.cells) else self.cells[place]
        if isinstance(value, _Formula):
            raise self.fault(column, "The cell holds a formula or an error; paste its value.")
        return value

    def text(self, column: Column) -> str:
        value = self.value(column)
        if isinstance(value, float | int) and not isinstance(value, bool):
            value = f"{value:.15g}"
        text = _text(value)
        if len(text) > 120:
            raise self.fault(column, "The cell holds more than 120 characters.")
        return text

    def amount(self, column: Column) -> int | None:
        value = self.value(column)
        # A workbook keeps numbers in binary; what it shows of them has at most 15 digits.
        text = f"{value:.15g}" if isinstance(value, float) else _text(value)
        if not text:
            return None
        if not _AMOUNT.fullmatch(text) or isinstance(value, bool):
            raise self.fault(column, "An amount is a plain number with at most two places, below a trillion.")
        amount = Decimal(text.replace(",", ""))
        if abs(amount) >= MAX_YUAN:
            raise self.fault(column, "An amount is below a trillion.")
        return int(amount.scaleb(2))

    def day(self) -> date | None:
        value = self.value(Column.DATE)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or value in (None, ""):
            return value or None
        matched = _DAY.fullmatch(_text(value))
        try:
            return date(*map(int, matched.groups())) if matched else date.min.replace(month=13)
        except ValueError:
            raise self.fault(Column.DATE, "A date is written 2026-08-09.") from None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
