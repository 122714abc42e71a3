from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.settlements import queries
from ops_dashboard.settlements.schemas import PeriodState, StatusSum
from shared.money import Money


async def latest_periods(session: AsyncSession, limit: int) -> list[PeriodState]:
    """Return the latest months, newest first, with where their statements stand."""
    found = await queries.periods(session, limit)
    by_period: dict[str, list[StatusSum]] = {}
    for period, status, statements, total in await queries.sums(session, [each.period for each in found]):
        amount = Money.from_fen(total)
        by_period.setdefault(period, []).append(StatusSum(status=status, statements=statements, amount=amount))
    return [
        PeriodState(
            period=each.period,
            status=each.status,
            statements=each.statements,
            total=Money.from_fen(each.total_fen),
            by_status=by_period.get(each.period, []),
        )
        for each in found
    ]
