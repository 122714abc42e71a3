"""What a report says, its digest, and what differs between versions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.regulator_reports import rules
from complaints.regulator_reports.rules import Item, Line, PeriodNotOver, Section

SUMMARY = dict.fromkeys(Item, "0")
_CODES = st.sampled_from(["a", "b", "c", "d"])
_LINES = st.dictionaries(_CODES, st.integers(0, 3)).map(
    lambda values: [
        Line(Section.REASON, code, code.upper(), "件", str(number)) for code, number in sorted(values.items())
    ]
)


def test_closed_lists_are_told_whole_and_open_ones_as_they_come() -> None:
    by = {Section.LEVEL: {"major": ("?", 2)}, Section.BUSINESS_CODE: {"B2": ("信托", 1), "none": ("未分类", 4)}}

    told = rules.lines(SUMMARY | {Item.COMPENSATION: "12.00"}, by)

    levels = [(line.code, line.name, line.value) for line in told if line.section is Section.LEVEL]
    assert levels == [("ordinary", "普通投诉", "0"), ("complicated", "复杂投诉", "0"), ("major", "重大投诉", "2")]
    business = [(line.code, line.name, line.value) for line in told if line.section is Section.BUSINESS_CODE]
    assert business == [("B2", "信托", "1"), ("none", "未分类", "4")]
    amount = next(line for line in told if line.code == "compensation")
    assert (amount.unit, amount.value) == ("元", "12.00")
    assert len({(line.section, line.code) for line in told}) == len(told)


@given(_LINES)
def test_a_report_reads_back_as_it_was_frozen(lines: list[Line]) -> None:
    document = rules.content(date(2026, 1, 1), date(2026, 3, 31), lines)

    assert rules.told(document) == lines
    assert rules.digest(document) == rules.digest(dict(reversed(document.items())))
    assert rules.differences(lines, lines) == []


@given(_LINES, _LINES)
def test_applying_the_differences_to_the_one_gives_the_other(before: list[Line], after: list[Line]) -> None:
    values = {(line.section, line.code): line.value for line in before}

    for one in rules.differences(before, after):
        assert values.get((one.section, one.code)) == one.before
        if one.after is None:
            del values[one.section, one.code]
        else:
            values[one.section, one.code] = one.after

    assert values == {(line.section, line.code): line.value for line in after}


@pytest.mark.parametrize("today", [date(2026, 3, 30), date(2026, 3, 31)])
def test_a_period_that_runs_is_not_reported(today: date) -> None:
    with pytest.raises(PeriodNotOver):
        rules.require_over(date(2026, 3, 31), today)


def test_a_period_is_over_on_the_day_after_its_last() -> None:
    rules.require_over(date(2026, 3, 31), date(2026, 4, 1))
