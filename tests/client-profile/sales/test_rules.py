from dataclasses import replace
from datetime import date, timedelta
from itertools import product as every
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.clients.rules import ClientStatus
from client_profile.products.rules import Grade, ProductKind, ProductStatus
from client_profile.sales import rules
from client_profile.sales.rules import ChannelFacts, ChannelStatus, RefusalReason, SaleFacts, SaleRules
from client_profile.suitability.rules import RiskLevel

TODAY = date(2026, 3, 2)
YESTERDAY = TODAY - timedelta(days=1)
ME, OTHER = UUID(int=1), UUID(int=2)

RULES = SaleRules(
    gate={"minimum_age": 18, "recording_needed": True},
    matching={"C1": "R1", "C2": "R2", "C3": "R3", "C4": "R4", "C5": "R5"},
    qualified_kinds=["fixed_income", "equity", "commodity_derivative", "mixed"],
    minimum_amount={"fixed_income": "300000.00", "mixed": "400000.00", "equity": "1000000.00"},
    versions={
        "sale.gate": "g@1",
        "sale.matching": "m@1",
        "sale.qualified_kinds": "q@1",
        "product.minimum_amount": "a@1",
    },
)
FIT = SaleFacts(
    on=TODAY,
    client_status=ClientStatus.ACTIVE,
    is_screened=True,
    age=40,
    risk_level=RiskLevel.C3,
    risk_level_until=TODAY,
    qualified_until=TODAY,
    product_kind=ProductKind.FIXED_INCOME,
    product_grade=Grade.R3,
    product_status=ProductStatus.RAISING,
    term_months=24,
    amount_fen=300_000_00,
    channel_grade=Grade.R2,
    channel=ChannelFacts(ChannelStatus.ACTIVE, is_authorized=True),
    recording_number="SL-1",
)

#: The allow table of the guide, rows C1 to C5, columns R1 to R5.
ALLOWED = {"C1": "YNNNN", "C2": "YYNNN", "C3": "YYYNN", "C4": "YYYYN", "C5": "YYYYY"}


def codes(facts: SaleFacts) -> list[str]:
    return [refusal.reason.value for refusal in rules.gate(facts, RULES)]


def test_a_sale_in_which_all_holds_is_allowed() -> None:
    assert codes(FIT) == []


@pytest.mark.parametrize(
    ("change", "reason", "version"),
    [
        ({"client_status": ClientStatus.SUSPENDED}, "client_not_active", "g@1"),
        ({"client_status": ClientStatus.REGISTERED}, "client_not_active", "g@1"),
        ({"is_screened": False}, "screening_not_clear", "g@1"),
        ({"age": 17}, "under_age", "g@1"),
        ({"risk_level": None, "risk_level_until": None}, "risk_level_missing", "m@1"),
        ({"risk_level": None, "risk_level_until": YESTERDAY}, "risk_level_lapsed", "m@1"),
        ({"product_grade": Grade.R4}, "risk_mismatch", "m@1"),
        ({"channel_grade": Grade.R4}, "risk_mismatch", "m@1"),
        ({"qualified_until": None}, "not_qualified", "q@1"),
        ({"qualified_until": YESTERDAY}, "qualification_lapsed", "q@1"),
        ({"product_status": ProductStatus.LISTED}, "product_not_open", "g@1"),
        ({"product_status": ProductStatus.ESTABLISHED}, "product_not_open", "g@1"),
        ({"amount_fen": 300_000_00 - 1}, "below_minimum", "a@1"),
        ({"channel": ChannelFacts(ChannelStatus.SUSPENDED, True)}, "channel_not_active", "g@1"),
        ({"channel": ChannelFacts(ChannelStatus.ACTIVE, False)}, "channel_not_authorized", "g@1"),
        ({"recording_number": None}, "recording_missing", "g@1"),
    ],
)
def test_each_fault_alone_gives_its_one_reason_with_the_rule_behind_it(
    change: dict[str, Any], reason: str, version: str
) -> None:
    [refusal] = rules.gate(replace(FIT, **change), RULES)

    assert (refusal.reason.value, refusal.rule_version) == (reason, version)
    assert refusal.detail.endswith("。")


def test_every_reason_has_a_case_above() -> None:
    cases = {mark.args[1][place][1] for mark in pytestmark_of() for place in range(len(mark.args[1]))}
    assert cases == {reason.value for reason in RefusalReason}


def pytestmark_of() -> list[pytest.Mark]:
    marks: list[pytest.Mark] = test_each_fault_alone_gives_its_one_reason_with_the_rule_behind_it.pytestmark  # type: ignore[attr-defined]  # pytest puts it there
    return marks


@pytest.mark.parametrize(("level", "grade"), list(every(RiskLevel, Grade)))
def test_a_level_buys_the_grades_of_the_allow_table_only(level: RiskLevel, grade: Grade) -> None:
    facts = replace(FIT, risk_level=level, product_grade=grade, channel_grade=None)
    is_allowed = ALLOWED[level.value][int(grade.value[1]) - 1] == "Y"
    assert (codes(facts) == []) is is_allowed


def test_a_mismatch_says_who_may_buy_what_in_chinese() -> None:
    [refusal] = rules.gate(replace(FIT, risk_level=RiskLevel.C2, product_grade=Grade.R4), RULES)

    assert refusal.detail == (
        "客户风险承受能力为C2(稳健型),最高可购买R2(中低风险)产品;本产品风险等级为R4(中高风险),不得销售。"
    )
    assert refusal.facts == {
        "risk_level": "C2",
        "highest_grade": "R2",
        "grade": "R4",
        "product_grade": "R4",
        "channel_grade": "R2",
    }


def test_a_refusal_for_screening_tells_nothing_about_the_list() -> None:
    [refusal] = rules.gate(replace(FIT, is_screened=False), RULES)
    assert refusal.facts == {}
    assert "命中" not in refusal.detail


def test_an_institution_has_no_age_and_a_service_trust_no_investor_test() -> None:
    assert codes(replace(FIT, age=None)) == []
    service = replace(FIT, product_kind=ProductKind.WEALTH_SERVICE, qualified_until=None, amount_fen=1)
    assert codes(service) == []


def test_a_direct_sale_asks_nothing_of_channels() -> None:
    assert codes(replace(FIT, channel=None, channel_grade=None)) == []


def test_an_open_ended_plan_is_sold_after_its_establishment() -> None:
    assert codes(replace(FIT, product_status=ProductStatus.ESTABLISHED, term_months=None)) == []


FACTS = st.builds(
    SaleFacts,
    on=st.just(TODAY),
    client_status=st.sampled_from(list(ClientStatus)),
    is_screened=st.booleans(),
    age=st.one_of(st.none(), st.integers(0, 110)),
    risk_level=st.one_of(st.none(), st.sampled_from(list(RiskLevel))),
    risk_level_until=st.one_of(st.none(), st.sampled_from([YESTERDAY, TODAY])),
    qualified_until=st.one_of(st.none(), st.sampled_from([YESTERDAY, TODAY])),
    product_kind=st.sampled_from(list(ProductKind)),
    product_grade=st.sampled_from(list(Grade)),
    product_status=st.sampled_from(list(ProductStatus)),
    term_months=st.one_of(st.none(), st.integers(1, 60)),
    amount_fen=st.integers(1, 2_000_000_00),
    channel_grade=st.one_of(st.none(), st.sampled_from(list(Grade))),
    channel=st.one_of(st.none(), st.builds(ChannelFacts, st.sampled_from(list(ChannelStatus)), st.booleans())),
    recording_number=st.one_of(st.none(), st.just("SL-1")),
)


@given(facts=FACTS, grades=st.tuples(st.sampled_from(list(Grade)), st.sampled_from(list(Grade))))
def test_the_gate_is_monotone_in_the_grade(facts: SaleFacts, grades: tuple[Grade, Grade]) -> None:
    low, high = sorted(grades)
    assert set(codes(replace(facts, product_grade=low))) <= set(codes(replace(facts, product_grade=high)))


@given(facts=FACTS, more=st.integers(0, 10**9))
def test_the_gate_is_monotone_in_the_amount_and_answers_the_same_twice(facts: SaleFacts, more: int) -> None:
    first = codes(facts)
    assert set(codes(replace(facts, amount_fen=facts.amount_fen + more))) <= set(first)
    assert codes(facts) == first
    assert len(set(first)) == len(first)


@pytest.mark.parametrize(
    ("born_on", "today", "expected"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(1911, 8, 20), date(2026, 3, 31), 114),
    ],
)
def test_full_years_change_on_the_birthday(born_on: date, today: date, expected: int) -> None:
    assert rules.full_years(born_on, today) == expected


def test_a_channel_sells_for_itself_and_staff_for_whom_they_name() -> None:
    assert rules.selling_channel("channel", ME, None) == ME
    assert rules.selling_channel("channel", ME, ME) == ME
    assert rules.selling_channel("staff", ME, OTHER) == OTHER
    assert rules.selling_channel("staff", ME, None) is None
    with pytest.raises(rules.OtherChannel):
        rules.selling_channel("channel", ME, OTHER)
