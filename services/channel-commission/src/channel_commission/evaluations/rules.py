"""Evaluation of channels (渠道评估): due on a schedule and on triggers, its outcome a rule, decided by a second person.

第七条 of the house's marketing rules: 信托公司应定期对营销渠道进行评估,确保渠道的稳定性和合规性.
So every evaluation states a conclusion on stability and one on compliance beside the scorecard.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from channel_commission.scorecards.rules import Grade
from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded


class EvaluationKind(Code):
    """Why an evaluation is due."""

    PERIODIC = "periodic", "定期评估"
    RISK_EVENT = "risk_event", "风险事件触发"
    ORDERED = "ordered", "专项评估"


class EvaluationStatus(Code):
    """Where an evaluation stands."""

    DUE = "due", "待评估"
    SUBMITTED = "submitted", "待复核"
    PASSED = "passed", "合格"
    FAILED = "failed", "不合格"


class Stability(Code):
    """How stable a channel is: its sales team, its systems, its finances, its will to go on."""

    STABLE = "stable", "稳定"
    WATCH = "watch", "关注"
    UNSTABLE = "unstable", "不稳定"


class Conformity(Code):
    """How a channel keeps the rules."""

    COMPLIANT = "compliant", "合规"
    RECTIFY = "rectify", "限期整改"
    VIOLATING = "violating", "违规"


class Stage(Code):
    """What an evaluation that is late or failed has led to so far."""

    NONE = "none", "无"
    NO_NEW_PRODUCTS = "no_new_products", "暂停新增产品"
    SUSPENDED = "suspended", "暂停合作"


class EvaluationStatusForbids(Conflict):
    """The status of the evaluation does not allow this command."""

    code = "evaluation_status_forbids"


class EvaluationOpen(Conflict):
    """The channel has an evaluation to be done already."""

    code = "evaluation_open"


class ScorecardOfAnother(Invalid):
    """The scorecard is another channel's, or has no grade."""

    code = "scorecard_unfit"


#: Every allowed command.
ALLOWED: Mapping[EvaluationStatus, tuple[str, ...]] = {
    EvaluationStatus.DUE: ("submit",),
    EvaluationStatus.SUBMITTED: ("decide", "submit"),
    EvaluationStatus.PASSED: (),
    EvaluationStatus.FAILED: (),
}


def require_allowed(status: EvaluationStatus, command: str) -> None:
    """Refuse a command that the status does not allow.

    Raises:
        EvaluationStatusForbids: as said; tells what is allowed.
    """
    if command not in ALLOWED[status]:
        raise EvaluationStatusForbids(
            f"An evaluation that is {status} does not allow {command}.",
            state=status.value,
            allowed=list(ALLOWED[status]),
        )


def require_second_person(evaluated_by: UUID | None, decider: UUID) -> None:
    """Refuse that an evaluation is decided by the person who did it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if evaluated_by == decider:
        raise SecondPersonNeeded("Somebody else than who did the evaluation must decide.")


def outcome(
    grade: Grade, stability: Stability, conformity: Conformity, red_lines: Sequence[str]
) -> tuple[EvaluationStatus, list[str]]:
    """Return whether a channel passes, and what stands against it.

    Args:
        grade: The scorecard's.
        stability: The conclusion on stability.
        conformity: The conclusion on compliance.
        red_lines: Red lines crossed in the scorecard's period.
    """
    against = {
        "red_line": bool(red_lines),
        "grade_d": grade is Grade.D,
        "unstable": stability is Stability.UNSTABLE,
        "violating": conformity is Conformity.VIOLATING,
    }
    reasons = [reason for reason, holds in against.items() if holds]
    return (EvaluationStatus.FAILED if reasons else EvaluationStatus.PASSED), reasons


def calls_for_exit(grades: Sequence[Grade], red_lines: Sequence[str]) -> str | None:
    """Return why a channel should leave: a red line, or the last two evaluations graded D; None if nothing says so.

    Args:
        grades: Grades of the decided evaluations, the latest first.
        red_lines: Red lines of the latest one.
    """
    if red_lines:
        return "red_line"
    return "grade_d_twice" if list(grades[:2]) == [Grade.D, Grade.D] else None


def stage(status: EvaluationStatus, *, due_on: date, decided_on: date | None, today: date, suspend_days: int) -> Stage:
    """Return what an evaluation that is late or failed leads to on a day (Asia/Shanghai).

    Args:
        status: Where it stands; one that passed leads to nothing.
        due_on: The last day on which it is in time.
        decided_on: The day on which it failed; None while it is not decided.
        today: Today.
        suspend_days: Days without new products before sales stop; policy row `channel.evaluation`.
    """
    if status is EvaluationStatus.PASSED:
        return Stage.NONE
    # One that failed when it was late already counts from when it was late: failing gives no new time.
    since = min(due_on + timedelta(days=1), decided_on or date.max)
    if today < since:
        return Stage.NONE
    return Stage.SUSPENDED if today >= since + timedelta(days=suspend_days) else Stage.NO_NEW_PRODUCTS
