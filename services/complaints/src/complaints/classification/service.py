from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.classification import queries, rules
from complaints.classification.rules import Dimension, Entry, Stir
from complaints.classification.schemas import Classification, CodeCreate, CodeEnd
from complaints.classification.tables import ClassificationCode
from complaints.handling import rules as handling
from complaints.signals import service as signals
from complaints.traits.rules import Tag, Urgency
from shared import policy
from shared.audit import trail
from shared.delivery import outbox
from shared.events.complaints import ComplaintClassified
from shared.http.callers import Actor
from shared.policy import PolicyRow

#: Columns that hold a code, by dimension.
_COLUMNS = {dimension: f"{dimension}_code" for dimension in Dimension}


async def known_codes(session: AsyncSession) -> dict[tuple[Dimension, str], Entry]:
    """Return the whole list of codes, those ended too."""
    return {(row.dimension, row.code): _entry(row) for row in await queries.list_codes(session)}


async def require_codes(session: AsyncSession, complaint: Complaint) -> None:
    """Refuse a case whose codes do not hold.

    Raises:
        CodeNotInForce, NoteMissing, ReasonDiffers: see the rules.
    """
    given = {dimension: getattr(complaint, column) for dimension, column in _COLUMNS.items()}
    if any(given.values()):
        known = await known_codes(session)
        note, reason = complaint.classification_note, complaint.reason
        rules.require_codes(given, known, note=note, reason=reason, on=complaint.received_on)


async def urgency(session: AsyncSession, complaint: Complaint) -> Urgency:
    """Return how urgent a case is by its facts, its client's earlier complaints among them."""
    row = await policy.row(session, rules.POLICY, on=complaint.received_on)
    since = complaint.received_on - timedelta(days=int(row.value["days"]))
    earlier = await cases.count_since(session, complaint.client_id, since=since, but=complaint.id)
    return urgency_by(complaint, row.value, earlier=earlier)


async def urgency_policies(session: AsyncSession, days: Collection[date]) -> dict[date, PolicyRow]:
    """Return the policy row of the urgency rule for each of many days of receipt."""
    return await policy.by_day(session, rules.POLICY, days)


def urgency_by(complaint: Complaint, numbers: Mapping[str, Any], *, earlier: int) -> Urgency:
    """Return how urgent a case is by its facts and the numbers of the policy row."""
    stir = Stir(
        level=complaint.level,
        source=complaint.source,
        reason=complaint.reason,
        tags=frozenset(map(Tag, complaint.tags)),
        amount_fen=complaint.amount or 0,
        names_staff=complaint.named_staff_id is not None,
        earlier=earlier,
    )
    return rules.urgency_of(stir, numbers)


async def classify(
    session: AsyncSession, complaint_id: UUID, wanted: Classification, *, actor: Actor, now: datetime
) -> Complaint:
    """Change what a case is said to be; what is given replaces what stands.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: a decision is proposed or made, or the case is over.
        NotTheHandler: somebody else handles the case, and the caller does not supervise.
        LoweringNotYours, CodeNotInForce, NoteMissing, ReasonDiffers: see the rules.
    """
    complaint = await cases.take(session, complaint_id, Command.CLASSIFY, actor=actor)
    if complaint.handler_id is not None:
        handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    given = wanted.model_dump(exclude={"why"}, exclude_none=True)
    before = {name: getattr(complaint, name) for name in given}
    rules.require_may_lower(
        actor.id,
        actor.roles,
        complaint.handler_id,
        level=(complaint.level, wanted.level or complaint.level),
        urgency=(complaint.urgency, wanted.urgency or complaint.urgency),
    )
    for name, value in given.items():
        setattr(complaint, name, value)
    await require_codes(session, complaint)
    if wanted.urgency is None:
        complaint.urgency = rules.more_urgent(complaint.urgency, await urgency(session, complaint))
    event = ComplaintClassified(**cases.about(complaint, at=now), level=complaint.level, reason=complaint.reason)
    await outbox.record(session, complaint, event)
    facts = {"before": before, "after": given}
    await trail.record(
        session, "complaint.classified", kind="complaint", id=complaint.id, reason=wanted.why, facts=facts
    )
    await signals.mark_changed(session, [complaint.client_id])
    return complaint


def select_codes(dimension: Dimension | None, on: date | None) -> Select[ClassificationCode]:
    """Return the select of the codes of a dimension, or of all; those in force on a day, or ever."""
    return queries.select_codes(dimension, on)


async def add_code(session: AsyncSession, wanted: CodeCreate, *, actor: Actor, now: datetime) -> ClassificationCode:
    """Add a code to the list.

    Raises:
        CodeExists, CodeOutOfPlace: see the rules.
    """
    known = await known_codes(session)
    if (wanted.dimension, wanted.code) in known:
        raise rules.CodeExists("This code was given before; choose another.", pointer="/code")
    reason_class = rules.require_place(
        wanted.dimension, wanted.parent, wanted.reason_class, known, on=wanted.valid_from
    )
    values = wanted.model_dump() | {"reason_class": reason_class}
    added = ClassificationCode(**values, added_by=actor.name, added_at=now)
    session.add(added)
    await session.flush()
    return added


async def end_code(
    session: AsyncSession, dimension: Dimension, code: str, wanted: CodeEnd, *, actor: Actor
) -> ClassificationCode:
    """End a code on a day; cases received before keep it.

    Raises:
        NotFound: there is no such code.
        CodeOutOfPlace: it would end before it began.
    """
    found = await queries.get_code(session, dimension, code)
    if wanted.valid_to <= found.valid_from:
        raise rules.CodeOutOfPlace("A code ends after its first day.", pointer="/valid_to")
    found.valid_to, found.ended_by = wanted.valid_to, actor.name
    await session.flush()
    return found


def _entry(row: ClassificationCode) -> Entry:
    return Entry(row.code, row.parent, row.is_other, row.reason_class, row.valid_from, row.valid_to)
