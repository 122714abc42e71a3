"""The scorecard: a pure function over counted facts; every point can be recalculated by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.scorecards.rules import Facts, Grade, PeriodEmpty, PeriodNotOver, require_period, scorecard

POLICY: dict[str, Any] = {
    "weights": {"sales": "25", "retention": "15", "complaints": "15", "compliance": "20", "data_quality": "10"},
    "points_per_complaint_percent": "20",
    "compliance_deductions": {"low": "5", "medium": "15", "high": "40", "severe": "100"},
    "grades": {"A": "85", "B": "70", "C": "60"},
}
COUNTS = st.integers(0, 10**6)
FACTS = st.builds(
    Facts,
    sales_fen=st.integers(0, 10**13),
    earlier_sales_fen=st.integers(0, 10**13),
    held_fen=st.integers(0, 10**13),
    redeemed_fen=st.integers(0, 10**13),
    dealings=COUNTS,
    reversed_dealings=COUNTS,
    complaints=st.integers(500, 1000),
    unfounded_complaints=st.integers(0, 500),
    risk_events=st.dictionaries(st.sampled_from(["low", "medium", "high", "severe"]), st.integers(0, 30)),
    red_lines=st.lists(st.sampled_from(["cash_refund", "forged_recording"]), unique=True),
)


def points_of(**facts: Any) -> dict[str, Decimal | None]:
    return {line.code.value: line.points for line in scorecard(Facts(**facts), POLICY).lines}


@pytest.mark.parametrize(
    ("facts", "line", "points"),
    [
        ({}, "sales", None),
        ({"sales_fen": 5}, "sales", None),
        ({"sales_fen": 50, "earlier_sales_fen": 200}, "sales", "25.00"),
        ({"sales_fen": 900, "earlier_sales_fen": 200}, "sales", "100.00"),
        ({"sales_fen": 1, "earlier_sales_fen": 3}, "sales", "33.33"),
        ({"sales_fen": 2, "earlier_sales_fen": 3}, "sales", "66.67"),
        ({"held_fen": 100, "sales_fen": 100, "redeemed_fen": 50}, "retention", "75.00"),
        ({"held_fen": 100, "redeemed_fen": 900}, "retention", "0.00"),
        ({"complaints": 0, "dealings": 0}, "complaints", None),
        ({"complaints": 1, "dealings": 0}, "complaints", "0.00"),
        ({"complaints": 1, "dealings": 100}, "complaints", "80.00"),
        ({"complaints": 3, "unfounded_complaints": 2, "dealings": 100}, "complaints", "80.00"),
        ({"complaints": 9, "dealings": 100}, "complaints", "0.00"),
        ({}, "compliance", "100.00"),
        ({"risk_events": {"low": 2, "high": 1}}, "compliance", "50.00"),
        ({"risk_events": {"severe": 3}}, "compliance", "0.00"),
        ({"red_lines": ["cash_refund"]}, "compliance", "0.00"),
        ({"dealings": 8, "reversed_dealings": 1}, "data_quality", "87.50"),
    ],
)
def test_each_line_gives_these_points(facts: dict[str, Any], line: str, points: str | None) -> None:
    assert points_of(**facts)[line] == (None if points is None else Decimal(points))


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        ({}, None),
        ({"ended_complaints": 3, "answered_complaints": 3}, "100.00"),
        ({"ended_complaints": 3, "answered_complaints": 2}, "66.67"),
        ({"ended_complaints": 2}, "0.00"),
        ({"measures": {"minor": 1}}, "90.00"),
        ({"ended_complaints": 2, "answered_complaints": 1, "measures": {"minor": 1, "serious": 1}}, "10.00"),
        ({"ended_complaints": 2, "answered_complaints": 2, "measures": {"grave": 2}}, "0.00"),
    ],
)
def test_cooperation_counts_from_the_day_on_that_it_has_a_weight(facts: dict[str, Any], points: str | None) -> None:
    assert "cooperation" not in points_of(**facts)

    policy = POLICY | {"weights": POLICY["weights"] | {"cooperation": "10"}}
    policy |= {"measure_deductions": {"minor": "10", "serious": "30", "grave": "60"}}
    card = scorecard(Facts(**facts), policy)
    [line] = [one for one in card.lines if one.code == "cooperation"]
    assert (line.points, line.weight) == (None if points is None else Decimal(points), Decimal(10))


@pytest.mark.parametrize(
    ("risks", "score", "grade"),
    [
        ({}, "100.00", "A"),
        ({"medium": 1}, "85.00", "A"),
        ({"low": 1, "medium": 1}, "80.00", "B"),
        ({"low": 6}, "70.00", "B"),
        ({"low": 7}, "65.00", "C"),
        ({"high": 1}, "60.00", "C"),
        ({"low": 1, "high": 1}, "55.00", "D"),
    ],
)
def test_grades_begin_at_their_bounds(risks: dict[str, int], score: str, grade: str) -> None:
    card = scorecard(Facts(risk_events=risks), POLICY)
    assert (card.score, card.grade) == (Decimal(score), Grade(grade))


def test_a_red_line_is_grade_d_whatever_else_was_good() -> None:
    card = scorecard(Facts(sales_fen=9, earlier_sales_fen=9, red_lines=["cash_refund"]), POLICY)
    assert (card.grade, card.red_lines) == (Grade.D, ("cash_refund",))


@given(FACTS)
def test_the_score_is_the_weighted_mean_of_the_lines_and_says_the_same_again(facts: Facts) -> None:
    card = scorecard(facts, POLICY)
    judged = [(Fraction(line.weight), Fraction(line.points)) for line in card.lines if line.points is not None]
    mean = sum(weight * points for weight, points in judged) / sum(weight for weight, _ in judged)

    assert card.score is not None
    assert abs(Fraction(card.score) - mean) <= Fraction(1, 200)
    assert all(line.points is None or 0 <= line.points <= 100 for line in card.lines)
    assert scorecard(facts, POLICY) == card
    assert all(line.how for line in card.lines)


@given(FACTS, st.sampled_from(["complaints", "reversed_dealings", "redeemed_fen"]), st.integers(1, 10**6))
def test_more_trouble_never_raises_the_score(facts: Facts, what: str, more: int) -> None:
    from dataclasses import replace

    worse = replace(facts, **{what: getattr(facts, what) + more})
    before, after = scorecard(facts, POLICY).score, scorecard(worse, POLICY).score
    assert before is not None
    assert after is not None
    assert after <= before


@pytest.mark.parametrize(
    ("start", "until", "refusal"),
    [
        ("2026-01-01", "2026-01-01", PeriodEmpty),
        ("2026-02-01", "2026-01-01", PeriodEmpty),
        ("2026-03-01", "2026-03-03", PeriodNotOver),
        ("2026-03-01", "2026-03-02", None),
    ],
)
def test_a_period_has_days_and_is_over(start: str, until: str, refusal: type[Exception] | None) -> None:
    days, today = (date.fromisoformat(start), date.fromisoformat(until)), date(2026, 3, 2)
    if refusal is None:
        require_period(*days, today=today)
    else:
        with pytest.raises(refusal):
            require_period(*days, today=today)
