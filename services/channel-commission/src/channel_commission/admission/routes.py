"""Admission: due diligence, approval, suspension, termination. Activation stands above the agreements it needs."""

from uuid import UUID

from fastapi import Response

from channel_commission.admission import rules, service
from channel_commission.admission.schemas import Opinion, Reason
from channel_commission.channels import service as channels
from channel_commission.channels.schemas import ChannelRead
from channel_commission.channels.tables import Channel
from channel_commission.due_diligence import rules as findings
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Admission")


async def _answer(session: SessionDep, channel: Channel, response: Response) -> ChannelRead:
    set_etag(response, channel.version)
    return (await channels.read_all(session, [channel]))[0]


@routes.post("/channels/{channel_id}/start-due-diligence", responses=problems.docs(NotFound, rules.CommandNotAllowed))
async def start_due_diligence(
    channel_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ChannelRead:
    """Begin due diligence (尽职调查) on a prospect; the caller is who does it and cannot approve it later."""
    return await _answer(
        session, await service.start_due_diligence(session, channel_id, actor=actor, now=now), response
    )


@routes.post(
    "/channels/{channel_id}/approve",
    responses=problems.docs(
        NotFound, rules.CommandNotAllowed, SecondPersonNeeded, findings.FindingFailed, findings.FindingsMissing
    ),
)
async def approve_channel(
    channel_id: UUID, wanted: Opinion, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ChannelRead:
    """Admit a partner (准入审批) after due diligence, by another person than the one who did it."""
    channel = await service.approve(session, channel_id, wanted.opinion, actor=actor, now=now)
    return await _answer(session, channel, response)


@routes.post("/channels/{channel_id}/suspend", responses=problems.docs(NotFound, rules.CommandNotAllowed))
async def suspend_channel(
    channel_id: UUID, wanted: Reason, session: SessionDep, now: NowDep, response: Response
) -> ChannelRead:
    """Suspend a channel: dealings confirmed from today on earn nothing until it is resumed."""
    return await _answer(session, await service.suspend(session, channel_id, wanted.reason, now=now), response)


@routes.post("/channels/{channel_id}/terminate", responses=problems.docs(NotFound, rules.CommandNotAllowed))
async def terminate_channel(
    channel_id: UUID, wanted: Reason, session: SessionDep, now: NowDep, response: Response
) -> ChannelRead:
    """End the cooperation for good. What was earned until today is still settled."""
    return await _answer(session, await service.terminate(session, channel_id, wanted.reason, now=now), response)
