"""Activation of channels: what admission, licenses and agreements together allow."""

from uuid import UUID

from fastapi import Response

from channel_commission.activation import service
from channel_commission.activation.schemas import Activation, Signing
from channel_commission.admission import rules as admission
from channel_commission.channels import service as channels
from channel_commission.channels.schemas import ChannelRead
from shared.errors import NotFound
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import NowDep, SessionDep, router

routes = router("Admission")

_ERRORS = problems.docs(
    NotFound,
    admission.CommandNotAllowed,
    admission.Unlicensed,
    admission.LicenseNotInDate,
    admission.NoAgreementInForce,
    admission.ActiveFromOutOfRange,
    admission.ChannelRestricted,
)


@routes.post(
    "/channels/{channel_id}/sign",
    responses=problems.docs(NotFound, admission.CommandNotAllowed, admission.Unlicensed, admission.NoAgreementInForce),
)
async def sign_channel(
    channel_id: UUID, wanted: Signing, session: SessionDep, now: NowDep, response: Response
) -> ChannelRead:
    """Record that the agreement with an approved channel is signed (签约); its rate card must be approved."""
    channel = await service.sign(session, channel_id, wanted, now=now)
    set_etag(response, channel.version)
    return (await channels.read_all(session, [channel]))[0]


@routes.post("/channels/{channel_id}/activate", responses=_ERRORS)
async def activate_channel(
    channel_id: UUID, session: SessionDep, now: NowDep, response: Response, wanted: Activation | None = None
) -> ChannelRead:
    """Activate a signed channel: it needs a financial license in date and an agreement in force.

    `active_from` lies in the past for a partner taken over from before; license and agreement must have held then.
    """
    channel = await service.activate(session, channel_id, wanted or Activation(), "activate", now=now)
    set_etag(response, channel.version)
    return (await channels.read_all(session, [channel]))[0]


@routes.post("/channels/{channel_id}/resume", responses=_ERRORS)
async def resume_channel(channel_id: UUID, session: SessionDep, now: NowDep, response: Response) -> ChannelRead:
    """Let a suspended channel sell and earn again from today on."""
    channel = await service.activate(session, channel_id, Activation(), "resume", now=now)
    set_etag(response, channel.version)
    return (await channels.read_all(session, [channel]))[0]
