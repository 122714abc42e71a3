from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.suitability import rules
from client_profile.suitability.rules import Assessment, RiskLevel

QUESTIONNAIRE: dict[str, Any] = {
    "version": "7",
    "questions": [
        {"code": "income", "options": [{"code": "a", "points": 2}, {"code": "b", "points": 10}]},
        {
            "code": "loss",
            "options": [
                {"code": "a", "points": 0, "cap": "C1"},
                {"code": "b", "points": 5},
                {"code": "c", "points": 10},
            ],
        },
    ],
    "bands": {"C1": 0, "C2": 7, "C3": 12, "C4": 15, "C5": 20},
}
LIMITS = {"per_day": 2, "per_12_months": 8}
TODAY = date(2026, 3, 2)
LEVELS = st.sampled_from(list(RiskLevel))


def level(answers: dict[str, str]) -> RiskLevel:
    return rules.level_of(rules.scored(answers, QUESTIONNAIRE), QUESTIONNAIRE["bands"])


@pytest.mark.parametrize(
    ("income", "loss", "expected"),
    [("a", "b", "C2"), ("a", "c", "C3"), ("b", "b", "C4"), ("b", "c", "C5"), ("b", "a", "C1"), ("a", "a", "C1")],
)
def test_the_points_decide_the_level_and_an_answer_may_hold_it_down(income: str, loss: str, expected: str) -> None:
    assert level({"income": income, "loss": loss}) == expected


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"income": "a"}, "/answers/loss"),
        ({"income": "z", "loss": "a"}, "/answers/income"),
        ({"income": "a", "loss": "a", "zodiac": "a"}, "/answers/zodiac"),
    ],
)
def test_a_missing_wrong_or_unknown_answer_is_pointed_at(answers: dict[str, str], pointer: str) -> None:
    with pytest.raises(rules.AnswerInvalid) as refused:
        rules.scored(answers, QUESTIONNAIRE)
    assert refused.value.pointer == pointer


def test_answers_to_another_version_are_refused_with_the_one_in_force() -> None:
    rules.require_version("7", QUESTIONNAIRE)
    with pytest.raises(rules.QuestionnaireOutdated) as refused:
        rules.require_version("6", QUESTIONNAIRE)
    assert refused.value.facts == {"version": "7"}


def test_a_third_assessment_on_a_day_is_refused() -> None:
    rules.require_may_assess([TODAY], TODAY, LIMITS)
    with pytest.raises(rules.TooManyAssessments) as refused:
        rules.require_may_assess([TODAY, TODAY], TODAY, LIMITS)
    assert refused.value.facts["limit"] == "per_day"


def test_a_ninth_assessment_in_twelve_months_is_refused_and_one_of_a_year_ago_no_longer_counts() -> None:
    eight = [TODAY - timedelta(days=30 * back) for back in range(1, 9)]
    with pytest.raises(rules.TooManyAssessments):
        rules.require_may_assess(eight, TODAY, LIMITS)
    rules.require_may_assess([*eight[:-1], date(2025, 3, 2)], TODAY, LIMITS)
    with pytest.raises(rules.TooManyAssessments):
        rules.require_may_assess([*eight[:-1], date(2025, 3, 3)], TODAY, LIMITS)


def found(number: int, risk_level: RiskLevel, day: int, channel: int | None, valid_days: int = 364) -> Assessment:
    on = date(2026, 1, 1) + timedelta(days=day)
    return Assessment(
        id=UUID(int=number),
        level=risk_level,
        assessed_on=on,
        assessed_at=datetime(2026, 1, 1, number % 24, tzinfo=UTC) + timedelta(days=day),
        valid_until=on + timedelta(days=valid_days),
        channel_id=None if channel is None else UUID(int=channel),
    )


C1, C2, C3, C4, C5 = RiskLevel


@pytest.mark.parametrize(
    ("assessments", "expected"),
    [
        ([], None),
        ([(C3, 0, None), (C5, 1, None)], C5),
        ([(C5, 0, None), (C3, 1, None)], C3),
        ([(C2, 0, None), (C5, 1, 9)], C2),
        ([(C4, 0, None), (C2, 1, 9)], C2),
        ([(C2, 0, 9), (C4, 1, None)], C4),
        ([(C5, 0, 8), (C3, 1, 9)], C3),
        ([(C1, 0, 9), (C4, 1, 9)], C4),
    ],
)
def test_the_houses_latest_counts_and_a_later_report_of_a_channel_only_lowers_it(
    assessments: list[tuple[RiskLevel, int, int | None]], expected: RiskLevel | None
) -> None:
    rows = [found(number, *one) for number, one in enumerate(assessments)]

    decisive = rules.deciding(rows, TODAY)

    assert (decisive and decisive.level) == expected


def test_an_assessment_counts_on_its_last_day_and_not_after_it() -> None:
    row = found(1, C3, 0, None, valid_days=60)
    assert rules.deciding([row], TODAY) == row
    assert rules.deciding([row], TODAY + timedelta(days=1)) is None


@given(
    given_rows=st.lists(st.tuples(LEVELS, st.integers(0, 59), st.sampled_from([None, 7, 8])), max_size=8),
    channel_level=LEVELS,
    seed=st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_no_channel_raises_what_the_house_found(
    given_rows: list[tuple[RiskLevel, int, int | None]], channel_level: RiskLevel, seed: Any
) -> None:
    rows = [found(number, *one) for number, one in enumerate(given_rows)]
    decisive = rules.deciding(rows, TODAY)
    shuffled = list(rows)
    seed.shuffle(shuffled)

    assert rules.deciding(shuffled, TODAY) == decisive
    own = [row for row in rows if row.channel_id is None]
    if own:
        latest = max(own, key=lambda row: (row.assessed_on, row.assessed_at, row.id))
        after = rules.deciding([*rows, found(50, channel_level, 60, 99)], TODAY)
        assert after is not None
        assert after.level <= latest.level
        assert after.level <= channel_level


@given(st.tuples(st.sampled_from("ab"), st.sampled_from("abc")))
def test_a_better_answer_never_lowers_the_level(answers: tuple[str, str]) -> None:
    income, loss = answers
    assert level({"income": "b", "loss": loss}) >= level({"income": income, "loss": loss})
    assert level({"income": income, "loss": "c"}) >= level({"income": income, "loss": loss})
