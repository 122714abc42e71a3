"""The review (核查) of a result by the superior office: until when it is asked for and decided, and by whom.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): a complainant who does not accept the result of a
branch asks the office above it within 30 days of receiving the decision; that office looks at process, time limits and
result, and decides and informs within 30 days of receiving the request. The result of head office has no office above
it: the complainant is told so, and which other ways are open. That nobody reviews what they took part in is ours.
"""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from complaints.parties.rules import Offices
from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid

REQUEST_DAYS, DECISION_DAYS = "review.request_days", "review.decision_days"


class Outcome(Code):
    """How a request for a review ends."""

    UPHELD = "upheld", "维持原处理决定"
    CHANGED = "changed", "变更原处理决定"
    SENT_BACK = "sent_back", "退回重新处理"
    NO_SUPERIOR = "no_superior", "无上级机构可核查，告知其他救济途径"


class ReviewRequestTooLate(Conflict):
    """A review is asked for within the days of the law after the decision was received."""

    code = "review_request_too_late"


class NoSuperiorOffice(Conflict):
    """Head office handled the case: no office stands above it, so the complainant is told which ways are open."""

    code = "no_superior_office"


class SuperiorOfficeExists(Conflict):
    """A branch handled the case: the office above it decides on the review."""

    code = "superior_office_exists"


class ReviewerNotOfSuperior(Forbidden):
    """The review is decided in the office above the branch that handled the case."""

    code = "reviewer_not_of_superior"


class ReviewerNotIndependent(Forbidden):
    """The reviewer neither handled, proposed nor approved, and has no interest in the matter."""

    code = "reviewer_not_independent"


class ChangeUnclear(Invalid):
    """A changed result says whether the complaint is justified; no other outcome says it anew."""

    code = "change_unclear"


def require_request_in_time(requested_on: date, *, informed_on: date, days: int) -> None:
    """Refuse a request after the last day, which is `days` calendar days after the decision was received.

    Raises:
        ReviewRequestTooLate: says the last day.
    """
    last_on = informed_on + timedelta(days=days)
    if requested_on > last_on:
        raise ReviewRequestTooLate(
            f"A review could be asked for until {last_on}; mediation, arbitration and the courts stay open.",
            pointer="/requested_on",
            last_on=last_on.isoformat(),
        )


def due_date(requested_on: date, days: int) -> date:
    """Return the last day to decide and inform: `days` calendar days after the request; its own day does not count."""
    return requested_on + timedelta(days=days)


def is_in_time(informed_on: date, due_on: date | None) -> bool | None:
    """Return whether the complainant was informed of the review in time; None where the request has no known day."""
    return None if due_on is None else informed_on <= due_on


def require_superior(has_superior: bool) -> None:
    """Refuse that a result is reviewed where no office stands above the one that handled it.

    Raises:
        NoSuperiorOffice: head office handled the case.
    """
    if not has_superior:
        raise NoSuperiorOffice("No office stands above the one that handled this case: decline, and name other ways.")


def require_no_superior(has_superior: bool) -> None:
    """Refuse the notice that there is no superior office where there is one.

    Raises:
        SuperiorOfficeExists: a branch handled the case.
    """
    if has_superior:
        raise SuperiorOfficeExists("A branch handled this case: the office above it decides on the review.")


def require_reviewer(
    reviewer_id: UUID,
    unit_path: Collection[UUID],
    *,
    between: Offices,
    involved: Collection[UUID | None],
    has_interest: bool,
) -> None:
    """Refuse a reviewer from elsewhere, or one who took part or has an interest.

    Args:
        reviewer_id: Who decides on the review.
        unit_path: The reviewer's unit and all above it.
        between: The branch that handled and the office above it.
        involved: Handler, author and approver of the result.
        has_interest: Whether the reviewer has a direct interest in the matter.

    Raises:
        ReviewerNotIndependent: took part or has an interest.
        ReviewerNotOfSuperior: does not belong to the superior office, or belongs to the branch too.
    """
    if reviewer_id in involved or has_interest:
        raise ReviewerNotIndependent("Somebody decides who took no part in the case and has no interest in it.")
    if between.superior_id not in unit_path or between.branch_id in unit_path:
        raise ReviewerNotOfSuperior("The office above the branch that handled this case decides on the review.")


def require_clear(outcome: Outcome, is_upheld: bool | None) -> None:
    """Refuse a changed result that does not say whether the complaint is justified, and others that do.

    Raises:
        ChangeUnclear: one of these.
    """
    if (outcome is Outcome.CHANGED) != (is_upheld is not None):
        raise ChangeUnclear("A changed result, and no other, says whether it is justified.", pointer="/is_upheld")
