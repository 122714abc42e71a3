from datetime import date

from complaints.statistics.schemas import Number
from shared.http.bodies import Read


class AgeBand(Read):
    """Open cases that are so old; calendar days since receipt, both ends included, null for without end."""

    from_days: int
    to_days: int | None
    open: Number
    overdue: Number


class Ageing(Read):
    """Open cases by age on a day, as they stand now."""

    on: date
    rule_version: str
    rule_source: str
    open: int
    overdue: int
    bands: list[AgeBand]
