"""Credit codes and licenses."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.channels.rules import (
    ChannelKind,
    LicenseNotAllowed,
    LicensePeriodEmpty,
    Validity,
    is_covered,
    is_credit_code,
    require_license_fits,
)

DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: Weights as printed in GB 32100-2015, table 3.
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
codes = st.text(DIGITS, min_size=17, max_size=17)


def with_check_digit(body: str) -> str:
    total = sum(DIGITS.index(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + DIGITS[(31 - total % 31) % 31]


def test_the_standards_own_example_is_accepted() -> None:
    assert is_credit_code("91350100M000100Y43")


@given(codes)
def test_a_code_with_its_check_digit_by_the_printed_weights_is_accepted(body: str) -> None:
    assert is_credit_code(with_check_digit(body))


@given(codes, st.integers(0, 17), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_found(body: str, place: int, digit: str) -> None:
    code = with_check_digit(body)
    changed = code[:place] + digit + code[place + 1 :]

    assert is_credit_code(changed) == (changed == code)


@pytest.mark.parametrize("code", ["", "91350100M000100Y4", "91350100M000100Y433", "91350100I000100Y43", "中" * 18])
def test_what_has_another_form_is_no_code(code: str) -> None:
    assert not is_credit_code(code)


@pytest.mark.parametrize(("day", "covered"), [(1, False), (2, True), (5, True), (6, False), (8, True), (9, False)])
def test_both_ends_of_a_license_belong_to_it(day: int, covered: bool) -> None:
    licenses = [Validity(date(2026, 1, 2), date(2026, 1, 5)), Validity(date(2026, 1, 8), date(2026, 1, 8))]

    assert is_covered(date(2026, 1, day), licenses) is covered


def test_an_unlicensed_partner_names_no_license_and_no_license_ends_before_it_begins() -> None:
    with pytest.raises(LicenseNotAllowed):
        require_license_fits(ChannelKind.UNLICENSED, date(2026, 1, 1), date(2026, 1, 1), pointer="/license")
    with pytest.raises(LicensePeriodEmpty) as refused:
        require_license_fits(ChannelKind.BANK, date(2026, 1, 2), date(2026, 1, 1), pointer="/license")
    assert refused.value.pointer == "/license/valid_to"
