"""Workbooks as a spreadsheet program reads them: texts stay texts, amounts and days are what they say."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http import downloads
from shared.workbooks import Cell, Table, workbook

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def written(rows: list[list[Cell]], columns: int = 1) -> bytes:
    with downloads.made() as file:
        book = workbook(file, title="台账", created=NOW)
        table = Table(book, "台账", [(f"列{place}", 12) for place in range(columns)])
        for row in rows:
            table.add([row])
        book.close()
    with file:
        return file.read()


def read(content: bytes) -> list[tuple[object, ...]]:
    _, *rows = openpyxl.load_workbook(io.BytesIO(content))["台账"].iter_rows(values_only=True)
    return list(rows)


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil.example")', "+86 138", "-1", "@SUM(A1)", "＝1+1", "\t=1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    cell = openpyxl.load_workbook(io.BytesIO(written([[text]])))["台账"]["A2"]

    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@given(st.integers(-(10**14) + 1, 10**14 - 1))
def test_an_amount_is_exact_to_the_fen(fen: int) -> None:
    ((value,),) = read(written([[Decimal(fen).scaleb(-2)]]))

    assert Decimal(str(value)) * 100 == fen


def test_days_numbers_and_empty_cells_keep_their_kind() -> None:
    ((number, day, nothing, text),) = read(written([[7, date(2024, 2, 29), None, "是"]], columns=4))

    assert (number, nothing, text) == (7, None, "是")
    assert isinstance(day, datetime)
    assert day.date() == date(2024, 2, 29)


def test_a_text_longer_than_a_cell_is_cut_and_not_lost() -> None:
    ((value,),) = read(written([["甲" * 40_000]]))

    assert value == "甲" * 32_767


def test_the_same_rows_are_the_same_bytes_however_they_come_in() -> None:
    rows: list[list[Cell]] = [[f"第{place}行"] for place in range(5)]

    assert written(rows) == written(rows)


def test_an_error_while_it_is_made_closes_the_file() -> None:
    with pytest.raises(ZeroDivisionError), downloads.made() as file:
        raise ZeroDivisionError

    assert file.closed
