from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.parties import service as parties
from complaints.parties.tables import StaffStub
from complaints.routing import queries, rules
from complaints.routing.rules import CaseFacts, Rule, Target
from complaints.routing.schemas import DryRun, RoutedCase, RouteRead, RuleCreate, RuleDraft, RuleEnd, TargetRead
from complaints.routing.tables import RoutingRule
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def in_force(session: AsyncSession, *, on: date) -> list[Rule]:
    """Return the rules of a day (Asia/Shanghai) in the order in which they are tried."""
    return [
        Rule(row.id, row.position, row.name, row.conditions, Target.of(row.target))
        for row in await queries.list_rules(session, on)
    ]


async def route(session: AsyncSession, complaint: Complaint, *, on: date) -> Rule | None:
    """Return the rule of a day that says where a case goes; None if none fits it."""
    units = await parties.units_of_clients(session, [complaint.client_id])
    return rules.route(await in_force(session, on=on), _facts(complaint, units.get(complaint.client_id)))


def is_target(rule: Rule | None, person: StaffStub) -> bool:
    """Return whether a case goes to somebody by a rule; without one it goes to everybody."""
    if rule is None:
        return True
    return rule.target.holds(person.id, unit_path=parties.unit_path(person), roles=person.roles)


def shown(rule: Rule | None) -> RouteRead:
    """Return where a case goes as staff are shown it."""
    if rule is None:
        return RouteRead(rule_id=None, name=None, position=None, target=None)
    target = TargetRead.model_validate(rule.target)
    return RouteRead(rule_id=rule.id, name=rule.name, position=rule.position, target=target)


def select_rules(on: date | None) -> Select[RoutingRule]:
    """Return the select of the rules in force on a day, or ever."""
    return queries.select_rules(on)


async def add(session: AsyncSession, wanted: RuleCreate, *, actor: Actor, now: datetime) -> RoutingRule:
    """Add a rule.

    Raises:
        RuleOutOfTime, TargetUnclear: see the rules.
    """
    rules.require_begin(wanted.valid_from, wanted.valid_to, today=business_date(now))
    _require_target(wanted, at="/target")
    draft = _draft(wanted)
    added = RoutingRule(
        position=wanted.position,
        name=wanted.name,
        conditions=dict(draft.conditions),
        target=wanted.target.model_dump(mode="json", exclude_none=True),
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        source=wanted.source,
        added_by=actor.name,
        added_at=now,
    )
    session.add(added)
    await session.flush()
    facts = wanted.model_dump(mode="json", exclude_none=True)
    await trail.record(session, "routing_rule.added", kind="routing_rule", id=added.id, facts=facts)
    return added


async def end(session: AsyncSession, rule_id: UUID, wanted: RuleEnd, *, actor: Actor, now: datetime) -> RoutingRule:
    """End a rule on a day.

    Raises:
        NotFound: there is no such rule.
        RuleOutOfTime: see the rules.
    """
    rule = await queries.lock_rule(session, rule_id)
    rules.require_end(wanted.valid_to, valid_from=rule.valid_from, ended_on=rule.valid_to, today=business_date(now))
    rule.valid_to, rule.ended_by = wanted.valid_to, actor.name
    await session.flush()
    facts = {"valid_to": wanted.valid_to}
    await trail.record(session, "routing_rule.ended", kind="routing_rule", id=rule.id, facts=facts)
    return rule


def select_cases(actor: Actor, wanted: DryRun, *, today: date) -> Select[Complaint]:
    """Return the select of the cases on which rules are tried."""
    statement = cases.select_listed(actor, is_open=wanted.is_open, today=today)
    return queries.received_between(statement, wanted.received_from, wanted.received_to)


async def dry_run(
    session: AsyncSession, wanted: DryRun, complaints: Sequence[Complaint], *, today: date
) -> list[RoutedCase]:
    """Return where each case would go, and which rule says so; nothing is changed.

    Raises:
        TargetUnclear: of a draft; see the rules.
    """
    for place, draft in enumerate(wanted.rules or ()):
        _require_target(draft, at=f"/rules/{place}/target")
    tried = await in_force(session, on=wanted.on or today) if wanted.rules is None else _drafts(wanted.rules)
    units = await parties.units_of_clients(session, [one.client_id for one in complaints])
    people = {person.id: person for person in await parties.handlers_at_work(session)}
    return [
        _routed(one, rules.route(tried, _facts(one, units.get(one.client_id))), people.values()) for one in complaints
    ]


def _routed(complaint: Complaint, rule: Rule | None, people: Collection[StaffStub]) -> RoutedCase:
    targets = {person.id for person in people if is_target(rule, person)}
    return RoutedCase(
        **shown(rule).model_dump(),
        complaint_id=complaint.id,
        number=complaint.number,
        status=complaint.status,
        received_on=complaint.received_on,
        handlers=len(targets),
        handler_id=complaint.handler_id,
        is_with_them=complaint.handler_id in targets if complaint.handler_id else None,
    )


def _require_target(draft: RuleDraft, *, at: str) -> None:
    given = draft.target.model_dump(exclude={"kind"}, exclude_none=True)
    rules.require_target(draft.target.kind, given.keys(), at=at)


def _drafts(wanted: Sequence[RuleDraft]) -> list[Rule]:
    # Sorting keeps the order in which drafts of one position were sent, as ids do for those added.
    return sorted(map(_draft, wanted), key=lambda rule: rule.position)


def _draft(wanted: RuleDraft) -> Rule:
    conditions = wanted.conditions.model_dump(mode="json", exclude_none=True)
    return Rule(None, wanted.position, wanted.name, conditions, Target.of(wanted.target.model_dump(mode="json")))


def _facts(complaint: Complaint, unit_id: UUID | None) -> CaseFacts:
    return CaseFacts(
        level=complaint.level,
        urgency=complaint.urgency,
        source=complaint.source,
        reason=complaint.reason,
        tags=frozenset(complaint.tags),
        channel_id=str(complaint.channel_id) if complaint.channel_id else None,
        unit_id=str(unit_id) if unit_id else None,
        business_code=complaint.business_code,
    )
