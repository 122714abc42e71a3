"""Credit codes against the standards' own definitions, written otherwise than the rule is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credit_code import is_credit_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: Weights as printed in GB 32100-2015, table 3.
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
heads = st.text(ALPHABET, min_size=8, max_size=8)
bodies = st.text(ALPHABET, min_size=8, max_size=8)


def is_checked(code: str) -> bool:
    """GB 32100: the characters times the printed weights and the check times 1 leave 0 by 31."""
    total = sum(weight * ALPHABET.index(one) for weight, one in zip(WEIGHTS, code[:17], strict=True))
    return (total + ALPHABET.index(code[17])) % 31 == 0


def is_organization_code(code: str) -> bool:
    """GB 11714: weights 3 7 9 10 5 8 4 2 and the check (X = 10) times 1 leave 0 by 11."""
    weights, check = (3, 7, 9, 10, 5, 8, 4, 2), 10 if code[8] == "X" else int(code[8])
    return (sum(weight * int(one, 36) for weight, one in zip(weights, code[:8], strict=True)) + check) % 11 == 0


def completed(head: str, body: str) -> str:
    """The code of registration head and organization, both check characters found by trying all."""
    organization = next(body + one for one in "0123456789X" if is_organization_code(body + one))
    return next(head + organization + one for one in ALPHABET if is_checked(head + organization + one))


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the example of GB 32100
        "914403001922038216",  # as printed on the licenses of well-known companies
        "91330100799655058B",
        "9144030071526726XG",
        "91110000802100433B",
        "91110108551385082Q",
    ],
)
def test_codes_in_use_hold(code: str) -> None:
    assert is_checked(code)
    assert is_organization_code(code[8:17])
    assert is_credit_code(code)


@given(heads, bodies)
def test_of_all_check_characters_exactly_the_right_one_is_accepted(head: str, body: str) -> None:
    right = completed(head, body)

    assert [right[:17] + one for one in ALPHABET if is_credit_code(right[:17] + one)] == [right]


@given(heads, bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(head: str, body: str, place: int, character: str) -> None:
    code = completed(head, body)
    changed = code[:place] + character + code[place + 1 :]

    assert is_credit_code(changed) == (changed == code)


def test_a_remainder_of_zero_gives_the_check_character_zero() -> None:
    found = [code for serial in range(400) if (code := completed("91350100", f"{serial:08d}"))[17] == "0"]

    assert found
    assert all(is_credit_code(code) for code in found)


def test_a_wrong_organization_code_inside_is_refused_though_the_whole_is_checked() -> None:
    head, organization = "91350100", "M000100Y5"
    code = next(head + organization + one for one in ALPHABET if is_checked(head + organization + one))

    assert not is_organization_code(organization)
    assert not is_credit_code(code)


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letters_mistaken_for_digits_stand_in_no_code(letter: str) -> None:
    assert not is_credit_code(f"9135010{letter}M000100Y43")


@pytest.mark.parametrize("code", ["", "91350100M000100Y4", "91350100M000100Y433", "91350100m000100y43", "中" * 18])
def test_what_has_another_form_is_no_code(code: str) -> None:
    assert not is_credit_code(code)
