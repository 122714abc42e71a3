"""How a case ends: informing, closing, withdrawal. On which days the complainant's word may lie."""

from datetime import date
from typing import Literal

from complaints.cases.rules import require_day
from shared.errors import Invalid


class DayMissing(Invalid):
    """Staff say on which day the complainant's word was received."""

    code = "day_missing"


def day_received(
    given: date | None, *, kind: Literal["staff", "channel", "client"], first: date, today: date, pointer: str
) -> date:
    """Return the day on which the complainant's withdrawal or request was received.

    It takes effect that day: a withdrawal ends the procedure on the day it is received (CBIRC order 2020 no. 3,
    article 15).

    Args:
        given: The day as staff say it; clients speak for themselves, today.
        kind: The kind of caller.
        first: Earliest day possible, e.g. that of receipt.
        today: The present day (Asia/Shanghai).
        pointer: The field of `given`.

    Raises:
        DayMissing: a staff member did not say the day.
        DayOutOfRange: too early, in the future, or a client says another day than today.
    """
    if kind == "client":
        require_day(given or today, first=today, today=today, pointer=pointer)
        return today
    if given is None:
        raise DayMissing("Say on which day it was received.", pointer=pointer)
    require_day(given, first=first, today=today, pointer=pointer)
    return given
