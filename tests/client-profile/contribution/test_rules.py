from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.clients.rules import ServiceClass
from client_profile.contribution import rules
from client_profile.contribution.rules import Contribution, ContributionRule, FeeLine
from client_profile.products.rules import ProductKind

RULE = ContributionRule(
    year_days=365,
    fee_rates={ProductKind.FIXED_INCOME: Decimal("0.005")},
    service_costs_fen={ServiceClass.A: 24_000_00, ServiceClass.B: 6_000_00, ServiceClass.C: 1_200_00},
    top_share=Decimal("0.60"),
)
PRODUCT = UUID(int=7)


def test_a_million_held_a_year_at_half_a_percent_brings_five_thousand() -> None:
    line = rules.fee_line(PRODUCT, 1_000_000_00 * 365, kind=ProductKind.FIXED_INCOME, own_rate=None, rule=RULE)
    assert line == FeeLine(PRODUCT, 36_500_000_000, Decimal("0.005"), 5_000_00)


def test_the_products_own_rate_goes_before_the_usual_one() -> None:
    line = rules.fee_line(PRODUCT, 365_00, kind=ProductKind.FIXED_INCOME, own_rate=Decimal("0.01"), rule=RULE)
    assert (line.fee_rate, line.fee_fen) == (Decimal("0.01"), 1)


@given(fen_days=st.integers(0, 10**16), rate=st.decimals(0, "0.1", places=8))
def test_a_fee_is_rounded_once_half_away_from_zero(fen_days: int, rate: Decimal) -> None:
    exact = Fraction(fen_days) * Fraction(rate) / 365
    line = rules.fee_line(PRODUCT, fen_days, kind=ProductKind.FIXED_INCOME, own_rate=rate, rule=RULE)
    # A quotient that never ends is cut at 28 digits first; that is far below a fen here.
    assert abs(line.fee_fen - exact) <= Fraction(1, 2) + Fraction(1, 10**6)


def test_contribution_is_fees_less_rebate_and_cost() -> None:
    lines = [FeeLine(PRODUCT, 0, Decimal(0), 5_000_00), FeeLine(PRODUCT, 0, Decimal(0), 1_000_00)]
    assert Contribution(ServiceClass.C, lines, rebate_fen=2_500_00, service_cost_fen=300_00).total_fen == 3_200_00
    assert Contribution(ServiceClass.C, [], rebate_fen=-50_00, service_cost_fen=0).total_fen == 50_00


def test_a_year_of_service_costs_what_the_class_costs_and_a_day_its_part() -> None:
    assert rules.service_cost_fen(ServiceClass.B, 365, RULE) == 6_000_00
    assert rules.service_cost_fen(ServiceClass.C, 1, RULE) == 329  # 1200.00 / 365 = 3.2877


@pytest.mark.parametrize(
    ("name", "begins", "ends", "days"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1), 365),
        ("2024", date(2024, 1, 1), date(2025, 1, 1), 366),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1), 90),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1), 92),
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1), 28),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1), 31),
    ],
)
def test_a_name_stands_for_its_days(name: str, begins: date, ends: date, days: int) -> None:
    period = rules.named_period(name)
    assert (period.begins, period.ends, period.days) == (begins, ends, days)


@pytest.mark.parametrize("name", ["", "26", "2026-13", "2026-Q5", "2026-3", "1999", "2026-03-01", "٢٠٢٦"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(rules.PeriodInvalid) as refused:
        rules.named_period(name)
    assert refused.value.pointer == "/query/period"


def test_a_period_has_a_day_and_ten_years_at_the_most() -> None:
    assert rules.period_between(date(2026, 1, 1), date(2026, 1, 2)).days == 1
    for ends in (date(2026, 1, 1), date(2025, 1, 1), date(2026, 1, 1) + timedelta(days=3654)):
        with pytest.raises(rules.PeriodInvalid):
            rules.period_between(date(2026, 1, 1), ends)


def test_the_makers_are_the_smallest_group_from_the_top_that_reaches_the_share() -> None:
    clients = [UUID(int=number) for number in range(6)]
    contributions = list(zip(clients, [10, 40, 20, 30, 0, -500], strict=True))

    top, whole = rules.makers(contributions, Decimal("0.60"))

    assert whole == 100
    assert top == [(clients[1], 40), (clients[3], 30)]


def test_a_group_that_reaches_the_share_exactly_is_large_enough() -> None:
    first, second = UUID(int=1), UUID(int=2)
    assert rules.makers([(first, 60), (second, 40)], Decimal("0.60")) == ([(first, 60)], 100)


def test_equal_contributions_go_by_client_id() -> None:
    first, second, third = (UUID(int=number) for number in (1, 2, 3))
    assert rules.makers([(third, 5), (first, 5), (second, 5)], Decimal("0.60"))[0] == [(first, 5), (second, 5)]


@given(
    amounts=st.lists(st.integers(-100, 1000), max_size=12),
    share=st.decimals("0.01", 1, places=2),
)
def test_one_maker_less_would_not_reach_the_share(amounts: list[int], share: Decimal) -> None:
    contributions = [(UUID(int=number), amount) for number, amount in enumerate(amounts)]
    top, whole = rules.makers(contributions, share)

    assert whole == sum(amount for amount in amounts if amount > 0)
    reached = sum(amount for _, amount in top)
    assert reached >= whole * share
    if top:
        assert reached - top[-1][1] < whole * share
        others = [amount for client, amount in contributions if client not in dict(top)]
        assert all(amount <= top[-1][1] for amount in others)
