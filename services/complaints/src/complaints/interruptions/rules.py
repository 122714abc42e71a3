"""What stops the legal clock of a complaint for a while, and what starts it anew.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): the time of an appraisal, test or valuation by others
(外部机构鉴定、检测、评估) may be left out if the complainant is told in time; if the same complaint comes again with
new facts and reasons, the time counts from the day on which the new material arrives. That both are recorded by
somebody who does not handle the case is a rule of the house, since both give the handler more time.
"""

from datetime import date

from complaints.cases.rules import require_day
from complaints.clocks.rules import Clock
from shared.errors import Conflict


class SuspensionTooLate(Conflict):
    """The due date has passed: an appraisal cannot undo that."""

    code = "suspension_too_late"


def require_suspendable(clock: Clock, *, began_on: date, told_on: date, first: date, today: date) -> None:
    """Refuse an appraisal after the due date, or days that cannot be.

    Args:
        clock: Where the clock stands; it runs.
        began_on: The day on which the appraisal was commissioned; the first that does not count.
        told_on: The day on which the complainant was told of it.
        first: The earliest day that the appraisal can have begun, since the clock ran until then.
        today: The present day (Asia/Shanghai).

    Raises:
        SuspensionTooLate: it is recorded after the due date.
        DayOutOfRange: begun before `first`, told before the clock began, or either in the future.
    """
    if today > clock.due_on:
        raise SuspensionTooLate("The due date has passed.", due_on=clock.due_on.isoformat())
    require_day(began_on, first=first, today=today, pointer="/began_on")
    require_day(told_on, first=clock.counted_from, today=today, pointer="/complainant_told_on")


def late_span(clock: Clock, restarted_on: date, *, recorded_on: date) -> list[date]:
    """Return the due date that had passed when a restart was recorded and the day that ended the delay; else nothing.

    Args:
        clock: Where the clock stood before.
        restarted_on: The day on which the new material arrived.
        recorded_on: The day on which that was recorded.
    """
    return [clock.due_on, max(restarted_on, clock.due_on)] if recorded_on > clock.due_on else []
