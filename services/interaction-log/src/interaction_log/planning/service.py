from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from interaction_log.parties import service as parties
from interaction_log.parties.rules import Contact
from interaction_log.parties.tables import ClientStub
from interaction_log.planning import queries, rules
from interaction_log.planning.rules import Basis, FollowUpReason
from interaction_log.planning.tables import FollowUp
from shared import policy
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.base import Received
from shared.events.interaction_log import FollowUpCanceled, FollowUpCompleted, FollowUpMissed, FollowUpScheduled
from shared.events.risk import ClientCleared, ClientFlagged
from shared.ids import new_id
from shared.policy import PolicyRow

Numbers = Mapping[str, PolicyRow]

_NUMBERS = (rules.RHYTHM_DAYS, rules.CATCH_UP_DAYS, rules.COMPLAINT_CLOSED_DAYS)


async def contacts_changed(session: AsyncSession, contacts: Mapping[UUID, Contact | None], *, now: datetime) -> None:
    """Keep the last contact of each client, None if none reached it, and plan by it. The caller locked the clients."""
    await parties.keep_last_contacts(session, contacts, are_unplanned=False)
    await plan(session, list(contacts), now=now)


async def many_contacts_changed(session: AsyncSession, contacts: Mapping[UUID, Contact | None]) -> None:
    """Have the timer do what `contacts_changed` does at once, so that an import plans a client once, not per call."""
    await parties.keep_last_contacts(session, contacts, are_unplanned=True)


async def plan(session: AsyncSession, client_ids: Collection[UUID], *, now: datetime) -> None:
    """Make the open follow-ups of clients what they should be by what is known now.

    A merged client has no rhythm: the one that stands for it has.
    A follow-up of the rhythm that the last contact fulfills is completed. Exactly one stays open for an active client
    with a manager and none for another, a complaint just closed gets its satisfaction call, and each follow-up has the
    assignee it should have. An event is recorded only where a day or an assignee changes.

    Args:
        session: The transaction; it holds the clients' locks.
        client_ids: The clients.
        now: The present instant; days are planned from its date in Asia/Shanghai.
    """
    today = business_date(now)
    numbers = await policy.rows(session, _NUMBERS, on=today)
    clients = await parties.clients(session, client_ids)
    by_id = {client.id: client for client in clients}
    leads = await parties.leads(session, clients)
    open_ = await _complete_fulfilled(session, await queries.list_open(session, client_ids), by_id, now=now)
    rhythm = {one.client_id: one for one in open_ if one.reason is FollowUpReason.RHYTHM}
    changed = {one.id: one for one in await _satisfaction_calls(session, clients, numbers, today=today)}
    canceled = []
    for client in clients:
        one, basis = rhythm.get(client.id), _rhythm_basis(client, numbers)
        if basis is not None:
            one = _plan_rhythm(session, one, client, _planned(basis, numbers, rules.RHYTHM_DAYS, on=today))
            changed |= {one.id: one} if one else {}
        elif one is not None:
            _end(one, "cancel", now=now)
            canceled.append(one)
    left = await parties.who_left(session, {one.assignee_id for one in open_ if one.assignee_id})
    for one in [*open_, *changed.values()]:
        is_open, client = one.status is rules.FollowUpStatus.SCHEDULED, by_id[one.client_id]
        if is_open and _assign(one, client, leads[client.id], has_left=one.assignee_id in left):
            changed[one.id] = one
    events = [(one, scheduled(one, now)) for one in changed.values()]
    await outbox.record_many(session, [*events, *((one, FollowUpCanceled(**_facts(one, now))) for one in canceled)])


async def plan_unplanned(session: AsyncSession, now: datetime, limit: int) -> int:
    """Plan the follow-ups of up to `limit` clients something was heard about; return how many. A timer."""
    client_ids = await parties.take_unplanned(session, limit)
    if client_ids:
        await plan(session, client_ids, now=now)
    return len(client_ids)


async def miss_past_due(session: AsyncSession, now: datetime, limit: int) -> int:
    """Mark the follow-ups of up to `limit` clients whose day has passed, and plan the next; return how many. A timer.

    What passed during a downtime is missed once, and the next day is planned from the day this is noticed.
    """
    today = business_date(now)
    past_due = await queries.list_past_due_clients(session, today, limit)
    if not past_due:
        return 0
    client_ids = await parties.lock_planned(session, past_due)
    missed = [one for one in await queries.list_open(session, client_ids) if rules.is_missed(one.due_on, today)]
    for one in missed:
        _end(one, "miss", now=now)
    await outbox.record_many(session, [(one, FollowUpMissed(**_facts(one, now), due_on=one.due_on)) for one in missed])
    if missed:
        await plan(session, {one.client_id for one in missed}, now=now)
    return len(client_ids)


async def schedule_for_leads(session: AsyncSession, run: Sequence[Received[ClientFlagged]]) -> None:
    """Schedule a follow-up for the team lead of each client that became at risk, once per event.

    While no lead is known the assignee stays empty; whoever comes to lead the client's unit gets it.
    """
    await parties.lock(session, {one.event.client_id for one in run}, now=min(one.event.occurred_at for one in run))
    known = await queries.list_causes(session, [one.id for one in run])
    new = [one for one in run if one.id not in known]
    clients = {one.id: one for one in await parties.clients(session, {one.event.client_id for one in new})}
    leads = await parties.leads(session, clients.values())
    days = {business_date(one.event.occurred_at) for one in new}
    by_day = {on: await policy.rows(session, (rules.AT_RISK_DAYS, rules.CATCH_UP_DAYS), on=on) for on in days}
    follow_ups = []
    for received in new:
        client_id, on = received.event.client_id, business_date(received.event.occurred_at)
        numbers = by_day[on]
        basis = Basis(on, int(numbers[rules.AT_RISK_DAYS].value))
        one = _new(session, client_id, FollowUpReason.AT_RISK, _planned(basis, numbers, rules.AT_RISK_DAYS, on=on))
        one.caused_by = received.id
        _assign(one, clients[client_id], leads[client_id], has_left=False)
        follow_ups.append(one)
    events = [(one, scheduled(one, received.event.occurred_at)) for one, received in zip(follow_ups, new, strict=True)]
    await outbox.record_many(session, events, causes=[received.cause() for received in new])


async def cancel_at_risk(session: AsyncSession, run: Sequence[Received[ClientCleared]]) -> None:
    """Cancel the open at-risk follow-ups of clients that are no longer at risk."""
    cleared = {one.event.client_id: one for one in run}
    await parties.lock(session, list(cleared), now=min(one.event.occurred_at for one in run))
    open_ = await queries.list_open(session, list(cleared), reason=FollowUpReason.AT_RISK)
    events = []
    for one in open_:
        at = cleared[one.client_id].event.occurred_at
        _end(one, "cancel", now=at)
        events.append((one, FollowUpCanceled(**_facts(one, at))))
    await outbox.record_many(session, events, causes=[cleared[one.client_id].cause() for one in open_])


async def staff_changed(session: AsyncSession, *, left: Collection[UUID]) -> None:
    """Have follow-ups of team leads and of those who `left` planned anew, since somebody came, moved or left."""
    await parties.mark_unplanned(session, await queries.list_clients_with_leads_or(session, left))


async def request(session: AsyncSession, follow_up: FollowUp, *, now: datetime) -> None:
    """Enter a follow-up that a person asked for."""
    session.add(follow_up)
    await outbox.record(session, follow_up, scheduled(follow_up, now))


async def complete(
    session: AsyncSession, one: FollowUp, *, interaction_id: UUID | None, result: str | None, now: datetime
) -> None:
    """Complete a follow-up by a contact or by what came of it in words.

    Raises:
        FollowUpNotOpen: it is completed, missed or canceled.
    """
    _end(one, "complete", now=now)
    one.interaction_id, one.result = interaction_id, result
    await outbox.record(session, one, FollowUpCompleted(**_facts(one, now)))


async def reschedule(session: AsyncSession, one: FollowUp, *, due_on: date, now: datetime) -> None:
    """Move a follow-up to a day a person chose.

    Raises:
        FollowUpNotOpen: it is completed, missed or canceled.
    """
    one.status = rules.next_status(one.status, "reschedule")
    one.due_on, one.is_rescheduled = due_on, True
    await outbox.record(session, one, scheduled(one, now))


def scheduled(one: FollowUp, at: datetime) -> FollowUpScheduled:
    """Return the event that a follow-up is planned for its present day and assignee."""
    return FollowUpScheduled(**_facts(one, at), due_on=one.due_on, reason=one.reason)


async def _complete_fulfilled(
    session: AsyncSession, open_: Sequence[FollowUp], clients: Mapping[UUID, ClientStub], *, now: datetime
) -> list[FollowUp]:
    """Complete what the last contacts fulfill, and return what is still open."""
    done = [one for one in open_ if _is_fulfilled(one, clients[one.client_id])]
    for one in done:
        _end(one, "complete", now=now)
        one.interaction_id = clients[one.client_id].last_interaction_id
    await outbox.record_many(session, [(one, FollowUpCompleted(**_facts(one, now))) for one in done])
    return [one for one in open_ if one.status is rules.FollowUpStatus.SCHEDULED]


async def _satisfaction_calls(
    session: AsyncSession, clients: Sequence[ClientStub], numbers: Numbers, *, today: date
) -> list[FollowUp]:
    days = int(numbers[rules.COMPLAINT_CLOSED_DAYS].value)
    recent = [
        (client, client.complaint_closed_on, client.complaint_closed_event_id)
        for client in clients
        if client.complaint_closed_on and client.complaint_closed_event_id
        if rules.wants_satisfaction_call(client.complaint_closed_on, within_days=days, today=today)
    ]
    known = await queries.list_causes(session, [event_id for _, _, event_id in recent]) if recent else set()
    calls = []
    for client, closed_on, event_id in recent:
        if event_id not in known:
            planned = _planned(Basis(closed_on, days), numbers, rules.COMPLAINT_CLOSED_DAYS, on=today)
            calls.append(_new(session, client.id, FollowUpReason.COMPLAINT_CLOSED, planned))
            calls[-1].caused_by = event_id
    return calls


def _rhythm_basis(client: ClientStub, numbers: Numbers) -> Basis | None:
    """Return what the client's rhythm follows from; None if it has none."""
    if not client.is_active or client.activated_at is None or client.manager_id is None:
        return None
    last_contact_on = business_date(client.last_reached_at) if client.last_reached_at else None
    return Basis(
        rules.rhythm_basis_on(last_contact_on, business_date(client.activated_at)),
        rules.cadence_days(client.service_class, numbers[rules.RHYTHM_DAYS].value),
    )


def _plan_rhythm(
    session: AsyncSession, one: FollowUp | None, client: ClientStub, planned: dict[str, Any]
) -> FollowUp | None:
    """Return the follow-up if it is new or its day changes."""
    planned |= {"service_class": client.service_class, "basis_interaction_id": client.last_interaction_id}
    if one is None:
        return _new(session, client.id, FollowUpReason.RHYTHM, planned)
    if (one.basis_on, one.basis_days) == (planned["basis_on"], planned["basis_days"]):
        return None
    before = one.due_on
    for name, value in planned.items():
        setattr(one, name, value)
    return one if one.due_on != before else None


def _planned(basis: Basis, numbers: Numbers, code: str, *, on: date) -> dict[str, Any]:
    catch_up_days = int(numbers[rules.CATCH_UP_DAYS].value)
    return {
        "due_on": rules.due_on(basis, planned_on=on, catch_up_days=catch_up_days),
        "basis_on": basis.on,
        "basis_days": basis.days,
        "planned_on": on,
        "rule_version": numbers[code].version,
        "is_rescheduled": False,
    }


def _new(session: AsyncSession, client_id: UUID, reason: FollowUpReason, planned: dict[str, Any]) -> FollowUp:
    one = FollowUp(
        id=new_id(),
        event_key=client_id,
        client_id=client_id,
        reason=reason,
        status=rules.FollowUpStatus.SCHEDULED,
        scheduled_on=planned["planned_on"],
        **planned,
    )
    session.add(one)
    return one


def _assign(one: FollowUp, client: ClientStub, lead_id: UUID | None, *, has_left: bool) -> bool:
    """Return whether the assignee changes."""
    before = one.assignee_id
    one.assignee_id = rules.assignee_of(
        one.reason, current=before, has_left=has_left, manager_id=client.manager_id, lead_id=lead_id
    )
    return one.assignee_id != before


def _is_fulfilled(one: FollowUp, client: ClientStub) -> bool:
    if one.reason is not FollowUpReason.RHYTHM or client.last_reached_at is None:
        return False
    if client.last_interaction_id == one.basis_interaction_id:
        return False
    return rules.is_fulfilled(
        scheduled_on=one.scheduled_on,
        last_contact_on=one.basis_on if one.basis_interaction_id else None,
        contact_on=business_date(client.last_reached_at),
    )


def _end(one: FollowUp, command: str, *, now: datetime) -> None:
    one.status = rules.next_status(one.status, command)
    one.ended_at = now


def _facts(one: FollowUp, at: datetime) -> dict[str, Any]:
    return {
        "occurred_at": at,
        "follow_up_id": one.id,
        "client_id": one.client_id,
        "assignee_id": one.assignee_id,
    }
