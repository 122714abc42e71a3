from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.findings import queries, rules
from complaints.findings.rules import Severity
from complaints.findings.schemas import (
    Examination,
    ExaminationRead,
    FindingRead,
    FindingReport,
    InspectionCompletion,
    InspectionReport,
    RectificationRead,
)
from complaints.findings.tables import Finding
from complaints.improvement import service as improvement
from complaints.improvement.rules import ENDED, ActionStatus, Origin
from complaints.improvement.schemas import ActionCreate
from complaints.improvement.tables import ImprovementAction
from complaints.inspections import service as inspections
from complaints.inspections.rules import InspectionCommand
from complaints.inspections.schemas import SampledCaseRead
from complaints.inspections.tables import Inspection
from complaints.parties import service as parties
from shared.errors import NotFound
from shared.http.callers import Actor


async def examine(
    session: AsyncSession,
    inspection_id: UUID,
    complaint_id: UUID,
    wanted: Examination,
    *,
    actor: Actor,
    now: datetime,
) -> ExaminationRead:
    """Record what an inspector found in a case of the sample, once.

    Raises:
        NotFound: no such inspection, no such case in its sample, or none in reach.
        InspectionCommandNotAllowed: the inspection does not run.
        ClientIsErased: the case ended, and its client is erased.
        NotAnInspector, CaseExamined, InspectorNotIndependent: see the rules.
    """
    inspection = await inspections.take(session, inspection_id, InspectionCommand.EXAMINE)
    units = await inspections.inspectors(session, inspection.id)
    rules.require_inspector(actor.id, units)
    sampled = await queries.take_sampled(session, inspection.id, complaint_id)
    if sampled.examined_at is not None:
        raise rules.CaseExamined("This case was examined before.", examined_by=str(sampled.examined_by))
    complaint = await cases.get(session, complaint_id, actor=actor)
    handling_units = await parties.units_of(session, complaint.handler_id)
    rules.require_independent(
        actor.id,
        units[actor.id],
        involved=(complaint.handler_id, complaint.proposed_by, complaint.approved_by),
        handling_unit=handling_units[0] if handling_units else None,
    )
    sampled.examined_at, sampled.examined_by = now, actor.id
    found = [
        Finding(
            inspection_id=inspection.id, complaint_id=complaint.id, found_at=now, found_by=actor.id, **one.model_dump()
        )
        for one in wanted.findings
    ]
    session.add_all(found)
    facts = {"complaint_id": complaint.id, "findings": [one.id for one in found]}
    await inspections.move(session, inspection, InspectionCommand.EXAMINE, facts=facts)
    read = SampledCaseRead.model_validate(sampled)
    return ExaminationRead(**read.model_dump(), findings=[FindingRead.model_validate(one) for one in found])


async def rectify(
    session: AsyncSession, inspection_id: UUID, finding_id: UUID, wanted: ActionCreate, *, actor: Actor, now: datetime
) -> ImprovementAction:
    """Open an action by which a finding is put right; somebody else than its owner checks it again.

    Raises:
        NotFound: no such finding.
        InspectionCommandNotAllowed: the inspection is not running or completed.
        NotYetKnown, ActionOwnerUnfit, DueDateInvalid: see improvement.
    """
    inspection = await inspections.take(session, inspection_id, InspectionCommand.RECTIFY)
    finding = await queries.get_finding(session, inspection.id, finding_id)
    return await improvement.open_for(session, Origin.FINDING, finding.id, None, wanted, actor=actor, now=now)


async def complete(
    session: AsyncSession, inspection_id: UUID, wanted: InspectionCompletion, *, now: datetime
) -> Inspection:
    """End the examination with its conclusion; what was found is put right from now on.

    Raises:
        NotFound: there is no such inspection.
        InspectionCommandNotAllowed: it does not run.
        CasesNotExamined, NothingLeftOut: see the rules.
    """
    inspection = await inspections.take(session, inspection_id, InspectionCommand.COMPLETE)
    counts = await queries.count_sample(session, inspection.id)
    rules.require_all_examined(counts.sampled - counts.examined, wanted.why_not_all)
    inspection.completed_at, inspection.conclusion = now, wanted.conclusion
    await inspections.move(session, inspection, InspectionCommand.COMPLETE, reason=wanted.why_not_all)
    return inspection


async def close(session: AsyncSession, inspection_id: UUID, *, now: datetime) -> Inspection:
    """Close an inspection whose findings are put right.

    Raises:
        NotFound: there is no such inspection.
        InspectionCommandNotAllowed: it is not completed.
        FindingsNotPutRight: names the findings that are not.
    """
    inspection = await inspections.take(session, inspection_id, InspectionCommand.CLOSE)
    found = await queries.list_findings(session, inspection.id)
    rules.require_settled(_unsettled(found, await _actions(session, found)))
    inspection.closed_at = now
    await inspections.move(session, inspection, InspectionCommand.CLOSE)
    return inspection


async def report(session: AsyncSession, inspection_id: UUID, *, actor: Actor, now: datetime) -> InspectionReport:
    """Return all of an inspection; findings in complaints about the caller are left out.

    Raises:
        NotFound: there is no such inspection.
    """
    inspection = await inspections.detail(session, inspection_id)
    counts = await queries.count_sample(session, inspection.id)
    found = await queries.list_findings(session, inspection.id, cases.reached(actor))
    actions = await _actions(session, found)
    unsettled = set(_unsettled(found, actions))
    by_finding: dict[UUID, list[RectificationRead]] = defaultdict(list)
    for action in actions:
        read = RectificationRead.model_validate(improvement.shown(action, now=now))
        by_finding[action.origin_id].append(read)
    severities = Counter(one.severity for one in found)
    return InspectionReport(
        inspection=inspection,
        sampled=counts.sampled,
        examined=counts.examined,
        with_findings=len({one.complaint_id for one in found}),
        by_severity={severity: severities[severity] for severity in Severity},
        findings=[
            FindingReport(
                **FindingRead.model_validate(one).model_dump(),
                actions=by_finding[one.id],
                is_put_right=one.id not in unsettled,
            )
            for one in found
        ],
    )


async def complaint_of(session: AsyncSession, finding_id: UUID) -> UUID:
    """Return the complaint in which something was found.

    Raises:
        NotFound: there is no such finding.
    """
    complaint_id = await queries.find_complaint_id(session, finding_id)
    if complaint_id is None:
        raise NotFound("No finding has this id.")
    return complaint_id


async def _actions(session: AsyncSession, found: Sequence[Finding]) -> Sequence[ImprovementAction]:
    return await improvement.of(session, Origin.FINDING, [one.id for one in found])


def _unsettled(found: Sequence[Finding], actions: Sequence[ImprovementAction]) -> list[UUID]:
    return rules.unsettled(
        {one.id: one.severity for one in found},
        effective=Counter(one.origin_id for one in actions if one.status is ActionStatus.EFFECTIVE),
        waiting=Counter(one.origin_id for one in actions if one.status not in ENDED),
    )
