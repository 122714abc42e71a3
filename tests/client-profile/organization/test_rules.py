from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.organization import rules
from shared.http.permissions import Role

HEAD, NORTH, BEIJING, SOUTH = (UUID(int=number) for number in range(1, 5))
PARENTS = {HEAD: None, NORTH: HEAD, BEIJING: NORTH, SOUTH: HEAD}


def test_the_path_leads_from_the_unit_to_the_top() -> None:
    assert rules.path_to_top(BEIJING, PARENTS) == [BEIJING, NORTH, HEAD]
    assert rules.path_to_top(HEAD, PARENTS) == [HEAD]


def test_a_unit_reaches_itself_and_what_lies_below() -> None:
    assert rules.unit_and_below(NORTH, PARENTS) == {NORTH, BEIJING}
    assert rules.unit_and_below(HEAD, PARENTS) == set(PARENTS)


@given(st.lists(st.integers(0, 30), max_size=30))
def test_path_and_reach_are_two_sides_of_one_tree(parents: list[int]) -> None:
    units = [UUID(int=number) for number in range(len(parents) + 1)]
    tree: dict[UUID, UUID | None] = {units[0]: None}
    for number, parent in enumerate(parents, start=1):
        tree[units[number]] = units[parent % number]

    for unit in units:
        assert all(unit in rules.path_to_top(below, tree) for below in rules.unit_and_below(unit, tree))
        assert sum(unit in rules.unit_and_below(above, tree) for above in units) == len(rules.path_to_top(unit, tree))


def test_the_role_that_holds_clients_is_the_relationship_managers() -> None:
    assert rules.MANAGER == Role.RELATIONSHIP_MANAGER
    assert rules.may_hold_clients(["relationship_manager", "marketing"], has_left=False)
    assert not rules.may_hold_clients(["relationship_manager"], has_left=True)
    assert not rules.may_hold_clients(["team_lead"], has_left=False)


def test_nobody_leaves_twice_or_with_clients() -> None:
    rules.require_may_leave(0, has_left=False)
    with pytest.raises(rules.StaffHasLeft):
        rules.require_may_leave(0, has_left=True)
    with pytest.raises(rules.StaffHoldsClients) as refused:
        rules.require_may_leave(3, has_left=False)
    assert refused.value.facts == {"clients": 3}


def test_the_role_of_a_manager_stays_while_clients_are_held() -> None:
    rules.require_may_hold(0, ["marketing"])
    rules.require_may_hold(5, ["relationship_manager"])
    with pytest.raises(rules.StaffHoldsClients):
        rules.require_may_hold(1, ["marketing"])


def test_roles_are_kept_once_each() -> None:
    assert rules.without_duplicates(["risk", "admin", "risk"]) == ["admin", "risk"]
