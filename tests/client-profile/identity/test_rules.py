from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.documents.rules import DocumentKind, Sex
from client_profile.identity import rules
from client_profile.identity.rules import ClientKind
from shared.errors import Invalid
from shared.sealing import masked_name

TODAY = date(2026, 3, 2)


def person(**fields: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("birth_date", "sex", "nationality", "occupation", "legal_representative", "contact_name"))
    return {
        **blank,
        "kind": ClientKind.PERSON,
        "document_kind": DocumentKind.RESIDENT_ID,
        "document_number": "11010519491231002x",
        **fields,
    }


def institution(**fields: Any) -> dict[str, Any]:
    return (
        person(
            kind=ClientKind.INSTITUTION,
            document_kind=DocumentKind.CREDIT_CODE,
            document_number="91350100m000100y43",
            legal_representative="王建国",
        )
        | fields
    )


def test_what_a_resident_id_tells_completes_the_profile() -> None:
    complete = rules.completed_profile(person(), today=TODAY)

    assert complete["document_number"] == "11010519491231002X"
    assert complete["birth_date"] == date(1949, 12, 31)
    assert (complete["sex"], complete["nationality"]) == (Sex.FEMALE, "CN")


def test_a_passport_tells_nothing_and_so_the_profile_must() -> None:
    told = {"birth_date": date(1980, 5, 1), "sex": Sex.MALE, "nationality": "DE"}
    profile = person(document_kind=DocumentKind.PASSPORT, document_number="C01X00T47", **told)

    assert rules.completed_profile(profile, today=TODAY) == profile


def test_an_institution_needs_no_birth_date() -> None:
    assert rules.completed_profile(institution(), today=TODAY)["document_number"] == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("profile", "code", "pointer"),
    [
        (person(document_kind=DocumentKind.CREDIT_CODE), "field_not_for_kind", "/document_kind"),
        (institution(document_kind=DocumentKind.RESIDENT_ID), "field_not_for_kind", "/document_kind"),
        (person(legal_representative="王建国"), "field_not_for_kind", "/legal_representative"),
        (person(contact_name="赵敏"), "field_not_for_kind", "/contact_name"),
        (institution(birth_date=date(1980, 1, 1)), "field_not_for_kind", "/birth_date"),
        (institution(occupation="教师"), "field_not_for_kind", "/occupation"),
        (institution(legal_representative=None), "field_missing", "/legal_representative"),
        (person(birth_date=date(1949, 12, 30)), "field_contradicts_document", "/birth_date"),
        (person(sex=Sex.MALE), "field_contradicts_document", "/sex"),
        (person(nationality="US"), "field_contradicts_document", "/nationality"),
        (
            person(document_kind=DocumentKind.PASSPORT, document_number="C01X00T47", sex=Sex.MALE, nationality="DE"),
            "field_missing",
            "/birth_date",
        ),
        (
            person(
                document_kind=DocumentKind.PASSPORT,
                document_number="C01X00T47",
                birth_date=date(2026, 3, 3),
                sex=Sex.MALE,
                nationality="DE",
            ),
            "invalid",
            "/birth_date",
        ),
    ],
)
def test_a_profile_that_does_not_hold_is_refused_at_the_field(profile: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.completed_profile(profile, today=TODAY)

    assert (refused.value.code, refused.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("full", "masked"),
    [
        (masked_name("张三丰"), "张**"),
        (masked_name("欧阳娜娜"), "欧**"),
        (rules.masked_number("11010519491231002X"), "110105********002X"),
        (rules.masked_number("E12345678"), "E*******8"),
        (rules.masked_phone("+8613812341234"), "138****1234"),
        (rules.masked_phone("+861065881234"), "****1234"),
        (rules.masked_phone("+85291234567"), "****4567"),
        (rules.masked_email("zhang@example.com"), "z***@example.com"),
        (rules.masked_address("北京市朝阳区建国路88号"), "北京市***"),
    ],
)
def test_masks_keep_what_a_clerk_needs_and_no_more(full: str, masked: str) -> None:
    assert full == masked


names = st.text("张三丰李四王五欧阳娜ab AB１中国信托有限公司", min_size=1, max_size=12)


@given(names, names)
def test_every_name_that_matches_has_all_pieces_of_the_search(name: str, wanted: str) -> None:
    if not rules.searchable(wanted):
        with pytest.raises(rules.SearchTooShort):
            rules.search_pieces(wanted)
    elif rules.is_match(name, wanted):
        assert set(rules.search_pieces(wanted)) <= set(rules.name_pieces(name))


@pytest.mark.parametrize(
    ("name", "wanted", "is_found"),
    [
        ("张三丰", "三丰", True),
        ("张三丰", "张", True),
        ("张三丰", "三", False),
        ("张三丰", "张丰", False),
        ("中信信托", "信托", True),
        ("Li Ming", "lim", True),
        ("ＡＢＣ公司", "abc公", True),
    ],
)
def test_one_character_is_the_beginning_and_more_are_any_part(name: str, wanted: str, is_found: bool) -> None:
    assert rules.is_match(name, wanted) is is_found
