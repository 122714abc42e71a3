from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.accountability import queries, rules
from complaints.accountability.rules import AccountabilityCommand, AccountabilityStatus
from complaints.accountability.schemas import (
    SHOWN_TO_SUBJECT,
    AccountabilityCreate,
    AccountabilityDecision,
    AccountabilityRead,
    AppealDecision,
    Opinion,
)
from complaints.accountability.tables import AccountabilityCase
from complaints.cases import service as cases
from complaints.findings import service as findings
from complaints.improvement.rules import Origin
from complaints.parties import service as parties
from complaints.parties.tables import StaffStub
from complaints.systemic import service as systemic
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.errors import NotYetKnown
from shared.events.improvement import AccountabilityOutcomeRecorded
from shared.http.callers import Actor, Scope
from shared.ids import new_id


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the cases of accountability that concern a caller, or all for compliance.

    Who is held to account, staff or channel, reaches it from the decision on.
    """
    if actor.kind == "channel":
        return queries.of_channel(actor.id)
    mine = queries.not_about(actor.id)
    return mine if actor.scope is Scope.ALL else and_(mine, queries.concerning(actor.id))


async def open_case(
    session: AsyncSession, wanted: AccountabilityCreate, *, actor: Actor, now: datetime
) -> AccountabilityCase:
    """Record what was found, and whom it holds to account.

    Raises:
        SubjectUnclear, SubjectTakesNoPart, AlreadyHeldToAccount: see the rules.
        NotFound: no such complaint, issue or finding in reach.
        ClientIsErased: the complaint ended, and its client is erased.
        NotYetKnown: client-profile has not told of the staff member yet.
    """
    rules.require_one_subject(wanted.staff_id, wanted.channel_id)
    rules.require_not_subject(actor.id, wanted.staff_id)
    complaint_id = await _complaint_of(session, wanted.origin, wanted.origin_id, actor=actor)
    if wanted.staff_id is not None:
        await _staff(session, wanted.staff_id, pointer="/staff_id")
    case_id = new_id()
    values = wanted.model_dump() | {
        "id": case_id,
        "version": 1,
        "event_key": case_id,
        "complaint_id": complaint_id,
        "status": AccountabilityStatus.FOUND,
        "found_at": now,
        "found_by": actor.id,
        "found_unit_id": await _unit(session, actor.id),
    }
    if await queries.insert_case(session, values) is None:
        raise rules.AlreadyHeldToAccount("The same one is held to account for the same already.")
    facts = {"origin": wanted.origin.value, "origin_id": wanted.origin_id, "severity": wanted.severity.value}
    await trail.record(session, "accountability.found", kind="accountability", id=case_id, facts=facts)
    return await queries.get_case(session, case_id, reached(actor))


async def give_opinion(
    session: AsyncSession, case_id: UUID, wanted: Opinion, *, actor: Actor, now: datetime
) -> AccountabilityCase:
    """Propose what the case should come to, and name who is to decide.

    Raises:
        NotFound, AccountabilityCommandNotAllowed: none in reach, or an opinion was given.
        MeasureUnfit, SubjectTakesNoPart, SecondPersonNeeded, AnotherDepartmentDecides: see the rules.
        NotYetKnown: client-profile has not told of the decider yet.
    """
    case = await _take(session, case_id, AccountabilityCommand.OPINE, actor=actor)
    rules.require_not_subject(actor.id, case.staff_id)
    rules.require_fit(wanted.measure, is_channel=case.channel_id is not None)
    case.opinion, case.proposed_measure, case.opined_at = wanted.opinion, wanted.measure, now
    case.opined_by, case.opined_unit_id = actor.id, await _unit(session, actor.id)
    await _name_decider(session, case, wanted.decider_id)
    case.status = rules.after(AccountabilityCommand.OPINE, case.status)
    await _changed(session, case, "opined", facts={"measure": wanted.measure, "decider_id": case.decider_id})
    return case


async def refer(
    session: AsyncSession, case_id: UUID, decider_id: UUID, *, reason: str, actor: Actor
) -> AccountabilityCase:
    """Name who is to decide next, on the case or on its appeal.

    Raises:
        NotFound, AccountabilityCommandNotAllowed: none in reach, or nothing waits for a decision.
        SubjectTakesNoPart, SecondPersonNeeded, AnotherDepartmentDecides, NotYetKnown: as for `give_opinion`.
    """
    case = await _take(session, case_id, AccountabilityCommand.REFER, actor=actor)
    await _name_decider(session, case, decider_id)
    await _changed(session, case, "referred", reason=reason, facts={"decider_id": decider_id})
    return case


async def decide(
    session: AsyncSession, case_id: UUID, wanted: AccountabilityDecision, *, actor: Actor, now: datetime
) -> AccountabilityCase:
    """Decide, as another department, on a measure or on none; who is held to account may appeal from then on.

    Raises:
        NotFound, AccountabilityCommandNotAllowed: none in reach, or no opinion waits.
        MeasureUnfit, SubjectTakesNoPart, SecondPersonNeeded, AnotherDepartmentDecides: see the rules.
    """
    case = await _take(session, case_id, AccountabilityCommand.DECIDE, actor=actor)
    rules.require_fit(wanted.measure, is_channel=case.channel_id is not None)
    if wanted.measure is None and wanted.in_force_from is not None:
        raise rules.MeasureUnfit("No measure comes into force.", pointer="/in_force_from")
    unit_id, today = await _unit(session, actor.id), business_date(now)
    await _require_another(session, case, actor.id, unit_id)
    row = await policy.row(session, rules.APPEAL_DAYS, on=today)
    case.decision, case.measure = wanted.decision, wanted.measure
    case.in_force_from = (wanted.in_force_from or today) if wanted.measure else None
    case.decided_on, case.decided_by, case.decided_unit_id = today, actor.id, unit_id
    case.appeal_until, case.rule_version = rules.appeal_until(today, int(row.value)), row.version
    case.status, case.decider_id = rules.after(AccountabilityCommand.DECIDE, case.status), None
    await _tell(session, case, "decided", now=now)
    return case


async def appeal(
    session: AsyncSession, case_id: UUID, *, grounds: str, actor: Actor, now: datetime
) -> AccountabilityCase:
    """Appeal against the decision, as who is held to account; the measure goes on meanwhile.

    Raises:
        NotFound, AccountabilityCommandNotAllowed: none in reach, or it was appealed before.
        NotTheSubject, AppealTooLate: see the rules.
    """
    case = await _take(session, case_id, AccountabilityCommand.APPEAL, actor=actor)
    rules.require_subject(actor.id, case.staff_id if actor.kind == "staff" else case.channel_id)
    assert case.appeal_until is not None  # noqa: S101  # a decided case has it
    rules.require_in_time(case.appeal_until, business_date(now))
    case.appealed_on, case.appeal_grounds = business_date(now), grounds
    case.status = rules.after(AccountabilityCommand.APPEAL, case.status)
    await _changed(session, case, "appealed")
    return case


async def decide_appeal(
    session: AsyncSession, case_id: UUID, wanted: AppealDecision, *, actor: Actor, now: datetime
) -> AccountabilityCase:
    """Decide on an appeal, as a department that did not decide before.

    Raises:
        NotFound, AccountabilityCommandNotAllowed: none in reach, or no appeal waits.
        MeasureUnfit, SubjectTakesNoPart, SecondPersonNeeded, AnotherDepartmentDecides: see the rules.
    """
    rules.require_clear_appeal(wanted.outcome, wanted.measure)
    case = await _take(session, case_id, AccountabilityCommand.DECIDE_APPEAL, actor=actor)
    rules.require_fit(wanted.measure, is_channel=case.channel_id is not None)
    await _require_another(session, case, actor.id, await _unit(session, actor.id))
    today = business_date(now)
    case.measure = rules.measure_after(wanted.outcome, decided=case.measure, changed=wanted.measure)
    case.in_force_from = (case.in_force_from or today) if case.measure else None
    case.appeal_outcome, case.appeal_decision = wanted.outcome, wanted.decision
    case.appeal_decided_on, case.appeal_decided_by = today, actor.id
    case.status, case.decider_id = rules.after(AccountabilityCommand.DECIDE_APPEAL, case.status), None
    await _tell(session, case, "concluded", now=now)
    return case


async def read(session: AsyncSession, case_id: UUID, *, actor: Actor) -> AccountabilityCase:
    """Return a case that concerns the caller; the read leaves a trace.

    Raises:
        NotFound: none in reach.
    """
    case = await queries.get_case(session, case_id, reached(actor))
    await trail.record(session, "accountability.read", kind="accountability", id=case.id)
    return case


async def trace_list(session: AsyncSession, shown_ids: list[UUID], *, actor: Actor) -> None:
    """Leave a trace of which cases a list showed to a caller."""
    facts = {"ids": shown_ids}
    await trail.record(session, "accountability.listed", kind="accountability_list", id=actor.id, facts=facts)


def select_cases(actor: Actor, **equal: Any) -> Select[AccountabilityCase]:
    """Return the select of the cases that concern a caller and whose columns have these values."""
    return queries.select_cases(reached(actor), equal)


def shown(case: AccountabilityCase, *, actor: Actor) -> AccountabilityRead:
    """Return a case as the caller is shown it."""
    values = case.model_dump() | {"allowed": rules.allowed(case.status)}
    if actor.id in (case.staff_id, case.channel_id):
        values = {name: value for name, value in values.items() if name in SHOWN_TO_SUBJECT}
    return AccountabilityRead.model_validate(values)


async def _take(
    session: AsyncSession, case_id: UUID, command: AccountabilityCommand, *, actor: Actor
) -> AccountabilityCase:
    case = await queries.get_case(session, case_id, reached(actor), for_update=True)
    rules.after(command, case.status)
    return case


async def _complaint_of(session: AsyncSession, origin: Origin, origin_id: UUID, *, actor: Actor) -> UUID | None:
    if origin is Origin.ISSUE:
        await systemic.get(session, origin_id)
        return None
    complaint_id = await findings.complaint_of(session, origin_id) if origin is Origin.FINDING else origin_id
    return (await cases.get(session, complaint_id, actor=actor)).id


async def _staff(session: AsyncSession, staff_id: UUID, *, pointer: str) -> StaffStub:
    person = await parties.find_staff(session, staff_id)
    if person is None:
        raise NotYetKnown("This staff member is not known yet.", pointer=pointer)
    return person


async def _unit(session: AsyncSession, staff_id: UUID | None) -> UUID | None:
    person = await parties.find_staff(session, staff_id) if staff_id else None
    return person.unit_id if person else None


async def _name_decider(session: AsyncSession, case: AccountabilityCase, decider_id: UUID) -> None:
    person = await _staff(session, decider_id, pointer="/decider_id")
    await _require_another(session, case, person.id, person.unit_id, pointer="/decider_id")
    case.decider_id = person.id


async def _require_another(
    session: AsyncSession, case: AccountabilityCase, person_id: UUID, unit_id: UUID | None, pointer: str | None = None
) -> None:
    rules.require_not_subject(person_id, case.staff_id)
    departments = [await _unit(session, case.staff_id), case.decided_unit_id]
    if case.status not in rules.TOLD:
        departments += [case.found_unit_id, case.opined_unit_id]
    involved = (case.found_by, case.opined_by, case.decided_by)
    known = [department for department in departments if department is not None]
    rules.require_another(person_id, unit_id, involved=involved, departments=known, pointer=pointer)


async def _tell(session: AsyncSession, case: AccountabilityCase, what: str, *, now: datetime) -> None:
    event = AccountabilityOutcomeRecorded(
        occurred_at=now,
        accountability_id=case.id,
        staff_id=case.staff_id,
        channel_id=case.channel_id,
        complaint_id=case.complaint_id,
        severity=case.severity,
        measure=case.measure,
        decided_on=business_date(now),
        in_force_from=case.in_force_from,
        has_appealed=case.appealed_on is not None,
    )
    await outbox.record(session, case, event)
    facts = {"measure": case.measure, "in_force_from": case.in_force_from}
    await trail.record(session, f"accountability.{what}", kind="accountability", id=case.id, facts=facts)


async def _changed(
    session: AsyncSession,
    case: AccountabilityCase,
    what: str,
    *,
    reason: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    case.version += 1
    await session.flush()
    name = f"accountability.{what}"
    await trail.record(session, name, kind="accountability", id=case.id, reason=reason, facts=facts)
