from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases import queries, rules
from complaints.cases.rules import Command, Level, Status
from complaints.cases.schemas import SHOWN_ONCE_INFORMED, SHOWN_OUTSIDE, ComplaintRead
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.traits.rules import Urgency
from shared.clock import business_date
from shared.erasure import guard
from shared.http.callers import Actor
from shared.money import Money


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the cases a caller reaches; nobody reaches one that complains about them."""
    rows = parties.reached(actor, client=col(Complaint.client_id), channel=col(Complaint.channel_id))
    if actor.kind != "staff":
        return rows
    return and_(rows, col(Complaint.named_staff_id).is_distinct_from(actor.id))


def names(complaint: Complaint, actor: Actor) -> bool:
    """Return whether a case complains about the caller."""
    return actor.kind == "staff" and complaint.named_staff_id == actor.id


def shown(complaint: Complaint, *, actor: Actor, now: datetime) -> ComplaintRead:
    """Return a case as the caller is shown it; outside the company only what is theirs to see."""
    values = complaint.model_dump()
    for name in ("amount", "compensation", "proposed_compensation"):
        values[name] = None if values[name] is None else Money.from_fen(values[name])
    today = business_date(now)
    values |= {
        "is_open": complaint.status in rules.OPEN,
        "is_overdue": rules.is_overdue(complaint.status, complaint.due_on, today),
        "has_overdue_task": complaint.next_task_due_on is not None and today > complaint.next_task_due_on,
        "allowed": rules.allowed(complaint.status, was_reviewed=complaint.review_requested),
    }
    if actor.kind != "staff":
        visible = SHOWN_OUTSIDE | (SHOWN_ONCE_INFORMED if complaint.informed_on else frozenset())
        values = {name: value for name, value in values.items() if name in visible}
    return ComplaintRead.model_validate(values)


async def get(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Complaint:
    """Return a case that the caller reaches.

    Raises:
        NotFound: there is none, or it is out of reach.
        ClientIsErased: it ended, and its client is erased.
    """
    complaint = await queries.get_complaint(session, complaint_id, reached(actor))
    await _require_readable(session, complaint)
    return complaint


async def take(session: AsyncSession, complaint_id: UUID, command: Command, *, actor: Actor) -> Complaint:
    """Lock a case for `command` and return it.

    Raises:
        NotFound: there is none, or it is out of reach.
        CommandNotAllowed: the state does not take the command.
        ClientIsErased: it ended, and its client is erased.
    """
    complaint = await queries.get_complaint(session, complaint_id, reached(actor), for_update=True)
    if command is not Command.CLOSE:
        await _require_readable(session, complaint)
    rules.require_allowed(command, complaint.status, was_reviewed=complaint.review_requested)
    return complaint


async def lock(session: AsyncSession, complaint_id: UUID) -> Complaint:
    """Lock a case that the caller may change whether or not they reach it, and return it.

    Raises:
        NotFound: there is none.
    """
    return await queries.get_complaint(session, complaint_id, true(), for_update=True)


async def _require_readable(session: AsyncSession, complaint: Complaint) -> None:
    # The legal clock of an open case runs whatever becomes of the client's data: it is handled to its end.
    if complaint.status not in rules.RUNNING:
        await guard.require_present(session, complaint.client_id)


def move(complaint: Complaint, command: Command) -> None:
    """Bring a case that was taken for `command` into the state that the command leads to."""
    complaint.status = rules.after(complaint.status, command, was_closed=complaint.root_cause is not None)


async def raise_version(session: AsyncSession, complaint: Complaint) -> None:
    """Raise the version that readers name, for a change of which no other service needs an event."""
    complaint.version += 1
    await session.flush()


def about(complaint: Complaint, *, at: datetime) -> dict[str, Any]:
    """Return the fields that every event about a case has; `at` is when it happened."""
    return {
        "occurred_at": at,
        "complaint_id": complaint.id,
        "client_id": complaint.client_id,
        "channel_id": complaint.channel_id,
    }


def select_listed(
    actor: Actor,
    *,
    status: Status | None = None,
    level: Level | None = None,
    handler_id: UUID | None = None,
    client_id: UUID | None = None,
    channel_id: UUID | None = None,
    due_before: date | None = None,
    is_open: bool | None = None,
    is_overdue: bool | None = None,
    needs_recusal: bool | None = None,
    has_overdue_task: bool | None = None,
    today: date,
) -> Select[Complaint]:
    """Return the select of the cases that a caller reaches and wants.

    Raises:
        FilterNotYours: somebody outside the company filters by what they are not shown.
    """
    rules.require_open_filters(
        is_staff=actor.kind == "staff",
        level=level,
        handler_id=handler_id,
        recusal=needs_recusal,
        task_overdue=has_overdue_task,
    )
    return queries.select_listed(
        reached(actor),
        status=status,
        level=level,
        handler_id=handler_id,
        client_id=client_id,
        channel_id=channel_id,
        due_before=due_before,
        is_open=is_open,
        is_overdue=is_overdue,
        needs_recusal=needs_recusal,
        has_overdue_task=has_overdue_task,
        today=today,
    )


async def of_clients(session: AsyncSession, client_ids: Collection[UUID]) -> list[Complaint]:
    """Return every case of these clients, whoever asks, without its long texts."""
    return list((await session.execute(queries.select_of_clients(client_ids))).scalars())


async def count_since(session: AsyncSession, client_id: UUID | None, *, since: date, but: UUID) -> int:
    """Return how many complaints of a client were received from a day on, leaving one out."""
    return await queries.count_since(session, client_id, since, but) if client_id else 0


async def workloads(session: AsyncSession, handler_ids: Collection[UUID]) -> dict[UUID, dict[Urgency, int]]:
    """Return how many open cases of each urgency each handler has; those without any are left out."""
    return await queries.count_open_by_handler(session, handler_ids)


async def take_newly_overdue(session: AsyncSession, *, today: date, limit: int) -> list[Complaint]:
    """Lock up to `limit` open cases whose due date passed without having been told of."""
    return await queries.take_newly_overdue(session, today, limit)


async def lock_free(session: AsyncSession, complaint_ids: Collection[UUID]) -> list[Complaint]:
    """Lock those of the cases that nobody else holds at this moment and return them."""
    return await queries.lock_free(session, complaint_ids)


def select_ids(actor: Actor) -> Select[UUID]:
    """Return the select of the ids of the cases that a caller reaches."""
    return queries.select_ids(reached(actor))


async def lock_named(session: AsyncSession, origin: str, external_ids: Collection[str]) -> dict[str, Complaint]:
    """Lock the cases of `origin` that have these external ids and return them by external id."""
    return await queries.lock_named(session, origin, external_ids)
