from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Level, Reason, Source
from complaints.cases.tables import Complaint
from complaints.channels import service as channels
from complaints.classification import service as classification
from complaints.classification.rules import Dimension, Entry, more_urgent, require_codes
from complaints.clocks import rules as clock_rules
from complaints.clocks import service as clocks
from complaints.clocks.rules import EntryKind
from complaints.imports import rules
from complaints.imports.rules import History, Step
from complaints.imports.schemas import HistoricalComplaint
from complaints.intake import service as intake
from complaints.outcomes import service as outcomes
from complaints.parties import service as parties
from complaints.signals import service as signals
from complaints.traits.rules import Regime, regime_of
from shared.clock import business_date, start_of_day
from shared.delivery import outbox
from shared.erasure import guard
from shared.erasure.rules import ClientIsErased
from shared.errors import DomainError
from shared.events.base import Event
from shared.events.complaints import ComplaintClientLinked, ComplaintDecided
from shared.http.bulk import (
    Accepted,
    BulkBody,
    BulkResult,
    ItemResult,
    check_items,
    in_order,
    lock_origin,
    refuse,
    require_short_outbox,
)
from shared.http.callers import Actor
from shared.ids import new_id
from shared.policy import PolicyRow

#: Policy row by regime and day of receipt.
_Limits = dict[tuple[Regime, date], PolicyRow]


@dataclass(slots=True)
class _Plan:
    """What a call comes to: a result per place, and the cases with what became true of them."""

    results: dict[int, ItemResult] = field(default_factory=dict)
    changes: list[tuple[Complaint, list[Step]]] = field(default_factory=list)


async def take_in(session: AsyncSession, body: BulkBody, *, actor: Actor, now: datetime) -> BulkResult:
    """Take in complaints of the past: new ones are made, known ones get what has become true since.

    One event per step of a case, on the day it happened; none where nothing is new.

    Raises:
        OutboxIsLong: too many events wait to be sent.
    """
    await require_short_outbox(session)
    accepted, refused = check_items(body, HistoricalComplaint)
    await lock_origin(session, "complaint", body.origin)
    known = await cases.lock_named(session, body.origin, [one.item.external_id for one in accepted])
    named = {one.item.client_id for one in accepted} | {complaint.client_id for complaint in known.values()}
    gone = await guard.erased_among(session, {client_id for client_id in named if client_id})
    plan, new, codes = _Plan(), [], await classification.known_codes(session)
    for one in accepted:
        wanted, found = _history(one.item), known.get(one.item.external_id)
        try:
            _require_present(wanted, found, gone)
            if found is None:
                rules.require_possible(wanted, today=business_date(now))
                _require_codes(wanted, codes)
                new.append((one, wanted))
            else:
                _extend(plan, one, found, wanted, today=business_date(now))
        except DomainError as error:
            pointer = f"/items/{one.place}{error.pointer or ''}"
            plan.results[one.place] = refuse(one.item.external_id, error.code, error.detail, pointer)
    clients = {wanted.client_id for _, wanted in new} | {complaint.client_id for complaint, _ in plan.changes}
    known_clients = [client_id for client_id in clients if client_id is not None]
    # Clients before numbers, as in registering: whoever locks the other way round could wait for one that waits.
    await parties.hear_of(session, known_clients, at=now)
    limits = await clocks.limits_at_receipt(session, {_received(wanted) for _, wanted in new})
    await _make(session, plan, new, limits, origin=body.origin, actor=actor, now=now)
    await _record(session, plan, limits, now=now)
    await signals.mark_changed(session, known_clients)
    return in_order(len(body.items), refused, plan.results)


def _require_codes(wanted: History, codes: Mapping[tuple[Dimension, str], Entry]) -> None:
    given = {dimension: getattr(wanted, f"{dimension}_code") for dimension in Dimension}
    reason = wanted.reason or Reason.OTHER
    require_codes(given, codes, note=wanted.classification_note, reason=reason, on=wanted.received_on)


def _require_present(wanted: History, found: Complaint | None, gone: Collection[UUID]) -> None:
    if wanted.client_id in gone or (found is not None and found.client_id in gone):
        raise ClientIsErased("This client's personal data was erased.", pointer="/client_id")


def _history(item: HistoricalComplaint) -> History:
    values = item.model_dump(exclude={"external_id", "compensation", "amount", "tags", "request_kinds"})
    return History(
        **values,
        amount_fen=item.amount.fen if item.amount else None,
        compensation_fen=item.compensation.fen if item.compensation else None,
        tags=None if item.tags is None else frozenset(item.tags),
        request_kinds=None if item.request_kinds is None else frozenset(item.request_kinds),
    )


def _received(history: History) -> tuple[Regime, date]:
    """Return the regime and the day of receipt, which decide the legal time together."""
    is_from_pboc = history.source is Source.PBOC
    return regime_of(is_from_pboc=is_from_pboc, received_on=history.received_on), history.received_on


#: What a row and a history call alike; lists and money they hold differently.
_ALIKE = (
    *("level", "source", "reason", "reason_text", "product_class", "product_id", "channel_id", "facts", "demand"),
    *("channel_code", "business_code", "reason_code", "classification_note", "forwarding_number"),
)
#: What may become known later, and is written by `_tell`.
_LATER = ("client_id", "is_upheld", "informed_on", "root_cause", "review_requested", "withdrawn_on")
#: What shows that somebody took a case up here.
_HANDLED_HERE = ("handler_id", "restarted_on", "reclassified_on", "rejected_on", "next_task_due_on")


def _known(complaint: Complaint) -> History:
    return History(
        **{name: getattr(complaint, name) for name in ("received_on", "persons", "urgency", *_ALIKE, *_LATER)},
        amount_fen=complaint.amount,
        compensation_fen=complaint.compensation,
        tags=frozenset(complaint.tags),
        request_kinds=frozenset(complaint.request_kinds),
    )


def _extend(
    plan: _Plan, one: Accepted[HistoricalComplaint], complaint: Complaint, wanted: History, *, today: date
) -> None:
    before = _known(complaint)
    # How urgent it is was settled when it came in, from the facts too.
    wanted = replace(wanted, urgency=None)
    new = rules.added(before, wanted)
    merged = replace(before, **{name: getattr(wanted, name) for name in new})
    rules.require_possible(merged, today=today)
    is_handled = any(getattr(complaint, name) for name in _HANDLED_HERE)
    steps = rules.further_steps(merged, new, has_handler=is_handled)
    result = ItemResult(external_id=one.item.external_id, status="updated" if new else "unchanged", id=complaint.id)
    plan.results[one.place] = result
    if new:
        if new - {"client_id", "is_upheld", "compensation_fen"}:
            complaint.status = rules.status_of(merged)
        _tell(complaint, merged)
        plan.changes.append((complaint, steps))


async def _make(
    session: AsyncSession,
    plan: _Plan,
    new: Sequence[tuple[Accepted[HistoricalComplaint], History]],
    limits: _Limits,
    *,
    origin: str,
    actor: Actor,
    now: datetime,
) -> None:
    years = Counter(wanted.received_on.year for _, wanted in new)
    numbers = {year: iter(await intake.next_numbers(session, year, years[year])) for year in sorted(years)}
    urgencies = await classification.urgency_policies(session, {wanted.received_on for _, wanted in new})
    for one, wanted in new:
        complaint = _complaint(
            wanted,
            number=next(numbers[wanted.received_on.year]),
            limit_days=int(limits[_received(wanted)].value),
            urgency=urgencies[wanted.received_on].value,
            registered_by=actor.name,
            now=now,
        )
        complaint.origin, complaint.external_id = origin, one.item.external_id
        session.add(complaint)
        plan.changes.append((complaint, rules.steps_of(wanted)))
        plan.results[one.place] = ItemResult(external_id=one.item.external_id, status="created", id=complaint.id)


def _complaint(
    history: History,
    *,
    number: str,
    limit_days: int,
    urgency: Mapping[str, Any],
    registered_by: str,
    now: datetime,
) -> Complaint:
    complaint_id = new_id()
    said = {name: value for name in _ALIKE if (value := getattr(history, name)) is not None}
    complaint = Complaint(
        id=complaint_id,
        event_key=complaint_id,
        number=number,
        status=rules.status_of(history),
        **{"level": Level.ORDINARY, "source": Source.OTHER, "reason": Reason.OTHER} | said,
        regime=_received(history)[0],
        amount=history.amount_fen,
        persons=history.persons or 1,
        tags=sorted(history.tags or ()),
        request_kinds=sorted(history.request_kinds or ()),
        received_at=start_of_day(history.received_on),
        received_on=history.received_on,
        registered_at=now,
        registered_by=registered_by,
        due_on=clock_rules.due_date(history.received_on, limit_days),
    )
    by_facts = classification.urgency_by(complaint, urgency, earlier=0)
    complaint.urgency = more_urgent(by_facts, history.urgency)
    _tell(complaint, history)
    return complaint


def _tell(complaint: Complaint, history: History) -> None:
    """Write what may become known later of a case into its row."""
    complaint.client_id, complaint.is_upheld = history.client_id, history.is_upheld
    complaint.informed_on, complaint.withdrawn_on = history.informed_on, history.withdrawn_on
    complaint.root_cause, complaint.compensation = history.root_cause, history.compensation_fen
    complaint.review_requested = history.review_requested
    if history.informed_on is not None:
        complaint.is_in_time = history.informed_on <= complaint.due_on


async def _record(session: AsyncSession, plan: _Plan, limits: _Limits, *, now: datetime) -> None:
    told: list[tuple[Step, Complaint, Event]] = []
    entries: list[clocks.EntryRow] = []
    for complaint, steps in plan.changes:
        if not steps:
            complaint.version += 1  # something that no event tells of, such as a compensation without a root cause
        for version, step in enumerate(steps, start=complaint.version + 1):
            event = _EVENTS[step](complaint, now)
            told.append((step, complaint, event))
            entries += _entries(complaint, step, event, limits, version=version, now=now)
    if told:
        # Step by step over all cases, which leaves each case's own order: who reads them gets long runs of one type.
        order = list(Step)
        told.sort(key=lambda one: order.index(one[0]))
        await outbox.record_many(session, [(complaint, event) for _, complaint, event in told])
    if entries:
        await clocks.keep(session, entries)
    await channels.record_outcomes(session, [complaint for complaint, _ in plan.changes], now=now)


def _entries(
    complaint: Complaint, step: Step, event: Event, limits: _Limits, *, version: int, now: datetime
) -> list[clocks.EntryRow]:
    """Return the entry that a step makes in the case's clock, if any."""
    if step is Step.REGISTERED:
        return [
            clocks.started(complaint, limits[complaint.regime, complaint.received_on], event, version=version, now=now)
        ]
    over_on = complaint.informed_on or complaint.withdrawn_on
    if step not in _STOPS or over_on is None:
        return []
    return [clocks.stopped(complaint, _STOPS[step], over_on, event, version=version, now=now)]


_STOPS = {Step.INFORMED: EntryKind.INFORMED, Step.WITHDRAWN: EntryKind.WITHDRAWN}


def _over_at(complaint: Complaint, now: datetime) -> datetime:
    day = complaint.informed_on or complaint.withdrawn_on
    return start_of_day(day) if day else now


def _linked(complaint: Complaint, now: datetime) -> Event:
    return ComplaintClientLinked(**cases.about(complaint, at=now))


def _decided(complaint: Complaint, now: datetime) -> Event:
    return ComplaintDecided(**cases.about(complaint, at=_over_at(complaint, now)), is_upheld=bool(complaint.is_upheld))


_EVENTS: Mapping[Step, Callable[[Complaint, datetime], Event]] = {
    Step.REGISTERED: lambda complaint, _: intake.registered_event(complaint),
    Step.CLIENT_LINKED: _linked,
    Step.DECIDED: _decided,
    Step.INFORMED: lambda complaint, now: outcomes.informed_event(complaint, at=_over_at(complaint, now)),
    Step.CLOSED: lambda complaint, now: outcomes.closed_event(complaint, at=_over_at(complaint, now)),
    Step.REVIEW_REQUESTED: lambda complaint, now: outcomes.review_event(complaint, at=_over_at(complaint, now)),
    Step.WITHDRAWN: lambda complaint, now: outcomes.withdrawn_event(complaint, at=_over_at(complaint, now)),
}
