"""Visits to partners and trainings of their people: what was held, never what is only planned."""

from datetime import date

from shared.codes import Code
from shared.errors import Invalid


class VisitKind(Code):
    """What was held."""

    VISIT = "visit", "走访"
    TRAINING = "training", "培训"
    INSPECTION = "inspection", "现场检查"


class HeldInFuture(Invalid):
    """It has not been held yet."""

    code = "held_in_future"


def require_held(held_on: date, *, today: date) -> None:
    """Refuse what has not been held.

    Raises:
        HeldInFuture: as said.
    """
    if held_on > today:
        raise HeldInFuture("It has not been held yet.", pointer="/held_on")
