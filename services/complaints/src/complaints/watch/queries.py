from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import NOT_COUNTED
from complaints.cases.tables import Complaint
from complaints.watch.rules import Subject
from complaints.watch.tables import MassAlert
from shared.errors import NotFound

# What a closed alert counted is not counted again. New alerts are made and open ones grow by one statement.
_RAISE = text(
    "INSERT INTO mass_alert (id, subject, subject_id, first_on, last_on, complaints, rule_version, raised_at)"
    " SELECT uuidv7(), subject, subject_id, min(received_on), max(received_on), count(*), :rule_version, :now"
    " FROM complaint CROSS JOIN LATERAL (VALUES ('product', product_id), ('channel', channel_id))"
    " AS about (subject, subject_id)"
    " WHERE subject_id IS NOT NULL AND status NOT IN ('reclassified', 'rejected')"
    " AND received_on > greatest(CAST(:since AS date), (SELECT max(last_on) FROM mass_alert AS past"
    " WHERE past.subject = about.subject AND past.subject_id = about.subject_id AND past.closed_at IS NOT NULL))"
    " GROUP BY subject, subject_id HAVING count(*) >= :complaints"
    " ON CONFLICT (subject, subject_id) WHERE closed_at IS NULL DO UPDATE SET"
    " first_on = least(mass_alert.first_on, excluded.first_on), last_on = excluded.last_on,"
    " complaints = greatest(mass_alert.complaints, excluded.complaints)"
    " WHERE (mass_alert.last_on, mass_alert.complaints) IS DISTINCT FROM (excluded.last_on, excluded.complaints)"
    " RETURNING id"
)
_SHOWN = 1000


async def raise_alerts(session: AsyncSession, values: dict[str, Any]) -> int:
    return len((await session.execute(_RAISE, values)).all())


def select_alerts(subject: Subject | None, is_open: bool | None) -> Select[MassAlert]:
    statement = select(MassAlert)
    if subject is not None:
        statement = statement.where(col(MassAlert.subject) == subject)
    if is_open is not None:
        closed = col(MassAlert.closed_at)
        statement = statement.where(closed.is_(None) if is_open else closed.is_not(None))
    return statement


async def get_alert(session: AsyncSession, alert_id: UUID, *, for_update: bool = False) -> MassAlert:
    found = await session.get(MassAlert, alert_id, with_for_update=for_update or None)
    if found is None:
        raise NotFound("No alert has this id.")
    return found


async def list_cases(session: AsyncSession, alert: MassAlert, reached: ColumnElement[bool]) -> Sequence[UUID]:
    column = {Subject.PRODUCT: Complaint.product_id, Subject.CHANNEL: Complaint.channel_id}[alert.subject]
    statement = select(col(Complaint.id)).where(
        reached,
        col(column) == alert.subject_id,
        col(Complaint.status).not_in(sorted(NOT_COUNTED)),
        col(Complaint.received_on).between(alert.first_on, alert.last_on),
    )
    order = (col(Complaint.received_on), col(Complaint.id))
    return (await session.execute(statement.order_by(*order).limit(_SHOWN))).scalars().all()
