from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.relationships import rules
from client_profile.relationships.rules import RelationshipKind, inverse, stored

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("kind", RelationshipKind)
def test_the_inverse_of_the_inverse_is_the_kind_itself(kind: RelationshipKind) -> None:
    assert inverse(inverse(kind)) is kind


@pytest.mark.parametrize(
    ("kind", "other"),
    [("authorized_agent", "principal"), ("spouse", "spouse"), ("parent", "child"), ("beneficiary", "settlor")],
)
def test_both_sides_have_their_word(kind: str, other: str) -> None:
    assert inverse(RelationshipKind(kind)) is RelationshipKind(other)


@given(st.sampled_from(RelationshipKind), st.uuids(), st.uuids())
def test_a_relationship_is_stored_alike_whichever_side_tells_it(kind: RelationshipKind, one: UUID, two: UUID) -> None:
    if one == two:
        with pytest.raises(rules.SameClient):
            stored(one, two, kind)
    else:
        assert stored(one, two, kind) == stored(two, one, inverse(kind))


def test_the_agent_of_a_client_is_stored_on_the_client() -> None:
    told = stored(TWO, ONE, RelationshipKind.PRINCIPAL)

    assert told == rules.Stored(ONE, TWO, RelationshipKind.AUTHORIZED_AGENT)


def test_a_period_of_one_day_is_a_period() -> None:
    rules.require_period(date(2026, 1, 1), date(2026, 1, 1))
    rules.require_period(date(2026, 1, 1), None)
    with pytest.raises(rules.EndsBeforeStart):
        rules.require_period(date(2026, 1, 2), date(2026, 1, 1))


def test_a_relationship_ends_once() -> None:
    rules.require_open(None)
    with pytest.raises(rules.RelationshipEnded) as refused:
        rules.require_open(date(2026, 1, 1))
    assert refused.value.facts == {"ended_on": "2026-01-01"}
