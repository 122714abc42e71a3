"""Whose word a payment needs, by amount and level."""

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.approvals.rules import ApprovalAboveLimit, Authority, Limits, require_authority
from complaints.cases.rules import Level

LIMITS = Limits.of(importlib.import_module("complaints.migrations.0017_approvals")._LIMITS, version="limits@2020-03-01")
HANDLER, SECOND, SENIOR = Authority


@pytest.mark.parametrize(
    ("level", "fen", "expected"),
    [
        ("ordinary", 0, HANDLER),
        ("ordinary", 100_000, HANDLER),
        ("ordinary", 100_001, SECOND),
        ("ordinary", 5_000_000, SECOND),
        ("ordinary", 5_000_001, SENIOR),
        ("complicated", 0, SECOND),
        ("complicated", 5_000_000, SECOND),
        ("complicated", 5_000_001, SENIOR),
        ("major", 0, SENIOR),
        ("major", 1, SENIOR),
        ("a level of later", 1, SENIOR),
    ],
)
def test_the_house_lets_each_decide_up_to_a_limit(level: str, fen: int, expected: Authority) -> None:
    assert LIMITS.needed(level, fen) is expected
    assert LIMITS.facts(level, fen) == {
        "needs": expected,
        "level": level,
        "amount_fen": fen,
        "rule_version": "limits@2020-03-01",
    }


AMOUNTS = st.integers(0, 10**12).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
VALUES = st.dictionaries(
    st.sampled_from(Level).map(str), st.dictionaries(st.sampled_from([HANDLER, SECOND]).map(str), AMOUNTS)
)


@given(value=VALUES, level=st.sampled_from(Level), fen=st.integers(0, 10**12), more=st.integers(0, 10**12))
def test_more_money_never_needs_a_lesser_word(value: dict[str, Any], level: Level, fen: int, more: int) -> None:
    order, limits = list(Authority), Limits.of(value, version="v")

    assert order.index(limits.needed(level, fen)) <= order.index(limits.needed(level, fen + more))


@pytest.mark.parametrize(
    ("roles", "needs", "may"),
    [
        (["complaint_supervisor"], HANDLER, True),
        (["complaint_supervisor"], SECOND, True),
        (["complaint_supervisor"], SENIOR, False),
        (["executive"], SENIOR, True),
        (["complaint_supervisor", "executive"], SENIOR, True),
        ([], SENIOR, False),
    ],
)
def test_above_the_second_limit_a_senior_executive_approves(roles: list[str], needs: Authority, may: bool) -> None:
    if may:
        require_authority(roles, needs, version="v")
        return
    with pytest.raises(ApprovalAboveLimit) as refusal:
        require_authority(roles, needs, version="v")
    assert refusal.value.facts == {"needs": SENIOR, "office": "executive", "version": "v"}
