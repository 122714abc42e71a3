"""Licenses."""

from datetime import date

import pytest

from channel_commission.channels.rules import (
    ChannelKind,
    LicenseNotAllowed,
    LicensePeriodEmpty,
    Validity,
    is_covered,
    require_license_fits,
)


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
