from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from complaints.regulator_reports.rules import Section
from shared.http.bodies import Body, Day, Read, ShortText, Text

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ReportSubmit(Body):
    period_from: Day
    period_to: Day
    #: That of the draft which was looked at.
    digest: Digest
    #: How the regulator calls the filing (报送编号).
    reference: ShortText | None = None


class ReportCorrect(Body):
    #: That of the draft which was looked at.
    digest: Digest
    #: Why it is submitted again.
    reason: Text
    reference: ShortText | None = None


class ReportLine(Read):
    """A number of the report: cases (件), persons (人), or yuan (元) with two places."""

    section: Section
    code: str
    name: str
    unit: str
    value: str
    #: Path of the cases that this line counts now, of those in your reach; for what was submitted see `differences`.
    list: str


class ReportDifference(Read):
    """A line that says something else than in the version before; null where a version has no such line."""

    section: Section
    code: str
    name: str
    before: str | None
    after: str | None


class ReportDraft(Read):
    """What a report would say now, over all complaints of the house."""

    form: str
    period_from: date
    period_to: date
    digest: str
    lines: list[ReportLine]
    #: Against the version submitted last; empty while there is none.
    differences: list[ReportDifference]


class ReportSummary(Read):
    """A report as it was submitted."""

    id: UUID
    period_from: date
    period_to: date
    version: int
    digest: str
    reference: str | None
    submitted_at: datetime
    submitted_by: str
    reason: str | None


class ReportRead(ReportSummary):
    """A report as it was submitted, with what differs from the version before."""

    form: str
    lines: list[ReportLine]
    differences: list[ReportDifference]
