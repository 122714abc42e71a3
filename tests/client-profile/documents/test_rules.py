"""Check digits against the standards' own definitions, written otherwise than the rules are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.documents.rules import (
    DocumentKind,
    DocumentNumberInvalid,
    Sex,
    birth_date,
    checked_number,
    sex,
)

TODAY = date(2026, 3, 2)
CITIZEN_CHARACTERS = "0123456789X"


def is_citizen_number(number: str) -> bool:
    """ISO 7064 MOD 11-2: the digits, each times 2 to the power of its place from the right, leave 1."""
    return sum(CITIZEN_CHARACTERS.index(one) * 2**place for place, one in enumerate(reversed(number))) % 11 == 1


def accepts(kind: DocumentKind, number: str) -> bool:
    try:
        checked_number(kind, number, today=TODAY)
    except DocumentNumberInvalid:
        return False
    return True


births = st.dates(date(1850, 1, 1), TODAY)
citizen_bodies = st.builds(
    lambda region, born_on, serial: f"{region:06d}{born_on:%Y%m%d}{serial:03d}",
    st.integers(0, 999999),
    births,
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    ("number", "born_on", "told"),
    [
        # The two examples of GB 11643 itself; the region of the second is long gone.
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("440524188001010014", date(1880, 1, 1), Sex.MALE),
    ],
)
def test_the_examples_of_the_standard_hold(number: str, born_on: date, told: Sex) -> None:
    assert checked_number(DocumentKind.RESIDENT_ID, number, today=TODAY) == number
    assert (birth_date(number), sex(number)) == (born_on, told)


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_a_number_is_stored_in_one_form_however_it_is_typed(typed: str) -> None:
    assert checked_number(DocumentKind.RESIDENT_ID, typed, today=TODAY) == "11010519491231002X"


@given(citizen_bodies)
def test_of_eleven_check_characters_exactly_the_right_one_is_accepted(body: str) -> None:
    accepted = [one for one in CITIZEN_CHARACTERS if accepts(DocumentKind.RESIDENT_ID, body + one)]

    assert accepted == [one for one in CITIZEN_CHARACTERS if is_citizen_number(body + one)]
    assert len(accepted) == 1


@given(citizen_bodies, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, place: int, shift: int) -> None:
    check = next(one for one in CITIZEN_CHARACTERS if is_citizen_number(body + one))
    wrong = body[:place] + str((int(body[place]) + shift) % 10) + body[place + 1 :] + check

    assert not accepts(DocumentKind.RESIDENT_ID, wrong)


@given(citizen_bodies)
def test_a_number_tells_the_birth_date_and_the_sex_written_in_it(body: str) -> None:
    number = body + next(one for one in CITIZEN_CHARACTERS if is_citizen_number(body + one))

    assert f"{birth_date(number):%Y%m%d}" == number[6:14]
    assert (sex(number) is Sex.MALE) == (number[16] in "13579")


def with_check(body: str) -> str:
    return body + next(one for one in CITIZEN_CHARACTERS if is_citizen_number(body + one))


@pytest.mark.parametrize(
    "number",
    [
        with_check("11010519490230001"),  # 30 February
        with_check("11010519491301001"),  # month 13
        with_check("11010519490000001"),  # day 0
        with_check("11010520260303001"),  # born tomorrow
        with_check("11010519491231002")[:17],  # one digit short
        "110105491231002",  # 15 digits, void since 2013
        "1101051949123100XX",
        "",
    ],
)
def test_a_number_that_nobody_can_have_is_refused_at_its_field(number: str) -> None:
    with pytest.raises(DocumentNumberInvalid) as refused:
        checked_number(DocumentKind.RESIDENT_ID, number, today=TODAY)

    assert refused.value.pointer == "/document_number"
    assert number not in refused.value.detail or not number


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (DocumentKind.PASSPORT, "e12345678", "E123"),
        (DocumentKind.PASSPORT, "G1234567", "G-123456"),
        (DocumentKind.HK_MACAO_PERMIT, "H12345678", "X12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "M1234567890", "M123456789"),
        (DocumentKind.TAIWAN_PERMIT, "12345678", "1234567"),
        (DocumentKind.PERMANENT_RESIDENCE_CARD, "911124198108030024", "811124198108030024"),
        (DocumentKind.PERMANENT_RESIDENCE_CARD, "CAN110078091200", "CA1100780912000"),
        (DocumentKind.HMT_RESIDENCE_PERMIT, with_check("81000019800101001"), with_check("11000019800101001")),
        (DocumentKind.OTHER, "MIL-0001", "军字第1号"),
        (DocumentKind.CREDIT_CODE, "91350100m000100y43", "91350100M000100Y44"),
        (DocumentKind.CREDIT_CODE, "91350100M000100Y43", "91350100I000100Y43"),
    ],
)
def test_other_documents_are_checked_by_their_form_credit_codes_to_the_digit(
    kind: DocumentKind, good: str, bad: str
) -> None:
    assert accepts(kind, good)
    assert not accepts(kind, bad)
