"""Suitability (适当性): the client's risk level, from a questionnaire or a channel's own assessment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from client_profile.identity.rules import ClientKind
from shared.clock import months_later
from shared.codes import Code
from shared.errors import Conflict, Invalid


class RiskLevel(Code):
    """How much risk a client can bear, C1 (least) to C5 (most)."""

    C1 = "C1", "保守型"
    C2 = "C2", "稳健型"
    C3 = "C3", "平衡型"
    C4 = "C4", "成长型"
    C5 = "C5", "进取型"


class QuestionnaireOutdated(Conflict):
    """Another version of the questionnaire is in force."""

    code = "questionnaire_outdated"


class AnswerInvalid(Invalid):
    """A question is unknown, unanswered, or has no such option."""

    code = "answer_invalid"


class TooManyAssessments(Conflict):
    """The client was assessed too often of late."""

    code = "too_many_assessments"


@dataclass(frozen=True, slots=True)
class Line:
    """One answer and its points; `cap` is the highest level this answer allows, if it sets one."""

    question: str
    option: str
    points: int
    cap: RiskLevel | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A risk level that was found: by the house (`channel_id` null) or reported by a channel; `valid_until` counts."""

    id: UUID
    level: RiskLevel
    assessed_on: date
    assessed_at: datetime
    valid_until: date
    channel_id: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for a client on a day; a date is the last day on which it counts.

    Attributes:
        risk_level: None if there is no assessment in date.
        until: Its last day; without one in date, the last day of the one that lapsed last; None without any.
    """

    risk_level: RiskLevel | None
    until: date | None


def questionnaire_code(kind: ClientKind) -> str:
    """Return the code of the policy row with the questionnaire for a kind of client."""
    return f"suitability.questionnaire.{kind.value}"


def require_version(given: str, questionnaire: Mapping[str, Any]) -> None:
    """Refuse answers to another version than the one in force.

    Raises:
        QuestionnaireOutdated: tells the version in force.
    """
    if given != questionnaire["version"]:
        raise QuestionnaireOutdated(
            "Another version of the questionnaire is in force.", version=questionnaire["version"]
        )


def scored(answers: Mapping[str, str], questionnaire: Mapping[str, Any]) -> list[Line]:
    """Return the points of each answer, in the order of the questionnaire.

    Args:
        answers: Option code by question code; every question answered, no other.
        questionnaire: The policy row that `questionnaire_code` names: questions with options, points and caps.

    Raises:
        AnswerInvalid: points to the question.
    """
    unknown = sorted(set(answers) - {question["code"] for question in questionnaire["questions"]})
    if unknown:
        raise AnswerInvalid("The questionnaire has no such question.", pointer=f"/answers/{unknown[0]}")
    lines = []
    for question in questionnaire["questions"]:
        code, options = question["code"], {option["code"]: option for option in question["options"]}
        option = options.get(answers.get(code, ""))
        if option is None:
            raise AnswerInvalid(
                "Answer every question with one of its options.", pointer=f"/answers/{code}", allowed=sorted(options)
            )
        cap = RiskLevel[option["cap"]] if "cap" in option else None
        lines.append(Line(code, option["code"], option["points"], cap))
    return lines


def level_of(lines: Sequence[Line], bands: Mapping[str, int]) -> RiskLevel:
    """Return the level that the answers give: that of the points' band, held down by the strictest answer.

    Args:
        lines: The scored answers.
        bands: Points from which each level begins; C1 begins at 0.
    """
    points = sum(line.points for line in lines)
    by_points = max(RiskLevel[level] for level, begins in bands.items() if points >= begins)
    return min([by_points, *(line.cap for line in lines if line.cap is not None)])


def require_may_assess(earlier: Sequence[date], today: date, limits: Mapping[str, int]) -> None:
    """Refuse a further assessment by the same institution when there were too many.

    Args:
        earlier: Days of this institution's earlier assessments of the client.
        today: Day of the new one.
        limits: `per_day` and `per_12_months` (金融机构产品适当性管理办法, NFRA order 2025 no. 7: 2 and 8).

    Raises:
        TooManyAssessments: tells the limit met.
    """
    begins = months_later(today, -12)
    counts = {"per_day": sum(day == today for day in earlier), "per_12_months": sum(day > begins for day in earlier)}
    for name, count in counts.items():
        if count >= limits[name]:
            raise TooManyAssessments(
                f"The client was assessed {count} times; {limits[name]} is the most.", limit=name, most=limits[name]
            )


def deciding(assessments: Sequence[Assessment], on: date) -> Assessment | None:
    """Return the assessment that counts on `on`; None if none is in date.

    The house's latest counts. What channels reported after it, each channel's latest, may lower the level at once and
    never raises it: a channel cannot make a client fit for what the house found unfit. Without the house's own, the
    lowest that channels reported counts.
    """
    in_date = sorted((one for one in assessments if on <= one.valid_until), key=_when)
    own = [one for one in in_date if one.channel_id is None][-1:]
    latest_of_channel = {
        one.channel_id: one for one in in_date if one.channel_id is not None and (not own or _when(one) > _when(own[0]))
    }
    return min([*own, *latest_of_channel.values()], key=lambda one: one.level, default=None)


def _when(assessment: Assessment) -> tuple[date, datetime, UUID]:
    return assessment.assessed_on, assessment.assessed_at, assessment.id
