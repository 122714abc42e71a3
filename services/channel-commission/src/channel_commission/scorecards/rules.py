"""The scorecard of a channel (渠道评分卡): a pure function over counted facts, explained line by line.

Weights, deductions and bounds of grades are the policy row `channel.scorecard`. A line that nothing can be said about
(no sales before, no dealings) is left out and its weight with it, so that a new channel is not marked down for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.codes import Code
from shared.errors import Conflict, Invalid

_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


class LineCode(Code):
    """What a line of the scorecard looks at."""

    SALES = "sales", "销售规模"
    RETENTION = "retention", "净留存"
    COMPLAINTS = "complaints", "投诉率"
    COOPERATION = "cooperation", "投诉配合"
    COMPLIANCE = "compliance", "合规"
    DATA_QUALITY = "data_quality", "数据质量"


class Grade(Code):
    """How good a channel is."""

    A = "A", "优秀"
    B = "B", "良好"
    C = "C", "关注"
    D = "D", "不合格"


class PeriodEmpty(Invalid):
    """The period has no days."""

    code = "period_empty"


class PeriodNotOver(Conflict):
    """The period has days to come."""

    code = "period_not_over"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted of one channel on the half-open days of a period; money in fen.

    Attributes:
        sales_fen: Subscriptions confirmed, reversed ones left out.
        earlier_sales_fen: The same in as many days before.
        held_fen: What clients held through it when the period began, at what they paid.
        redeemed_fen: What they took back, of that and of the period's sales.
        dealings: Subscriptions and redemptions confirmed, reversed ones too.
        reversed_dealings: Those taken back since.
        complaints: Complaints about its sales received, without withdrawn ones.
        unfounded_complaints: Those decided as not justified.
        ended_complaints: Complaints about its sales that ended with a finding.
        answered_complaints: Those to which it gave a statement while they ran.
        measures: Measures of accountability (问责) that came into force against it, by severity.
        risk_events: How many occurred, by severity.
        red_lines: Which red lines were crossed.
    """

    sales_fen: int = 0
    earlier_sales_fen: int = 0
    held_fen: int = 0
    redeemed_fen: int = 0
    dealings: int = 0
    reversed_dealings: int = 0
    complaints: int = 0
    unfounded_complaints: int = 0
    ended_complaints: int = 0
    answered_complaints: int = 0
    measures: Mapping[str, int] = field(default_factory=dict)
    risk_events: Mapping[str, int] | None = None
    red_lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: points out of 100, how they came about, and what they weigh; points are None where nothing counts."""

    code: LineCode
    weight: Decimal
    points: Decimal | None
    how: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The lines, their weighted mean (None if no line counts) and the grade."""

    lines: tuple[Line, ...]
    score: Decimal | None
    grade: Grade | None
    red_lines: tuple[str, ...]


def require_period(start: date, until: date, *, today: date) -> None:
    """Refuse a period without days, or with days to come.

    Args:
        start: First day (Asia/Shanghai).
        until: First day after it.
        today: Today.

    Raises:
        PeriodEmpty, PeriodNotOver: as said.
    """
    if until <= start:
        raise PeriodEmpty("The period has no days: its end is the first day after it.", pointer="/until")
    if until > today:
        raise PeriodNotOver("The period has days to come.", until=until.isoformat())


def scorecard(facts: Facts, policy: Mapping[str, Any]) -> Scorecard:
    """Return the scorecard of a channel: the same facts under the same policy give the same.

    Args:
        facts: What was counted.
        policy: The value of the policy row `channel.scorecard`: `weights` by line, `points_per_complaint_percent`,
            `compliance_deductions` and `measure_deductions` by severity, lower bounds of `grades`; numbers are strings.
            Cooperation is a line from the day on that the policy gives it a weight.

    A red line makes the grade D whatever the points are.
    """
    judged = {
        LineCode.SALES: _ratio(facts.sales_fen, facts.earlier_sales_fen, "本期销售/上期销售"),
        LineCode.RETENTION: _share_kept(
            facts.redeemed_fen, facts.held_fen + facts.sales_fen, "赎回/(期初存量+本期销售)"
        ),
        LineCode.COMPLAINTS: _complaints(facts, Decimal(policy["points_per_complaint_percent"])),
        LineCode.COMPLIANCE: _compliance(facts, policy["compliance_deductions"]),
        LineCode.DATA_QUALITY: _share_kept(facts.reversed_dealings, facts.dealings, "冲正笔数/交易笔数"),
    }
    if LineCode.COOPERATION.value in policy["weights"]:
        judged[LineCode.COOPERATION] = _cooperation(facts, policy["measure_deductions"])
    lines = tuple(
        Line(code, Decimal(policy["weights"][code.value]), None if points is None else _cent(points), how)
        for code, (points, how) in judged.items()
    )
    weight = sum((line.weight for line in lines if line.points is not None), Decimal(0))
    total = sum((line.weight * line.points for line in lines if line.points is not None), Decimal(0))
    score = _cent(total / weight) if weight else None
    return Scorecard(lines, score, _grade(score, facts.red_lines, policy["grades"]), tuple(sorted(facts.red_lines)))


def _grade(score: Decimal | None, red_lines: Sequence[str], bounds: Mapping[str, str]) -> Grade | None:
    if red_lines:
        return Grade.D
    if score is None:
        return None
    reached = [grade for grade in (Grade.A, Grade.B, Grade.C) if score >= Decimal(bounds[grade.value])]
    return reached[0] if reached else Grade.D


def _ratio(part: int, whole: int, what: str) -> tuple[Decimal | None, str]:
    if whole <= 0:
        return None, f"{what}：上期无销售，不计分"
    points = min(_HUNDRED, _HUNDRED * part / whole)
    return points, f"{what} = {part}/{whole}，上限100"


def _share_kept(lost: int, whole: int, what: str) -> tuple[Decimal | None, str]:
    if whole <= 0:
        return None, f"{what}：无数据，不计分"
    return _HUNDRED - _HUNDRED * min(lost, whole) / whole, f"100 - 100 x {what} = 100 - 100 x {lost}/{whole}"


def _complaints(facts: Facts, per_percent: Decimal) -> tuple[Decimal | None, str]:
    counted = facts.complaints - facts.unfounded_complaints
    if facts.dealings == 0 and counted == 0:
        return None, "投诉率：无交易无投诉，不计分"
    dealings = max(facts.dealings, 1)
    points = max(Decimal(0), _HUNDRED - per_percent * _HUNDRED * counted / dealings)
    return points, f"100 - {per_percent} x 每百笔投诉 = 100 - {per_percent} x 100 x {counted}/{dealings}，下限0"


def _compliance(facts: Facts, deductions: Mapping[str, str]) -> tuple[Decimal | None, str]:
    if facts.red_lines:
        return Decimal(0), f"触碰红线：{'、'.join(sorted(facts.red_lines))}，计0分"
    lost, terms = _deducted(facts.risk_events or {}, deductions)
    return max(Decimal(0), _HUNDRED - lost), f"100{terms}，下限0"


def _cooperation(facts: Facts, deductions: Mapping[str, str]) -> tuple[Decimal | None, str]:
    """Judge how a channel cooperated in complaints (CBIRC order 2020 no. 3, art. 10: it counts in its evaluation)."""
    answered, ended = facts.answered_complaints, facts.ended_complaints
    if not ended and not facts.measures:
        return None, "投诉配合：无已办结投诉、无问责措施，不计分"
    if not ended:
        share, how = _HUNDRED, "100（无已办结投诉）"
    else:
        share, how = _HUNDRED * answered / ended, f"100 x 已配合件数/已办结件数 = 100 x {answered}/{ended}"
    lost, terms = _deducted(facts.measures, deductions)
    return max(Decimal(0), share - lost), f"{how}{terms}，下限0"


def _deducted(counts: Mapping[str, int], deductions: Mapping[str, str]) -> tuple[Decimal, str]:
    """Return the points lost by counts of severities, and the terms that say so."""
    events = sorted(counts.items())
    lost = sum((Decimal(deductions[severity]) * count for severity, count in events), Decimal(0))
    return lost, "".join(f" - {deductions[severity]} x {count}（{severity}）" for severity, count in events)


def _cent(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
