from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases.rules import Reason
from complaints.client_rights import queries
from complaints.client_rights.rules import RIGHT_OF, Gap, Occurrence, Right
from complaints.client_rights.schemas import ClientRightsReport, CompensationPaid, HeardOf, Missing, RightConcerned
from complaints.regulator_reports import service as regulator_reports
from complaints.regulator_reports.rules import Item, Section
from complaints.statistics import service as statistics
from complaints.statistics.rules import By, Figure, require_period
from complaints.statistics.schemas import Number
from shared.http.callers import Actor

_COMPENSATED = (Section.SUMMARY, Item.COMPENSATED.value)


async def report(
    session: AsyncSession, period_from: date, period_to: date, *, actor: Actor, today: date
) -> ClientRightsReport:
    """Return what a period says of clients' rights, and what it cannot say.

    Raises:
        PeriodEmpty: the period ends before it begins.
    """
    require_period(period_from, period_to, pointer="/query/period_to")
    counted = await statistics.statistics(
        session, by=[By.REASON], received_from=period_from, received_to=period_to, actor=actor, today=today
    )
    received = {Reason(group.values[By.REASON] or ""): group.figures[Figure.RECEIVED] for group in counted.groups}
    cases, amount = await regulator_reports.paid(session, period_from, period_to)
    heard = await queries.heard_of(session, period_from, period_to)
    return ClientRightsReport(
        period_from=period_from,
        period_to=period_to,
        complaints=counted.total,
        rights=[_concerned(right, received) for right in Right],
        compensation=CompensationPaid(
            cases=Number(cases=cases, list=regulator_reports.list_of(*_COMPENSATED, period_from, period_to)),
            amount=amount,
        ),
        erased_clients=await queries.count_erased(session, period_from, period_to),
        heard_of=[_heard(kind, heard.get(kind)) for kind in Occurrence],
        missing=[Missing(gap=gap, why=gap.zh) for gap in Gap],
    )


def _concerned(right: Right, received: dict[Reason, Number]) -> RightConcerned:
    reasons = {reason: number for reason, number in received.items() if RIGHT_OF[reason] is right}
    return RightConcerned(right=right, cases=sum(number.cases for number in reasons.values()), reasons=reasons)


def _heard(kind: Occurrence, told: tuple[int, date] | None) -> HeardOf:
    number, since = told or (0, None)
    return HeardOf(kind=kind, number=number, counted_since=since)
