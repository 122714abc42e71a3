"""Under whose rules a case stands."""

from datetime import date

import pytest

from complaints.traits.rules import regime_of


@pytest.mark.parametrize(
    ("is_from_pboc", "received_on", "regime"),
    [
        (True, date(2020, 11, 1), "pboc"),
        (True, date(2020, 10, 31), "nfra"),
        (False, date(2026, 3, 2), "nfra"),
    ],
)
def test_what_the_peoples_bank_forwards_stands_under_its_measures(
    is_from_pboc: bool, received_on: date, regime: str
) -> None:
    assert regime_of(is_from_pboc=is_from_pboc, received_on=received_on) == regime
