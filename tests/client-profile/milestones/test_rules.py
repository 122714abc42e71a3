import pytest

from client_profile.milestones import rules


def test_a_plan_is_wound_up_when_nothing_is_left() -> None:
    rules.require_nothing_left(0)
    with pytest.raises(rules.StillHeld) as refused:
        rules.require_nothing_left(5)
    assert refused.value.facts == {"left": "0.05"}
