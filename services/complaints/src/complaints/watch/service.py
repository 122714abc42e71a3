from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.watch import queries, rules
from complaints.watch.rules import Subject
from complaints.watch.schemas import AlertDetail, AlertRead
from complaints.watch.tables import MassAlert
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def look(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Raise an alert for every product and channel many complain about, let open ones grow; return how many changed.

    A timer of the worker, by one statement for all.
    """
    today = business_date(now)
    row = await policy.row(session, rules.POLICY, on=today)
    values = {
        "since": today - timedelta(days=int(row.value["days"])),
        "complaints": int(row.value["complaints"]),
        "rule_version": row.version,
        "now": now,
    }
    return await queries.raise_alerts(session, values)


def select_alerts(subject: Subject | None, is_open: bool | None) -> Select[MassAlert]:
    """Return the select of alerts of a subject or of all, those open, closed, or both."""
    return queries.select_alerts(subject, is_open)


async def detail(session: AsyncSession, alert_id: UUID, *, actor: Actor) -> AlertDetail:
    """Return an alert with the cases behind its number that the caller reaches.

    Raises:
        NotFound: there is no such alert.
    """
    alert = await queries.get_alert(session, alert_id)
    behind = await queries.list_cases(session, alert, cases.reached(actor))
    return AlertDetail(**AlertRead.model_validate(alert).model_dump(), complaint_ids=list(behind))


async def close(session: AsyncSession, alert_id: UUID, *, note: str, actor: Actor, now: datetime) -> MassAlert:
    """Close an alert with what was found and done; only later complaints raise another.

    Raises:
        NotFound: there is no such alert.
        AlertIsClosed: somebody closed it already.
    """
    alert = await queries.get_alert(session, alert_id, for_update=True)
    if alert.closed_at is not None:
        raise rules.AlertIsClosed("This alert is closed already.")
    alert.closed_at, alert.closed_by, alert.note = now, actor.name, note
    await session.flush()
    await trail.record(session, "mass_alert.closed", kind="mass_alert", id=alert.id, reason=note)
    return alert
