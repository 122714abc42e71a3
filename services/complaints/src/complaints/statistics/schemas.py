from datetime import date
from uuid import UUID

from complaints.cases.rules import Level, Reason, Status
from complaints.statistics.rules import By, Figure
from shared.http.bodies import Read
from shared.money import Money


class Number(Read):
    """How many cases, and the path of the list that shows exactly these."""

    cases: int
    list: str


class Counted(Read):
    """The numbers of a set of cases and their rates, in hundredths of a percent; null where nothing is counted."""

    figures: dict[Figure, Number]
    compensation: Money
    #: Informed in time, of those informed and those overdue.
    in_time_rate_bp: int | None
    #: Of those received.
    extension_rate_bp: int | None
    repeat_rate_bp: int | None


class Group(Counted):
    """The numbers of one combination; a value is a code, an id, or null for the cases that have none."""

    values: dict[By, str | None]


class Statistics(Read):
    """Cases received in a period (both days included), as they stand now, one group per combination that occurs."""

    received_from: date
    received_to: date
    by: list[By]
    total: Counted
    groups: list[Group]


class CountedCase(Read):
    """A case behind a number; it names nobody, so cases of erased clients are listed too."""

    id: UUID
    number: str
    status: Status
    level: Level
    reason: Reason
    received_on: date
    due_on: date
    informed_on: date | None
    is_in_time: bool | None
