from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.admission.rules import Effect
from channel_commission.channels import service as channels
from channel_commission.channels.rules import SuspensionReason
from channel_commission.evaluations import queries, rules
from channel_commission.evaluations.rules import EvaluationKind, EvaluationStatus, Stage
from channel_commission.evaluations.schemas import EvaluationDecision, EvaluationOrder, EvaluationReport
from channel_commission.evaluations.tables import Evaluation
from channel_commission.exits import service as exits
from channel_commission.scorecards import service as scorecards
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.channels import ChannelEvaluated
from shared.http.callers import Actor

T = TypeVar("T")

#: What each stage forbids.
_EFFECTS = {Stage.NO_NEW_PRODUCTS: Effect.NEW_PRODUCTS, Stage.SUSPENDED: Effect.SALES}


async def order(session: AsyncSession, channel_id: UUID, wanted: EvaluationOrder, *, now: datetime) -> Evaluation:
    """Call for an evaluation out of turn.

    Raises:
        NotFound: no channel has this id.
        EvaluationOpen: one was ordered already and is to be done.
    """
    await channels.get(session, channel_id, lock=True)
    if await queries.has_ordered(session, channel_id):
        raise rules.EvaluationOpen("An evaluation was ordered already and is to be done.")
    found = Evaluation(channel_id=channel_id, kind=EvaluationKind.ORDERED, opened_at=now, due_on=wanted.due_on)
    session.add(found)
    await session.flush()
    await _trace(session, found, "ordered", reason=wanted.reason)
    return found


async def submit(
    session: AsyncSession, evaluation_id: UUID, wanted: EvaluationReport, *, actor: Actor, now: datetime
) -> Evaluation:
    """Keep what an evaluation found; somebody else decides. Until then it may be submitted again.

    Raises:
        NotFound: there is no such evaluation, or no such scorecard.
        EvaluationStatusForbids: it is decided.
        ScorecardOfAnother: the scorecard is another channel's or has no grade.
    """
    found = await _locked(session, evaluation_id, "submit")
    card = await scorecards.get(session, wanted.scorecard_id)
    if card.channel_id != found.channel_id or card.grade is None:
        raise rules.ScorecardOfAnother("Name a graded scorecard of this channel.", pointer="/scorecard_id")
    for field, value in wanted.model_dump().items():
        setattr(found, field, value)
    found.status, found.grade = EvaluationStatus.SUBMITTED, card.grade
    found.evaluated_by, found.evaluated_at = actor.id, now
    await _trace(session, found, "submitted")
    return found


async def decide(
    session: AsyncSession, evaluation_id: UUID, wanted: EvaluationDecision, *, actor: Actor, now: datetime
) -> Evaluation:
    """Put an evaluation into effect: the rule says whether it passed; passing settles what failed or was late before.

    Raises:
        NotFound: no evaluation has this id.
        EvaluationStatusForbids: nothing was submitted, or it is decided.
        SecondPersonNeeded: the caller did the evaluation.
    """
    found = await _locked(session, evaluation_id, "decide")
    rules.require_second_person(found.evaluated_by, actor.id)
    card = await scorecards.get(session, _given(found.scorecard_id))
    red_lines, today = card.facts["red_lines"], business_date(now)
    found.status, found.against = rules.outcome(
        _given(found.grade), _given(found.stability), _given(found.conformity), red_lines
    )
    found.decision_note, found.decided_by, found.decided_on = wanted.note, actor.id, today
    await session.flush()
    await _tell(session, found, now=now)
    await _trace(session, found, found.status.value, reason=wanted.note)
    if found.status is EvaluationStatus.PASSED:
        for one in (found, *await queries.unsettled_failed(session, found.channel_id)):
            one.settled_at = now
            await admission.lift(session, found.channel_id, one.id, now=now)
    else:
        suspend_days = (await policy.row(session, "channel.evaluation", on=today)).value["suspend_days"]
        await _advance(session, found, today_suspend_days=suspend_days, now=now)
    reason = rules.calls_for_exit(await queries.last_grades(session, found.channel_id), red_lines)
    if reason is not None:
        await exits.propose_by_rule(session, found.channel_id, reason, evaluation_id=found.id, now=now)
    return found


async def watch(session: AsyncSession, now: datetime, limit: int) -> int:
    """Open what is due, and let what is late or failed have its effect; a timer's work."""
    today = business_date(now)
    house = (await policy.row(session, "channel.evaluation", on=today)).value
    await queries.open_periodic(
        session, months=house["months"], notice_days=house["notice_days"], today=today, now=now, limit=limit
    )
    await queries.open_triggered(
        session,
        severities=house["trigger_severities"],
        trigger_days=house["trigger_days"],
        now=now,
        limit=limit,
    )
    behind = await queries.lock_unsettled(session, today=today, suspend_days=house["suspend_days"], limit=limit)
    for _, evaluation_id in behind:
        found = await queries.get_evaluation(session, evaluation_id, for_update=True)
        await _advance(session, found, today_suspend_days=house["suspend_days"], now=now)
    return len(behind)


async def _advance(session: AsyncSession, found: Evaluation, *, today_suspend_days: int, now: datetime) -> None:
    """Raise the stage of an evaluation to what it leads to today; a stage is never taken back by time."""
    reached = rules.stage(
        found.status,
        due_on=found.due_on,
        decided_on=found.decided_on,
        today=business_date(now),
        suspend_days=today_suspend_days,
    )
    stages = list(Stage)
    channel = await channels.get(session, found.channel_id, lock=True)
    for step in stages[stages.index(found.stage) + 1 : stages.index(reached) + 1]:
        await admission.restrict(
            session, channel, _EFFECTS[step], SuspensionReason.EVALUATION, source_id=found.id, now=now
        )
        found.stage = step


async def _locked(session: AsyncSession, evaluation_id: UUID, command: str) -> Evaluation:
    """Return an evaluation locked, its channel first."""
    await channels.get(session, (await queries.get_evaluation(session, evaluation_id)).channel_id, lock=True)
    found = await queries.get_evaluation(session, evaluation_id, for_update=True)
    rules.require_allowed(found.status, command)
    return found


def _given(value: T | None) -> T:
    assert value is not None  # noqa: S101  # what is submitted has it
    return value


async def _tell(session: AsyncSession, found: Evaluation, *, now: datetime) -> None:
    channel = await channels.get(session, found.channel_id)
    event = ChannelEvaluated(
        occurred_at=now,
        channel_id=found.channel_id,
        evaluation_id=found.id,
        grade=_given(found.grade).value,
        has_passed=found.status is EvaluationStatus.PASSED,
        against=found.against or [],
    )
    await outbox.record(session, channel, event)


async def _trace(session: AsyncSession, found: Evaluation, what: str, *, reason: str | None = None) -> None:
    facts = {"evaluation_id": found.id, "grade": found.grade, "against": found.against}
    await trail.record(session, f"evaluation.{what}", kind="channel", id=found.channel_id, reason=reason, facts=facts)
