from typing import Any

import pytest

from client_profile.dealings.rules import DealingKind
from client_profile.registry import rules

SUBSCRIPTION: dict[str, Any] = {"client_id": 1, "product_id": 2}


@pytest.mark.parametrize(
    ("kind", "given", "pointer"),
    [
        (DealingKind.SUBSCRIPTION, {"product_id": 2}, "/client_id"),
        (DealingKind.SUBSCRIPTION, {"client_id": 1, "product_id": None}, "/product_id"),
        (DealingKind.REDEMPTION, {}, "/original_external_id"),
    ],
)
def test_a_field_its_kind_needs_is_missed(kind: DealingKind, given: dict[str, Any], pointer: str) -> None:
    with pytest.raises(rules.FieldMissing) as refused:
        rules.require_fields(kind, given)
    assert refused.value.pointer == pointer


def test_a_field_of_the_other_kind_is_refused() -> None:
    rules.require_fields(DealingKind.SUBSCRIPTION, SUBSCRIPTION)
    with pytest.raises(rules.FieldNotForKind):
        rules.require_fields(DealingKind.SUBSCRIPTION, {**SUBSCRIPTION, "original_external_id": "B-1"})
    with pytest.raises(rules.FieldNotForKind) as refused:
        rules.require_fields(DealingKind.REDEMPTION, {"original_external_id": "B-1", "channel_id": 3})
    assert refused.value.pointer == "/channel_id"


def test_other_content_under_a_known_number_is_pointed_at() -> None:
    known = {"amount": 100, "product_id": 2, "version": 4}
    rules.require_same(known, {"amount": 100, "product_id": 2})
    with pytest.raises(rules.DealingDiffers) as refused:
        rules.require_same(known, {"amount": 100, "product_id": 3})
    assert refused.value.pointer == "/product_id"
