from uuid import UUID

import pytest

from client_profile.assignment import rules

ONE, TWO, THREE = (UUID(int=number) for number in range(1, 4))


def test_a_client_is_given_to_somebody_else_only() -> None:
    rules.require_other_manager(ONE, None)
    rules.require_other_manager(ONE, TWO)
    with pytest.raises(rules.SameManager):
        rules.require_other_manager(ONE, ONE)


def test_clients_handed_over_must_be_held() -> None:
    rules.require_held([], [])
    rules.require_held([ONE], [ONE, TWO])
    with pytest.raises(rules.ClientNotHeld) as refused:
        rules.require_held([THREE, ONE, TWO], [ONE])
    assert refused.value.facts == {"clients": [str(TWO), str(THREE)]}


@pytest.mark.parametrize(
    ("ids", "takes_all", "is_named"),
    [([], False, False), ([ONE], True, False), ([ONE], False, True), ([], True, True)],
)
def test_a_hand_over_names_clients_or_all(ids: list[UUID], takes_all: bool, is_named: bool) -> None:
    if is_named:
        rules.require_named(ids, takes_all)
    else:
        with pytest.raises(rules.ClientsNotNamed):
            rules.require_named(ids, takes_all)
