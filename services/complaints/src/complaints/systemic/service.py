import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.improvement import service as improvement
from complaints.improvement.rules import ENDED, ActionStatus, Cause, Origin
from complaints.improvement.schemas import ActionCreate
from complaints.improvement.tables import ImprovementAction
from complaints.systemic import queries, rules
from complaints.systemic.rules import IssueCommand, Thresholds
from complaints.systemic.schemas import IssueCaseRead, IssueRead, ThresholdsRead
from complaints.systemic.tables import SystemicIssue
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.improvement import SystemicIssueConfirmed
from shared.http.callers import Actor


async def look(session: AsyncSession, now: datetime, _limit: int) -> int:
    """Raise an issue wherever the same cause comes too often, let standing ones grow; return how many changed.

    A timer of the worker, by two statements for all.
    """
    today = business_date(now)
    row = await policy.row(session, rules.POLICY, on=today)
    thresholds = Thresholds.of(row.value)
    numbers = asdict(thresholds)
    values = numbers | asdict(rules.window(thresholds, today)) | {"thresholds": json.dumps(numbers)}
    raised = await queries.detect(session, values | {"rule_version": row.version, "now": now})
    return raised + await queries.gather(session, {"now": now})


async def confirm(session: AsyncSession, issue_id: UUID, *, reason: str, actor: Actor, now: datetime) -> SystemicIssue:
    """Confirm that an issue is one; actions are opened against it from now on.

    Raises:
        NotFound: there is no such issue.
        IssueCommandNotAllowed: it was decided before.
    """
    issue = await _decide(session, issue_id, IssueCommand.CONFIRM, reason=reason, actor=actor, now=now)
    event = SystemicIssueConfirmed(
        occurred_at=now,
        issue_id=issue.id,
        root_cause=issue.root_cause,
        product_id=issue.product_id,
        channel_id=issue.channel_id,
        complaints=issue.complaints + issue.further,
        persons=issue.persons,
        window_from=issue.window_from,
        window_to=issue.window_to,
        rule_version=issue.rule_version,
    )
    await outbox.record(session, issue, event)
    await trail.record(session, "systemic_issue.confirmed", kind="systemic_issue", id=issue.id, reason=reason)
    return issue


async def dismiss(session: AsyncSession, issue_id: UUID, *, reason: str, actor: Actor, now: datetime) -> SystemicIssue:
    """Dismiss what is no issue; its cases raise no other.

    Raises:
        NotFound: there is no such issue.
        IssueCommandNotAllowed: it was decided before.
    """
    issue = await _decide(session, issue_id, IssueCommand.DISMISS, reason=reason, actor=actor, now=now)
    await _changed(session, issue, "dismissed", reason=reason)
    return issue


async def open_action(
    session: AsyncSession, issue_id: UUID, wanted: ActionCreate, *, actor: Actor, now: datetime
) -> ImprovementAction:
    """Open an action against the cause of a confirmed issue.

    Raises:
        NotFound: there is no such issue.
        IssueCommandNotAllowed: it is not confirmed, or over.
        NotYetKnown, ActionOwnerUnfit, DueDateInvalid: see improvement.
    """
    issue = await _take(session, issue_id, IssueCommand.ACT)
    cause = Cause(issue.root_cause, issue.product_id, issue.channel_id)
    return await improvement.open_for(session, Origin.ISSUE, issue.id, cause, wanted, actor=actor, now=now)


async def resolve(
    session: AsyncSession, issue_id: UUID, *, resolution: str, actor: Actor, now: datetime
) -> SystemicIssue:
    """End an issue whose actions had their effect; only later cases raise another.

    Raises:
        NotFound: there is no such issue.
        IssueCommandNotAllowed: it is not confirmed, or over.
        IssueNotPutRight: no action had an effect, or one waits.
    """
    issue = await _take(session, issue_id, IssueCommand.RESOLVE)
    actions = await improvement.of(session, Origin.ISSUE, [issue.id])
    rules.require_put_right(
        effective=sum(one.status is ActionStatus.EFFECTIVE for one in actions),
        waiting=sum(one.status not in ENDED for one in actions),
    )
    issue.status = rules.after(IssueCommand.RESOLVE, issue.status)
    issue.resolved_at, issue.resolved_by, issue.resolution = now, actor.id, resolution
    await _changed(session, issue, "resolved", reason=resolution)
    return issue


async def get(session: AsyncSession, issue_id: UUID) -> SystemicIssue:
    """Return an issue.

    Raises:
        NotFound: there is none.
    """
    return await queries.get_issue(session, issue_id)


def select_issues(**equal: Any) -> Select[SystemicIssue]:
    """Return the select of the issues whose columns have these values; None leaves a column out."""
    return queries.select_issues(equal)


async def select_cases(
    session: AsyncSession, issue_id: UUID, *, is_counted: bool | None, actor: Actor
) -> Select[Complaint, bool]:
    """Return the select of the cases of an issue that the caller reaches, each with whether it was counted.

    Raises:
        NotFound: there is no such issue.
    """
    issue = await queries.get_issue(session, issue_id)
    return queries.select_cases(issue.id, cases.reached(actor), is_counted)


def shown(issue: SystemicIssue) -> IssueRead:
    """Return an issue as staff are shown it, its grounds told from its numbers."""
    thresholds = Thresholds.of(issue.thresholds)
    path = f"/v1/systemic-issues/{issue.id}/cases?counted="
    values = issue.model_dump() | {
        "grounds": rules.grounds(thresholds, complaints=issue.complaints, persons=issue.persons, before=issue.before),
        "thresholds": ThresholdsRead.model_validate(thresholds),
        "cases": f"{path}true",
        "further_cases": f"{path}false",
        "allowed": rules.allowed(issue.status),
    }
    return IssueRead.model_validate(values)


def shown_case(found: tuple[Complaint, bool]) -> IssueCaseRead:
    """Return a case of an issue as staff are shown it."""
    complaint, is_counted = found
    return IssueCaseRead.model_validate(
        complaint.model_dump(include=set(IssueCaseRead.model_fields)) | {"is_counted": is_counted}
    )


async def _take(session: AsyncSession, issue_id: UUID, command: IssueCommand) -> SystemicIssue:
    issue = await queries.get_issue(session, issue_id, for_update=True)
    rules.after(command, issue.status)
    return issue


async def _decide(
    session: AsyncSession, issue_id: UUID, command: IssueCommand, *, reason: str, actor: Actor, now: datetime
) -> SystemicIssue:
    issue = await _take(session, issue_id, command)
    issue.status = rules.after(command, issue.status)
    issue.decided_at, issue.decided_by, issue.reason = now, actor.id, reason
    return issue


async def _changed(session: AsyncSession, issue: SystemicIssue, what: str, *, reason: str) -> None:
    issue.version += 1
    await session.flush()
    await trail.record(session, f"systemic_issue.{what}", kind="systemic_issue", id=issue.id, reason=reason)
