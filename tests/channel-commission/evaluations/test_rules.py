"""What an evaluation comes to, and what being late or failing leads to."""

from datetime import date, timedelta
from itertools import product

import pytest

from channel_commission.evaluations.rules import (
    Conformity,
    EvaluationStatus,
    Stability,
    Stage,
    calls_for_exit,
    outcome,
    stage,
)
from channel_commission.scorecards.rules import Grade

DUE = date(2026, 3, 10)


def test_a_channel_passes_only_if_nothing_stands_against_it() -> None:
    for grade, stability, conformity, red in product(Grade, Stability, Conformity, ([], ["cash_refund"])):
        status, reasons = outcome(grade, stability, conformity, red)
        is_good = grade != "D" and stability != "unstable" and conformity != "violating" and not red
        assert status == ("passed" if is_good else "failed")
        assert bool(reasons) is not is_good


@pytest.mark.parametrize(
    ("grades", "red_lines", "reason"),
    [
        ("", [], None),
        ("D", [], None),
        ("DD", [], "grade_d_twice"),
        ("DCD", [], None),
        ("CDD", [], None),
        ("A", ["cash_refund"], "red_line"),
        ("DDA", [], "grade_d_twice"),
    ],
)
def test_a_red_line_or_two_ds_in_a_row_call_for_exit(grades: str, red_lines: list[str], reason: str | None) -> None:
    assert calls_for_exit([Grade(grade) for grade in grades], red_lines) == reason


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-40, "none"),
        (0, "none"),
        (1, "no_new_products"),
        (30, "no_new_products"),
        (31, "suspended"),
        (400, "suspended"),
    ],
)
def test_a_late_evaluation_first_stops_new_products_and_then_sales(days: int, expected: str) -> None:
    today = DUE + timedelta(days=days)
    for status in (EvaluationStatus.DUE, EvaluationStatus.SUBMITTED):
        assert stage(status, due_on=DUE, decided_on=None, today=today, suspend_days=30) == expected
    assert stage(EvaluationStatus.PASSED, due_on=DUE, decided_on=today, today=today, suspend_days=30) is Stage.NONE


@pytest.mark.parametrize(("days", "expected"), [(0, "no_new_products"), (29, "no_new_products"), (30, "suspended")])
def test_a_failed_evaluation_counts_from_its_day(days: int, expected: str) -> None:
    failed_on = DUE - timedelta(days=5)
    today = failed_on + timedelta(days=days)
    found = stage(EvaluationStatus.FAILED, due_on=DUE, decided_on=failed_on, today=today, suspend_days=30)
    assert found == expected
