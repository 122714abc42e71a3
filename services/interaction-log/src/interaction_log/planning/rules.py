"""Follow-ups: when the next contact is due, who is to act, and what ends a follow-up.

The rhythm (回访节奏) follows the client's service class: a client is to be reached, by any two-way contact, within so
many days of the last time it was reached. Unanswered calls do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict
from shared.states import step

#: Policy row: days between reached contacts by service class.
RHYTHM_DAYS = "follow_up.rhythm_days"
#: Policy row: days within which a client whose rhythm has lapsed is to be reached.
CATCH_UP_DAYS = "follow_up.catch_up_days"
#: Policy row: days a team lead has to see to a client that became at risk.
AT_RISK_DAYS = "follow_up.at_risk_days"
#: Policy row: days within which a client is called after its complaint was closed.
COMPLAINT_CLOSED_DAYS = "follow_up.complaint_closed_days"


class FollowUpReason(Code):
    """Why a client is followed up."""

    RHYTHM = "rhythm", "定期联系"
    AT_RISK = "at_risk", "流失预警跟进"
    REQUESTED = "requested", "约定跟进"
    COMPLAINT_CLOSED = "complaint_closed", "投诉办结回访"


#: Follow-ups that go to the team lead, since the client's manager may be the one complained about.
FOR_LEAD = frozenset({FollowUpReason.AT_RISK, FollowUpReason.COMPLAINT_CLOSED})


class FollowUpStatus(Code):
    """Where a follow-up stands."""

    SCHEDULED = "scheduled", "待跟进"
    COMPLETED = "completed", "已完成"
    MISSED = "missed", "逾期未跟进"
    CANCELED = "canceled", "已取消"


#: What may be done in which state, and the state it leads to. People complete and reschedule; time misses; a client
#: that is no longer at risk or no longer active cancels.
EDGES: Mapping[FollowUpStatus, Mapping[str, FollowUpStatus]] = {
    FollowUpStatus.SCHEDULED: {
        "complete": FollowUpStatus.COMPLETED,
        "reschedule": FollowUpStatus.SCHEDULED,
        "miss": FollowUpStatus.MISSED,
        "cancel": FollowUpStatus.CANCELED,
    },
    FollowUpStatus.COMPLETED: {},
    FollowUpStatus.MISSED: {},
    FollowUpStatus.CANCELED: {},
}


class FollowUpNotOpen(Conflict):
    """The follow-up is completed, missed or canceled."""

    code = "follow_up_not_open"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a planned day follows from.

    Attributes:
        on: The day the days count from (Asia/Shanghai).
        days: How many days after it the client is to be reached.
    """

    on: date
    days: int


def next_status(status: FollowUpStatus, command: str) -> FollowUpStatus:
    """Return the state that `command` leads to.

    Raises:
        FollowUpNotOpen: the state does not allow the command.
    """
    told = f"This follow-up is {status} and takes no '{command}'."
    return step(EDGES, status, command, refused=FollowUpNotOpen, told=told)


def cadence_days(service_class: str | None, days_by_class: Mapping[str, int]) -> int:
    """Return within how many days a client of `service_class` is to be reached again.

    A client whose class was not announced, or has one of tomorrow, counts as an ordinary one: the longest rhythm.

    Args:
        service_class: `A`, `B`, `C` or None.
        days_by_class: Policy row `follow_up.rhythm_days`.
    """
    return days_by_class.get(service_class or "", max(days_by_class.values()))


def rhythm_basis_on(last_contact_on: date | None, active_since: date) -> date:
    """Return the day the rhythm counts from: the last reached contact; before the first one, the activation."""
    return last_contact_on or active_since


def due_on(basis: Basis, *, planned_on: date, catch_up_days: int) -> date:
    """Return the last day on which the client is reached in time.

    A day that had passed already when it was planned (a client silent for long, an import of the past, a miss) would be
    missed at once; such a client is to be reached within `catch_up_days` of the planning instead.

    Args:
        basis: Day and days it follows from.
        planned_on: The day it was planned (Asia/Shanghai).
        catch_up_days: Policy row `follow_up.catch_up_days`.
    """
    day = basis.on + timedelta(days=basis.days)
    return day if day >= planned_on else planned_on + timedelta(days=catch_up_days)


def is_fulfilled(*, scheduled_on: date, last_contact_on: date | None, contact_on: date) -> bool:
    """Return whether a reached contact fulfills a follow-up of the rhythm.

    It does on or after the day the follow-up was planned: an older contact that is only recorded now (an import of the
    past) moves the next day, but fulfills nothing. Further contacts on the day it counts from are part of that contact.

    Args:
        scheduled_on: When the follow-up was planned at first (all dates in Asia/Shanghai).
        last_contact_on: The contact the follow-up counts from; None if it counts from the activation.
        contact_on: The new contact.
    """
    return contact_on >= scheduled_on and (last_contact_on is None or contact_on > last_contact_on)


def is_missed(due_on: date, today: date) -> bool:
    """Return whether the last day has passed (`today` is a date in Asia/Shanghai)."""
    return today > due_on


def wants_satisfaction_call(closed_on: date, *, within_days: int, today: date) -> bool:
    """Return whether a complaint was closed so recently that the client is still called about it.

    Args:
        closed_on: Day of closing (Asia/Shanghai).
        within_days: Policy row `follow_up.complaint_closed_days`.
        today: Today in Asia/Shanghai; a complaint of the past that is imported wants no call.
    """
    return today <= closed_on + timedelta(days=within_days)


def assignee_of(
    reason: FollowUpReason, *, current: UUID | None, has_left: bool, manager_id: UUID | None, lead_id: UUID | None
) -> UUID | None:
    """Return who is to act on an open follow-up: the client's manager, the team lead, or whom a person named.

    What was promised to a client does not leave with the one who promised it (离职交接): the manager takes it over.

    Args:
        reason: Why the client is followed up.
        current: Who is to act so far.
        has_left: Whether that person has left.
        manager_id: The client's relationship manager.
        lead_id: Who leads the client's unit.
    """
    if reason in FOR_LEAD:
        return lead_id
    return manager_id if reason is FollowUpReason.RHYTHM or has_left else current
