from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.calendars import rules
from complaints.calendars.rules import WorkCalendar
from shared import policy
from shared.clock import business_date


async def working_calendar(session: AsyncSession, *, now: datetime) -> WorkCalendar:
    """Return the working calendar as it is known at `now`: a year that was announced since changes what is computed."""
    row = await policy.row(session, rules.CALENDAR, on=business_date(now))
    return WorkCalendar.of(row.value, version=row.version, source=row.source)
