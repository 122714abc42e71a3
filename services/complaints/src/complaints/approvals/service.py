from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.approvals import rules
from complaints.approvals.rules import Limits
from shared import policy


async def limits(session: AsyncSession, *, on: date) -> Limits:
    """Return the limits in force on a day (Asia/Shanghai)."""
    row = await policy.row(session, rules.POLICY, on=on)
    return Limits.of(row.value, version=row.version)
