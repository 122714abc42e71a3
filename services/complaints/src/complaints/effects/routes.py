"""Whether an action against a cause helped: done with evidence, judged by somebody else, what comes again found."""

from uuid import UUID

from fastapi import Response

from complaints.cases.rules import DayOutOfRange
from complaints.effects import rules, service
from complaints.effects.schemas import ActionDone, ActionReopen, EffectCheck, EffectRead
from complaints.improvement import service as improvement
from complaints.improvement.rules import ActionCommandNotAllowed, DueDateInvalid
from complaints.improvement.schemas import ActionRead
from shared.errors import NotFound, SecondPersonNeeded, Stale
from shared.http import problems
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Improvement")


@routes.post(
    "/improvement-actions/{action_id}/report-done",
    responses=problems.docs(NotFound, ActionCommandNotAllowed, rules.NotTheActionOwner, DayOutOfRange),
)
async def report_improvement_action_done(
    action_id: UUID, wanted: ActionDone, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Record that an action was done, with what shows it. Its effect is judged after the days of the policy."""
    action = await service.report_done(session, action_id, wanted, actor=actor, now=now)
    set_etag(response, action.version)
    return improvement.shown(action, now=now)


@routes.post(
    "/improvement-actions/{action_id}/check",
    responses=problems.docs(
        NotFound,
        ActionCommandNotAllowed,
        Stale,
        SecondPersonNeeded,
        rules.EffectCheckTooEarly,
        rules.NextDueDateUnclear,
        DueDateInvalid,
    ),
)
async def check_improvement_action(
    action_id: UUID,
    wanted: EffectCheck,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    read_version: IfMatchDep,
    response: Response,
) -> ActionRead:
    """Judge whether an action had an effect, as somebody who neither owns nor did it; without one it opens again.

    What came again since you read it makes another version, so that nobody judges without having seen it.
    """
    action = await service.check(session, action_id, wanted, read_version=read_version, actor=actor, now=now)
    set_etag(response, action.version)
    return improvement.shown(action, now=now)


@routes.post(
    "/improvement-actions/{action_id}/reopen",
    responses=problems.docs(NotFound, ActionCommandNotAllowed, DueDateInvalid),
)
async def reopen_improvement_action(
    action_id: UUID, wanted: ActionReopen, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ActionRead:
    """Open an action again that was judged effective, e.g. since the same complaint came again."""
    action = await service.reopen(session, action_id, wanted.due_on, reason=wanted.reason, actor=actor, now=now)
    set_etag(response, action.version)
    return improvement.shown(action, now=now)


@routes.get("/improvement-actions/{action_id}/effect", responses=problems.docs(NotFound))
async def read_improvement_effect(action_id: UUID, session: SessionDep, actor: ActorDep) -> EffectRead:
    """Read every time that an action was done, what its checks found, and the complaints that came again."""
    return await service.read(session, action_id, actor=actor)
