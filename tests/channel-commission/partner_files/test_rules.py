"""Files of partners and banks: what is read, and which row and column cannot be."""

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from channel_commission.partner_files import rules
from channel_commission.partner_files.rules import Column, Row, read
from shared.errors import Invalid

TABLE = (
    "交易确认号,业务日期,产品编号,计费基数,金额\r\nB-1,2026-08-09,P1,100000.00,600.00\r\nB-2,2026-08-10,,,-20.50\r\n"
)
ROWS = [
    Row(2, "B-1", date(2026, 8, 9), "p1", 10_000_000, 60_000),
    Row(3, "B-2", date(2026, 8, 10), "", None, -2_050),
]


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_in_the_encodings_partners_send(encoding: str) -> None:
    assert read(TABLE.encode(encoding), {}) == ROWS


def test_a_workbook_is_read_with_its_dates_and_numbers() -> None:
    content = workbook(
        ["交易确认号", "业务日期", "产品编号", "计费基数", "金额"],
        ["B-1", datetime(2026, 8, 9, tzinfo=UTC).replace(tzinfo=None), "P1", 100000, 600.0],
        ["B-2", "2026-08-10", None, None, -20.5],
    )

    assert read(content, {}) == ROWS


def test_headings_are_told_where_they_are_others() -> None:
    content = "回单号,发生额,备注\n77,1.00,佣金\n".encode()

    assert read(content, {Column.NUMBER: "回单号", Column.AMOUNT: "发生额"}) == [Row(2, "77", None, "", None, 100)]


def test_a_total_that_is_right_is_no_line_and_blank_rows_are_none() -> None:
    content = '确认号,金额\nB-1,600.00\n,\n\nB-2,"1,000.00"\n合计：,1600.00\n'.encode()

    assert [row.amount_fen for row in read(content, {})] == [60_000, 100_000]


@pytest.mark.parametrize(
    ("content", "code", "pointer"),
    [
        ("确认号,金额\nB-1,600.00\n合计,599.99\n", "total_differs", "/file/row/3/金额"),
        ("确认号,数额\nB-1,600.00\n", "heading_missing", "/file/row/1"),
        ("确认号,金额,金额\nB-1,600.00,1\n", "heading_missing", "/file/row/1"),
        ("确认号,金额\nB-1,600.001\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,1e3\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,=600\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,600\nB-2,NaN\n", "cell_invalid", "/file/row/3/金额"),
        ("确认号,金额\nB-1,１２３\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,12,34\n", "cell_invalid", "/file/row/2"),
        ('确认号,金额\nB-1,"12,34"\n', "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,1000000000000.00\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额\nB-1,\n", "cell_invalid", "/file/row/2/金额"),
        ("确认号,金额,日期\nB-1,1,2026-02-30\n", "cell_invalid", "/file/row/2/日期"),
        ("确认号,金额\n" + "9" * 121 + ",1\n", "cell_invalid", "/file/row/2/确认号"),
        ("", "heading_missing", "/file/row/1"),
        ('确认号,金额\n"B-1,600\n', "file_unreadable", "/file/row/2"),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(content: str, code: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(content.encode(), {})

    assert (refused.value.code, refused.value.pointer) == (code, pointer)


@pytest.mark.parametrize("cell", ["=SUM(A1:A2)", "#REF!", 600.005, True, "六百元"])
def test_a_cell_of_a_workbook_that_has_no_value_of_its_own_is_named(cell: Any) -> None:
    content = workbook(["确认号", "金额"], ["B-1", 1.1], ["B-2", cell])

    with pytest.raises(rules.CellInvalid) as refused:
        read(content, {})
    assert refused.value.pointer == "/file/row/3/金额"
    assert refused.value.facts == {"row": 3, "column": "金额"}


def test_a_number_that_binary_cannot_hold_is_what_the_sheet_shows() -> None:
    assert [row.amount_fen for row in read(workbook(["确认号", "金额"], ["B-1", 0.1 + 0.2]), {})] == [30]


def test_a_heading_that_was_told_and_is_not_there_is_named() -> None:
    with pytest.raises(rules.HeadingMissing) as refused:
        read(TABLE.encode(), {Column.BASE: "本金"})

    assert refused.value.pointer == "/query/base"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x01",
        b"%PDF-1.7\x00",
        b"PK\x03\x04 no archive",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00",
        b"\x80\x81\xff",
    ],
)
def test_other_files_and_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(rules.FileUnreadable):
        read(content, {})


def test_a_workbook_that_unpacks_without_end_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"\0" * 65 * 1024 * 1024)

    with pytest.raises(rules.FileUnreadable, match="64 MiB"):
        read(file.getvalue(), {})


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "a")

    with pytest.raises(rules.FileUnreadable):
        read(file.getvalue(), {})
