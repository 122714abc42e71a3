"""What people do with follow-ups: for which days they plan, who may act, and what counts as having followed up."""

from datetime import date, timedelta

from interaction_log.planning.rules import FollowUpReason
from shared.errors import Conflict, Forbidden, Invalid

#: Policy row: how many days ahead a person may plan.
HORIZON_DAYS = "follow_up.horizon_days"


class CompletedByContact(Conflict):
    """A follow-up of the rhythm is completed by recording the contact that reached the client."""

    code = "completed_by_contact"


class NotTheAssignee(Forbidden):
    """Only the assignee, or who leads the client's team, may act on this follow-up."""

    code = "not_the_assignee"


class ClientOutOfReach(Forbidden):
    """A follow-up can be given to oneself, or be planned for a client within reach."""

    code = "client_out_of_reach"


class DayOutOfRange(Invalid):
    """A follow-up is planned for today or a later day within the horizon."""

    code = "day_out_of_range"


class AssigneeHasLeft(Invalid):
    """The staff member who should follow up has left."""

    code = "assignee_has_left"


class InteractionUnknown(Invalid):
    """No interaction with this client has this id."""

    code = "interaction_unknown"


def require_day(day: date, *, today: date, horizon_days: int) -> None:
    """Refuse a day that has passed or is too far ahead.

    Args:
        day: The day wanted (Asia/Shanghai).
        today: Today in Asia/Shanghai.
        horizon_days: Policy row `follow_up.horizon_days`.

    Raises:
        DayOutOfRange: it has passed, or is more than `horizon_days` ahead.
    """
    last = today + timedelta(days=horizon_days)
    if not today <= day <= last:
        raise DayOutOfRange(
            f"The day must lie between {today} and {last}.", pointer="/due_on", earliest=str(today), latest=str(last)
        )


def require_may_act(*, is_assignee: bool, reaches_team: bool) -> None:
    """Refuse that somebody who only sees a follow-up, such as the client's manager, ends or moves it.

    Raises:
        NotTheAssignee: the caller is not the assignee and acts for no team.
    """
    if not (is_assignee or reaches_team):
        raise NotTheAssignee("This follow-up is somebody else's; its assignee or the team lead can act on it.")


def require_no_contact_needed(reason: FollowUpReason) -> None:
    """Refuse that a follow-up of the rhythm is ticked off without the contact it asks for.

    Raises:
        CompletedByContact: it is one of the rhythm.
    """
    if reason is FollowUpReason.RHYTHM:
        raise CompletedByContact(
            "Record the contact (POST /v1/interactions): reaching the client completes a follow-up of the rhythm."
        )
