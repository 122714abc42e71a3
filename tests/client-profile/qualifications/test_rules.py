from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.identity.rules import ClientKind
from client_profile.qualifications import rules
from client_profile.qualifications.rules import QualificationBasis as Basis
from client_profile.qualifications.rules import QualificationStatus as Status

PERSON, INSTITUTION = ClientKind.PERSON, ClientKind.INSTITUTION
TESTS = {
    "experience_years": 2,
    "person": {
        "family_net_financial_assets": "3000000.00",
        "family_financial_assets": "5000000.00",
        "average_income": "400000.00",
    },
    "institution": {"net_assets": "10000000.00"},
    "without_test": ["financial_institution", "pension_or_charity", "foreign_institution"],
}
DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("kind", "basis", "least_fen"),
    [
        (PERSON, Basis.FAMILY_NET_FINANCIAL_ASSETS, 3_000_000_00),
        (PERSON, Basis.FAMILY_FINANCIAL_ASSETS, 5_000_000_00),
        (PERSON, Basis.AVERAGE_INCOME, 400_000_00),
        (INSTITUTION, Basis.NET_ASSETS, 10_000_000_00),
    ],
)
def test_the_amount_of_the_test_itself_is_enough_and_a_fen_less_is_not(
    kind: ClientKind, basis: Basis, least_fen: int
) -> None:
    rules.require_qualified(kind, basis, amount_fen=least_fen, experience_years=2, tests=TESTS)
    with pytest.raises(rules.QualificationTestNotMet) as refused:
        rules.require_qualified(kind, basis, amount_fen=least_fen - 1, experience_years=2, tests=TESTS)
    assert refused.value.facts["needed_amount"] == f"{least_fen // 100}.00"


def test_a_person_needs_two_years_of_experience_whatever_the_amount() -> None:
    with pytest.raises(rules.QualificationTestNotMet):
        rules.require_qualified(PERSON, Basis.AVERAGE_INCOME, amount_fen=10**12, experience_years=1, tests=TESTS)


def test_an_institution_needs_no_years_and_a_licensed_one_no_amount() -> None:
    rules.require_qualified(INSTITUTION, Basis.NET_ASSETS, amount_fen=10**9, experience_years=0, tests=TESTS)
    needed = rules.require_qualified(
        INSTITUTION, Basis.FINANCIAL_INSTITUTION, amount_fen=None, experience_years=0, tests=TESTS
    )
    assert needed == {"needed_amount": None, "needed_years": 0}


@pytest.mark.parametrize(
    ("kind", "basis"),
    [(PERSON, Basis.NET_ASSETS), (PERSON, Basis.FINANCIAL_INSTITUTION), (INSTITUTION, Basis.AVERAGE_INCOME)],
)
def test_a_basis_of_the_other_kind_of_client_is_refused(kind: ClientKind, basis: Basis) -> None:
    with pytest.raises(rules.BasisDoesNotFit) as refused:
        rules.require_qualified(kind, basis, amount_fen=10**12, experience_years=9, tests=TESTS)
    assert refused.value.pointer == "/basis"


def test_a_basis_with_an_amount_needs_one() -> None:
    with pytest.raises(rules.AmountMissing):
        rules.require_qualified(PERSON, Basis.AVERAGE_INCOME, amount_fen=None, experience_years=9, tests=TESTS)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_what_counts_twelve_months_ends_the_day_before_the_same_day(day: date, months: int, expected: date) -> None:
    assert rules.last_valid_day(day, months) == expected


@given(day=DAYS, months=st.integers(-240, 240))
def test_a_month_later_keeps_the_day_or_takes_the_months_last(day: date, months: int) -> None:
    later = rules.months_later(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or ((later + timedelta(days=1)).day == 1 and later.day < day.day)


@given(day=DAYS, today=DAYS)
def test_a_proof_is_accepted_exactly_while_it_counts(day: date, today: date) -> None:
    last = date(day.year + 1, day.month, min(day.day, 28 if day.month == 2 else day.day)) - timedelta(days=1)
    if day.month == 2 and day.day == 29:
        last = date(day.year + 1, 2, 27)

    if day <= today <= last:
        assert rules.require_in_date(day, today, 12, pointer="/proof_on") == last
    else:
        with pytest.raises(rules.ProofOutOfDate):
            rules.require_in_date(day, today, 12, pointer="/proof_on")


def test_a_proof_from_the_end_of_time_is_refused_and_does_not_break() -> None:
    with pytest.raises(rules.ProofOutOfDate):
        rules.require_in_date(date(9999, 12, 31), date(2026, 3, 2), 12, pointer="/proof_on")


@pytest.mark.parametrize(("command", "expected"), [("confirm", Status.CONFIRMED), ("reject", Status.REJECTED)])
def test_a_second_person_decides_once(command: str, expected: Status) -> None:
    assert rules.decided(Status.SUBMITTED, command, submitted_by="staff:1", actor="staff:2") is expected
    with pytest.raises(rules.SecondPersonNeeded):
        rules.decided(Status.SUBMITTED, command, submitted_by="staff:1", actor="staff:1")
    for status in (Status.CONFIRMED, Status.REJECTED):
        with pytest.raises(rules.QualificationDecided):
            rules.decided(status, command, submitted_by="staff:1", actor="staff:2")
