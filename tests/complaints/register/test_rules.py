"""Numbers and addresses in people's own words never leave the house in full."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.register.rules import MOST_ROWS, RegisterTooLong, handling_days, masked_text, require_exportable


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13812345678，谢谢", "请回电13****78，谢谢"),
        ("电话138 1234 5678或138-1234-5678", "电话13****78或13****78"),
        ("座机010-88886666", "座机01****66"),
        ("身份证11010519491231002X", "身份证110****002X"),
        ("卡号6222 0212 3456 7890 123", "卡号622****0123"),
        ("全角１３８１２３４５６７８", "全角１３****７８"),
        ("邮箱zhang.san@example.com.cn", "邮箱z***@example.com.cn"),
        ("2026-03-02认购100万元，编号TS-2026-000123", "2026-03-02认购100万元，编号TS-2026-000123"),
        ("本金1,000,000.00元，收益4.5%", "本金1,000,000.00元，收益4.5%"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_are_masked_and_other_words_kept(text: str, masked: str) -> None:
    assert masked_text(text) == masked


_WORDS = st.lists(
    st.one_of(st.text("0123456789", min_size=1, max_size=20), st.sampled_from([" ", "-", "，", "X", "元", "@", "a.b"])),
    max_size=12,
).map("".join)


@given(_WORDS)
def test_no_long_number_is_left_and_masking_again_changes_nothing(text: str) -> None:
    masked = masked_text(text)

    assert not re.search(r"\d{8}", masked)
    assert not re.search(r"\d(?:[ -]?\d){10}", masked)
    assert masked_text(masked) == masked


@pytest.mark.parametrize(
    ("received", "ended", "today", "days"),
    [
        (date(2026, 3, 2), None, date(2026, 3, 2), 0),
        (date(2026, 3, 2), None, date(2026, 3, 17), 15),
        (date(2024, 2, 28), date(2024, 3, 1), date(2026, 1, 1), 2),
    ],
)
def test_handling_days_stop_with_the_handling(received: date, ended: date | None, today: date, days: int) -> None:
    assert handling_days(received, ended, today) == days


def test_a_workbook_takes_so_many_rows_and_no_more() -> None:
    require_exportable(MOST_ROWS)
    with pytest.raises(RegisterTooLong) as refusal:
        require_exportable(MOST_ROWS + 1)
    assert refusal.value.facts == {"rows": MOST_ROWS + 1, "most": MOST_ROWS}
