from datetime import date
from typing import Any

import pytest

from client_profile.amendments import rules
from client_profile.documents.rules import DocumentKind, Sex

CURRENT: dict[str, Any] = {
    "name": "张三丰",
    "document_kind": DocumentKind.RESIDENT_ID,
    "document_number": "11010519491231002X",
    "birth_date": date(1949, 12, 31),
    "sex": Sex.FEMALE,
    "nationality": "CN",
    "email": "zhang@example.com",
}


def test_a_field_left_out_stays_and_null_removes() -> None:
    merged = rules.merged_profile(CURRENT, {"email": None})

    assert merged == {**CURRENT, "email": None}


def test_what_the_old_resident_id_told_goes_with_it() -> None:
    merged = rules.merged_profile(CURRENT, {"document_number": "440524188001010014"})

    assert [merged[name] for name in ("birth_date", "sex", "nationality")] == [None, None, None]


def test_what_the_old_document_told_stays_where_the_new_one_tells_nothing() -> None:
    merged = rules.merged_profile(CURRENT, {"document_kind": DocumentKind.PASSPORT, "document_number": "E12345678"})

    assert merged["birth_date"] == date(1949, 12, 31)


def test_changed_fields_are_named_in_order() -> None:
    assert rules.changed_fields(CURRENT, {**CURRENT, "sex": Sex.MALE, "email": None}) == ["email", "sex"]
    assert rules.changed_fields(CURRENT, dict(CURRENT)) == []


@pytest.mark.parametrize("changed", [["name"], ["document_number"], ["document_kind", "email"]])
def test_a_new_identity_needs_a_proof(changed: list[str]) -> None:
    with pytest.raises(rules.ProofMissing):
        rules.require_proof(changed, None)
    rules.require_proof(changed, "公安机关变更证明")
    rules.require_proof(["email", "phones"], None)
