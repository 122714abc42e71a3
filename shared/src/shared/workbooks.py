"""Tables as Excel workbooks: any number of rows in little memory, texts never formulas, amounts as numbers.

Services that write them depend on `trust-crm-shared[workbooks]`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What one cell holds at the most.
_MOST_LETTERS: Final = 32_767

#: Text, a whole number, an amount of yuan (exact: up to 14 digits, a cell keeps 15), a day, or nothing.
Cell = str | int | Decimal | date | None


def workbook(file: IO[bytes], *, title: str, created: datetime) -> Any:
    """Return a workbook that is written into `file` and keeps one row in memory; whoever fills it closes it.

    Args:
        file: Read from its beginning once the workbook is closed.
        title: Its title.
        created: When what it tells was so (UTC); the same data at the same instant is the same bytes.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"title": title, "created": created.replace(tzinfo=None)})
    return book


class Table:
    """A sheet that is one table with a heading on every page, filled some rows at a time.

    Args:
        book: The workbook.
        name: Name of the sheet.
        columns: Heading and width (in letters) of each column.
    """

    def __init__(self, book: Any, name: str, columns: Sequence[tuple[str, int]]) -> None:
        self._text = book.add_format({"quote_prefix": True})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._page = book.add_worksheet(name)
        self._page.freeze_panes(1, 0)
        self._page.repeat_rows(0)
        self._page.set_landscape()
        self._page.fit_to_pages(1, 0)
        self._page.set_footer("&C&P / &N")
        head = book.add_format({"bold": True})
        for place, (label, width) in enumerate(columns):
            self._page.set_column(place, place, width)
            self._page.write_string(0, place, label, head)
        self._rows = 0

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows below those that are there, each with a cell per column."""
        for row in rows:
            self._rows += 1
            for place, cell in enumerate(row):
                self._write(place, cell)

    def _write(self, place: int, cell: Cell) -> None:
        if isinstance(cell, str):
            self._page.write_string(self._rows, place, cell[:_MOST_LETTERS], self._text)
        elif isinstance(cell, Decimal):
            self._page.write_number(self._rows, place, float(cell), self._money)
        elif isinstance(cell, int):
            self._page.write_number(self._rows, place, cell)
        elif cell is not None:
            self._page.write_datetime(self._rows, place, cell, self._day)
