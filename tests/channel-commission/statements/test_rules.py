"""Amounts in capital numerals, and cells that no spreadsheet takes for a formula."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.statements.rules import Totals, capital, guarded
from channel_commission.taxes.rules import Terms

DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
WEIGHTS = {"拾": 10, "佰": 100, "仟": 1000}


def fen_of(text: str) -> int:
    """Read capital numerals back, by their meaning and not by how they are made."""
    match = re.fullmatch(r"人民币(负?)(?:(.+?)元)?零?(?:(.)角)?零?(?:(.)分)?整?", text)
    assert match is not None, text
    minus, whole, tenths, hundredths = match.groups()
    total = part = digit = 0
    for sign in whole or "":
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in WEIGHTS:
            part, digit = part + digit * WEIGHTS[sign], 0
        elif sign == "万":
            total, part, digit = total + (part + digit) * 10_000, 0, 0
        else:
            assert sign == "亿"
            total, part, digit = (total + part + digit) * 10**8, 0, 0
    fen = (total + part + digit) * 100 + DIGITS[tenths or "零"] * 10 + DIGITS[hundredths or "零"]
    return -fen if minus else fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        # The examples of the annex.
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        # What a settlement meets.
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (50, "伍角"),
        (105, "壹元零伍分"),
        (1_000, "壹拾元整"),
        (2_160_000, "贰万壹仟陆佰元整"),
        (-2_070_000, "负贰万零柒佰元整"),
        (10_000_500_000, "壹亿零伍仟元整"),
        (10_050_000_000, "壹亿零伍拾万元整"),
        (1_000_000_000_000, "壹佰亿元整"),
        (99_999_999_999_999, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_are_written_as_banks_write_them(fen: int, text: str) -> None:
    assert capital(fen) == f"人民币{text}"


@given(fen=st.integers(-(10**14) + 1, 10**14 - 1))
def test_what_is_written_is_read_back_to_the_fen(fen: int) -> None:
    text = capital(fen)

    assert fen_of(text) == fen
    assert "零零" not in text


@given(fen=st.integers(-(10**14) + 1, 10**14 - 1), other=st.integers(-(10**14) + 1, 10**14 - 1))
def test_no_two_amounts_are_written_alike(fen: int, other: int) -> None:
    assert (capital(fen) == capital(other)) is (fen == other)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a"])
def test_a_text_that_a_spreadsheet_would_calculate_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "B-000001", "SH-2026-08-09", "a=b", "江东银行"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(opening=st.integers(-(10**12), 10**12), entries=st.integers(-(10**12), 10**12), held=st.integers(0, 10**12))
def test_the_figures_add_up_in_the_order_they_are_told(opening: int, entries: int, held: int) -> None:
    closing = opening + entries
    totals = Totals(opening, entries, closing, min(held, max(closing, 0)), Terms(Decimal("0.06"), True))
    figures = {one.name: one for one in totals.named()}
    for place in range(3):
        of = {name: one.amounts()[place] for name, one in figures.items() if one.tax}
        assert of["期初余额"] + of["本期发生额"] == of["期末余额"] == of["本期应付金额"] + of["结转下期余额"]
    assert figures["其中：代扣代缴增值税"].fen + figures["本期实付金额"].fen == totals.payable
    assert totals.payable + totals.carried == totals.closing == totals.opening + totals.entries
    assert totals.payable >= 0
