from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import NOT_COUNTED, Status
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.parties.rules import Relation
from complaints.signals import queries
from complaints.signals.rules import ComplaintFact, Facts, Horizon, Rhythm, Sale, Talk, together
from shared.clock import business_date, start_of_day
from shared.context import Cause, current_cause
from shared.lineage import clients as lineage


async def mark_changed(session: AsyncSession, client_ids: Iterable[UUID | None]) -> None:
    """Note in this transaction that facts of these clients changed, so that their risk is assessed shortly.

    Only rows are added, nothing is locked: whoever changes facts never waits for an assessment.
    """
    known = {client_id for client_id in client_ids if client_id is not None}
    if known:
        known |= set((await lineage.survivors(session, known)).values())
        cause = asdict(current_cause())
        await queries.mark(session, sorted(known), cause | {"causation_id": _text(cause["causation_id"])})


async def mark_holders_changed(session: AsyncSession, product_ids: Iterable[UUID]) -> None:
    """Note in this transaction that something happened to plans, so that the risk of their holders is assessed."""
    cause = asdict(current_cause())
    await queries.mark_holders(session, set(product_ids), cause | {"causation_id": _text(cause["causation_id"])})


async def sold_between(session: AsyncSession, first: date, last: date) -> tuple[int, int]:
    """Return number and sum (fen) of what clients subscribed from `first` to `last`, without what was reversed.

    Both are days of confirmation (Asia/Shanghai).
    """
    return await queries.sold_between(session, first, last)


async def take_changed(session: AsyncSession, limit: int) -> tuple[int, dict[UUID, Cause]]:
    """Take the notes of up to `limit` clients; return their number and the last cause for each client."""
    marks = await queries.take_marked(session, limit)
    return len(marks), {client_id: _cause(stored) for client_id, stored in marks}


async def notable(
    session: AsyncSession, client_ids: Sequence[UUID], horizon: Horizon, today: date, rhythm: Rhythm
) -> set[UUID]:
    """Return the clients whose facts may speak for their leaving on any day from `horizon` to `today`.

    Set-based and cheap: of all clients few are notable, and only their facts need to be read. It may name too many,
    never too few.
    """
    return await queries.notable(session, client_ids, horizon, today, rhythm)


async def sales(session: AsyncSession, client_id: UUID | None, *, product_id: UUID | None, until: date) -> list[Sale]:
    """Return what a client bought until a day: of one product, or anything where none is named."""
    return await queries.sales(session, client_id, product_id, until) if client_id else []


async def talks(session: AsyncSession, client_id: UUID | None, *, since: date, until: date) -> list[Talk]:
    """Return when staff reached a client from one day to another, as far as it was told who did."""
    return await queries.talks(session, client_id, since, until) if client_id else []


async def facts(session: AsyncSession, client_ids: Sequence[UUID], horizon: Horizon) -> dict[UUID, Facts]:
    """Return the facts of each client; of one never heard of, empty ones.

    Those of a merged client belong to the one that stands for it, and nothing is left for itself.
    """
    survivors, merged = await lineage.survivors(session, client_ids), await lineage.merged(session, client_ids)
    known = await _facts(session, [*client_ids, *(merged.keys() - set(client_ids))], horizon)
    of_survivor: dict[UUID, list[Facts]] = defaultdict(list)
    for client_id, into in sorted(merged.items()):
        of_survivor[into].append(known[client_id])
    return {
        client_id: Facts() if client_id in survivors else together(known[client_id], of_survivor[client_id])
        for client_id in client_ids
    }


async def _facts(session: AsyncSession, client_ids: Sequence[UUID], horizon: Horizon) -> dict[UUID, Facts]:
    """Return the facts that stand under each id."""
    relations = await parties.relations(session, client_ids)
    reached = await queries.reached_days(session, client_ids, horizon.contacts_from)
    flows, first_dealing = await queries.flows(session, client_ids, horizon.flows_from)
    troubles = await queries.troubles(session, client_ids)
    changes = await queries.manager_changes(session, client_ids, start_of_day(horizon.managers_from))
    complaints: dict[UUID | None, list[ComplaintFact]] = defaultdict(list)
    for complaint in await cases.of_clients(session, client_ids):
        if complaint.status in NOT_COUNTED:
            continue  # it turned out to be no complaint of the client, so it never spoke for leaving
        complaints[complaint.client_id].append(_fact(complaint))
    unknown = Relation()
    found = {}
    for client_id in client_ids:
        relation = relations.get(client_id, unknown)
        beginnings = (relation.registered_on, first_dealing.get(client_id))
        found[client_id] = Facts(
            complaints=tuple(complaints.get(client_id, ())),
            service_class=relation.service_class,
            client_since=min((day for day in beginnings if day), default=None),
            left_on=relation.left_on,
            reached_on=reached.get(client_id, ()),
            flows=flows.get(client_id, ()),
            troubles=tuple(troubles.get(client_id, ())),
            manager_changed_on=tuple(business_date(at) for at in changes.get(client_id, ())),
        )
    return found


def _fact(complaint: Complaint) -> ComplaintFact:
    return ComplaintFact(
        id=complaint.id,
        level=complaint.level,
        reason=complaint.reason,
        received_on=complaint.received_on,
        due_on=None if complaint.status is Status.SUSPENDED else complaint.due_on,
        late_spans=tuple(zip(complaint.late_spans[::2], complaint.late_spans[1::2], strict=True)),
        ended_on=complaint.informed_on or complaint.withdrawn_on,
        is_withdrawn=complaint.status is Status.WITHDRAWN,
        root_cause=complaint.root_cause,
        # Other systems do not tell the day of closing: no earlier than that of informing, and told as on that day.
        cause_found_on=complaint.closed_on or complaint.informed_on,
    )


def _cause(stored: dict[str, str | int | None]) -> Cause:
    causation_id = stored["causation_id"]
    return Cause(
        correlation_id=str(stored["correlation_id"]),
        actor=str(stored["actor"]),
        causation_id=UUID(str(causation_id)) if causation_id else None,
        traceparent=str(stored["traceparent"]) if stored["traceparent"] else None,
        hops=int(stored["hops"] or 0),
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
