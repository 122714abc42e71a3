from datetime import UTC, datetime
from itertools import permutations
from uuid import UUID

import pytest

from interaction_log.parties.rules import Lead, nearest_lead, unconfirmed_before

TEAM, BRANCH, HOUSE, OTHER = (UUID(int=n) for n in range(10, 14))
NEAR, FAR, TOP, ELSEWHERE = (UUID(int=n) for n in range(20, 24))


@pytest.mark.parametrize(
    ("leads", "manager_id", "expected"),
    [
        ([(NEAR, TEAM), (FAR, BRANCH)], None, NEAR),
        ([(FAR, BRANCH), (TOP, HOUSE)], None, FAR),
        ([(NEAR, TEAM), (FAR, BRANCH)], NEAR, FAR),
        ([(NEAR, TEAM)], NEAR, None),
        ([(ELSEWHERE, OTHER)], None, None),
        ([], None, None),
    ],
    ids=["own unit", "unit above", "manager leads", "nobody else", "other unit", "nobody"],
)
def test_the_nearest_lead_is_of_the_unit_or_above_and_not_the_manager(
    leads: list[tuple[UUID, UUID]], manager_id: UUID | None, expected: UUID | None
) -> None:
    for order in permutations(leads):
        found = nearest_lead([TEAM, BRANCH, HOUSE], [Lead(*one) for one in order], manager_id=manager_id)
        assert found == expected


def test_a_client_stays_unlisted_for_as_long_as_policy_allows() -> None:
    assert unconfirmed_before(datetime(2026, 3, 2, 4, tzinfo=UTC), 60) == datetime(2026, 3, 2, 3, tzinfo=UTC)
