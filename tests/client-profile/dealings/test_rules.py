from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.dealings import rules
from client_profile.dealings.rules import DealingKind, DealingStatus, Holding
from client_profile.products.rules import ProductStatus

DAY = date(2026, 3, 2)

#: The life of a dealing, drawn a second time.
DRAWN = {
    ("signed", "pay"): "paid",
    ("signed", "cancel"): "cancelled",
    ("paid", "confirm"): "confirmed",
    ("paid", "cancel"): "cancelled",
    ("confirmed", "reverse"): "reversed",
}
COMMANDS = ("pay", "confirm", "cancel", "reverse")


@pytest.mark.parametrize("status", DealingStatus)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_leads_where_the_picture_says_or_is_refused_with_what_is_allowed(
    status: DealingStatus, command: str
) -> None:
    expected = DRAWN.get((status.value, command))

    if expected is not None:
        assert rules.next_status(status, command).value == expected
        return
    with pytest.raises(rules.DealingStateForbids) as refused:
        rules.next_status(status, command)
    allowed = sorted(name for name in COMMANDS if (status.value, name) in DRAWN)
    assert refused.value.facts == {"state": status.value, "allowed": allowed}


def test_a_random_walk_confirms_only_what_was_paid_and_reverses_only_what_was_confirmed() -> None:
    random = Random(20260302)
    seen = set()
    for _ in range(400):
        status, path = DealingStatus.SIGNED, []
        for _ in range(12):
            command = random.choice(COMMANDS)
            try:
                status = rules.next_status(status, command)
            except rules.DealingStateForbids:
                continue
            path.append(command)
        seen.add(tuple(path))
    assert seen <= {(), ("pay",), ("cancel",), ("pay", "cancel"), ("pay", "confirm"), ("pay", "confirm", "reverse")}
    assert ("pay", "confirm", "reverse") in seen


@pytest.mark.parametrize(
    ("amount_fen", "net_value", "expected"),
    [
        (50_000_000, "1.0000", "500000.0000"),
        (10_000, "3.0000", "33.3333"),
        (20_000, "3.0000", "66.6667"),
        (1, "2.0000", "0.0050"),
        (1, "200.0000", "0.0001"),
        (50_000_000, "1.0250", "487804.8780"),
    ],
)
def test_units_are_the_amount_by_net_value_to_four_places_half_up(
    amount_fen: int, net_value: str, expected: str
) -> None:
    assert rules.units_for(amount_fen, Decimal(net_value)) == Decimal(expected)


@given(
    amount_fen=st.integers(2, 10**12),
    units=st.decimals("0.0001", "10000000000", places=4),
    cuts=st.lists(st.integers(1, 10**12), max_size=6),
)
def test_redemptions_however_cut_add_up_to_the_subscription(amount_fen: int, units: Decimal, cuts: list[int]) -> None:
    places = sorted({cut % amount_fen for cut in cuts} - {0} | {0, amount_fen})
    holding = Holding.of(amount_fen, units, DAY)
    taken_fen, taken_units, fulls = 0, Decimal(0), []
    for begin, end in pairwise(places):
        taken = rules.redeemed(holding, end - begin, DAY)
        holding = holding.less(taken)
        taken_fen, taken_units = taken_fen + taken.amount_fen, taken_units + (taken.units or 0)
        fulls.append(taken.is_full)
        assert taken.units is not None
        assert taken.units >= 0

    assert (taken_fen, taken_units) == (amount_fen, units)
    assert fulls == [False] * (len(fulls) - 1) + [True]
    assert holding.left_fen == 0


def test_more_than_is_left_is_refused_with_what_is_left() -> None:
    holding = Holding(100_000, Decimal("1000.0000"), 40_000, Decimal("400.0000"), DAY)
    with pytest.raises(rules.MoreThanLeft) as refused:
        rules.redeemed(holding, 60_001, DAY)
    assert refused.value.facts == {"left": "600.00"}


def test_a_redemption_may_fall_on_the_day_of_its_subscription_but_not_before_it() -> None:
    holding = Holding.of(100_000, None, DAY)
    assert rules.redeemed(holding, 100_000, DAY).is_full
    with pytest.raises(rules.DateOutOfOrder) as refused:
        rules.redeemed(holding, 100_000, date(2026, 3, 1))
    assert refused.value.pointer == "/confirmed_on"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (DealingKind.REDEMPTION, DealingStatus.CONFIRMED),
        (DealingKind.SUBSCRIPTION, DealingStatus.PAID),
        (DealingKind.SUBSCRIPTION, DealingStatus.REVERSED),
    ],
)
def test_only_a_confirmed_subscription_is_a_holding(kind: DealingKind, status: DealingStatus) -> None:
    rules.require_holding(DealingKind.SUBSCRIPTION, DealingStatus.CONFIRMED)
    with pytest.raises(rules.NotAHolding):
        rules.require_holding(kind, status)


def test_only_an_open_ended_plan_that_runs_confirms_a_subscription_by_itself() -> None:
    rules.require_running(ProductStatus.ESTABLISHED, None)
    for status, term_months in (
        (ProductStatus.ESTABLISHED, 12),
        (ProductStatus.RAISING, None),
        (ProductStatus.MATURED, None),
    ):
        with pytest.raises(rules.ConfirmedByEstablishment):
            rules.require_running(status, term_months)


def test_money_of_somebody_else_is_refused() -> None:
    rules.require_own_account(True)
    with pytest.raises(rules.NotTheClientsAccount):
        rules.require_own_account(False)


def test_a_readable_number_tells_the_year() -> None:
    assert rules.readable_number(2026, 123) == "JY-2026-000123"
