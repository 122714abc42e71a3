"""What a dealing does to a client's holdings."""

import pytest

from complaints.signals.rules import flow_fen


@pytest.mark.parametrize(("kind", "flow"), [("subscription", 100), ("redemption", -100)])
def test_a_subscription_adds_and_a_redemption_takes_away(kind: str, flow: int) -> None:
    assert flow_fen(kind, 100) == flow


def test_another_kind_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        flow_fen("distribution", 100)
