from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.assignment import queries, rules
from complaints.assignment.rules import Option
from complaints.assignment.schemas import Candidate, Candidates, InterestRead
from complaints.assignment.tables import Assignment
from complaints.cases import service as cases
from complaints.cases.rules import Command
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.parties.tables import StaffStub
from complaints.recusal import rules as recusal_rules
from complaints.recusal import service as recusal
from complaints.recusal.rules import Interest
from complaints.routing import service as routing
from complaints.routing.rules import Rule
from shared import policy
from shared.clock import business_date
from shared.delivery import outbox
from shared.errors import NotYetKnown
from shared.events.complaints import ComplaintAssigned
from shared.http.callers import Actor
from shared.policy import PolicyRow


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a case may go to: people at work as handlers, the rule that fits, and what speaks against whom."""

    people: Sequence[StaffStub]
    options: Sequence[Option]
    interests: Sequence[Interest]
    rule: Rule | None
    weights: PolicyRow


async def candidates(session: AsyncSession, complaint_id: UUID, *, actor: Actor, now: datetime) -> Candidates:
    """Return everybody at work as a complaint handler, the best first, and where routing sends the case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    choice = await _choice(session, complaint, on=business_date(now))
    units = {person.id: person.unit_id for person in choice.people}
    items = [
        Candidate(
            **asdict(one),
            unit_id=units[one.staff_id],
            interests=[InterestRead.model_validate(it) for it in choice.interests if it.person_id == one.staff_id],
            may_handle=not one.exclusions,
        )
        for one in choice.options
    ]
    free = [one.staff_id for one in items if one.may_handle and one.is_target and one.staff_id != complaint.handler_id]
    return Candidates(
        items=items,
        route=routing.shown(choice.rule),
        weights=choice.weights.value,
        weights_version=choice.weights.version,
        suggested_id=free[0] if free else None,
    )


async def assign(
    session: AsyncSession, complaint_id: UUID, handler_id: UUID | None, *, actor: Actor, now: datetime
) -> Complaint:
    """Give a case to a handler without an interest in it; to the one with the least to do if nobody is named.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: a decision is proposed or made, or the case is over.
        NotYetKnown: client-profile has not told of this staff member yet.
        HandlerExcluded: the person has an interest in the matter, another office, or left.
        NoHandlerFree: nobody is named, and nobody to whom the case goes may handle it.
    """
    complaint = await cases.take(session, complaint_id, Command.ASSIGN, actor=actor)
    if handler_id is None:
        await queries.lock_choice(session)
    choice = await _choice(session, complaint, on=business_date(now))
    if handler_id is not None:
        await _require_may_handle(session, complaint, handler_id, choice.options)
    chosen = handler_id or rules.choose(choice.options, but=complaint.handler_id)
    cases.move(complaint, Command.ASSIGN)
    complaint.handler_id, complaint.handler_exclusions = chosen, []
    kept = Assignment(
        complaint_id=complaint.id,
        assigned_at=now,
        assigned_by=actor.id,
        handler_id=chosen,
        is_automatic=handler_id is None,
        rule_id=choice.rule.id if choice.rule else None,
        rule_name=choice.rule.name if choice.rule else None,
        weights_version=choice.weights.version,
        options=[asdict(one) | {"staff_id": str(one.staff_id)} for one in choice.options],
    )
    session.add(kept)
    await outbox.record(session, complaint, ComplaintAssigned(**cases.about(complaint, at=now), handler_id=chosen))
    return complaint


async def assignments(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[Assignment]:
    """Return the select of who got a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_assignments(complaint.id)


async def _require_may_handle(
    session: AsyncSession, complaint: Complaint, handler_id: UUID, options: Sequence[Option]
) -> None:
    against = next((one.exclusions for one in options if one.staff_id == handler_id), None)
    if against is None:  # Nobody at work as a handler: unknown, gone, or of another office.
        against = await recusal.against(session, complaint, handler_id)
    if against is None:
        raise NotYetKnown("This staff member is not known yet.", pointer="/handler_id")
    recusal_rules.require_may_handle(against, pointer="/handler_id")


async def _choice(session: AsyncSession, complaint: Complaint, *, on: date) -> _Choice:
    interests = await recusal.interests(session, complaint)
    rule = await routing.route(session, complaint, on=on)
    weights = await policy.row(session, rules.POLICY, on=on)
    people = await parties.handlers_at_work(session)
    workloads = await cases.workloads(session, [person.id for person in people])
    options = [
        Option(
            staff_id=person.id,
            is_target=routing.is_target(rule, person),
            exclusions=recusal_rules.kinds(interests, person.id),
            open_cases=sum(workloads.get(person.id, {}).values()),
            load=rules.load(workloads.get(person.id, {}), weights.value),
        )
        for person in people
    ]
    return _Choice(people, rules.ranked(options), interests, rule, weights)
