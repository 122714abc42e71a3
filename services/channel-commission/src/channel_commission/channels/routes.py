"""Channels: the partners that sell our plans."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.blacklist.rules import PartnerBlacklisted
from channel_commission.channels import queries, rules, service
from channel_commission.channels.rules import ChannelKind, ChannelStatus
from channel_commission.channels.schemas import ChannelCreate, ChannelRead, ChannelUpdate, License
from channel_commission.channels.tables import Channel
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Channels")

_REGISTER_ERRORS = problems.docs(
    rules.ChannelUnknown,
    rules.ParentNotHeadOffice,
    rules.HeadOfficeBlacklisted,
    PartnerBlacklisted,
    rules.LicenseNotAllowed,
    rules.LicensePeriodEmpty,
)


async def _answer(session: SessionDep, channel: Channel, response: Response) -> ChannelRead:
    set_etag(response, channel.version)
    return (await service.read_all(session, [channel]))[0]


@routes.post("/channels", status_code=201, responses=_REGISTER_ERRORS)
async def register_channel(wanted: ChannelCreate, session: SessionDep, now: NowDep, response: Response) -> ChannelRead:
    """Enter a partner (渠道) as a prospect. A branch names its head office; the license may follow later."""
    return await _answer(session, await service.register(session, wanted, now=now), response)


@routes.post("/channels/bulk", responses=problems.docs(OutboxIsLong))
async def import_channels(wanted: BulkBody, session: SessionDep, now: NowDep) -> BulkResult:
    """Enter up to 1,000 partners of another system, or change name, credit code and license of those it sent before.

    Each item is a channel with its `external_id`. Kind and head office are chosen once.
    """
    return await service.import_many(session, wanted, now=now)


@routes.get("/channels")
async def list_channels(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    status: Annotated[ChannelStatus | None, Query()] = None,
    kind: Annotated[ChannelKind | None, Query()] = None,
    parent_id: Annotated[UUID | None, Query(description="Branches of this head office.")] = None,
) -> Page[ChannelRead]:
    """List the channels; a channel sees itself."""
    statement = queries.select_channels(actor, status=status, kind=kind, parent_id=parent_id)
    found, cursor = await pages.fetch(session, statement, page, by=(Channel.id,))
    return Page(items=await service.read_all(session, found), next_cursor=cursor)


@routes.get("/channels/{channel_id}", responses=problems.docs(NotFound))
async def read_channel(channel_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> ChannelRead:
    """Read one channel, with the license that holds longest."""
    return await _answer(session, await queries.get_channel(session, channel_id, actor=actor), response)


@routes.patch("/channels/{channel_id}", responses=problems.docs(NotFound, Stale, PartnerBlacklisted))
async def change_channel(
    channel_id: UUID,
    wanted: ChannelUpdate,
    session: SessionDep,
    if_match: IfMatchDep,
    now: NowDep,
    response: Response,
) -> ChannelRead:
    """Change name or credit code. Send the ETag you read as If-Match."""
    channel = await service.change(session, channel_id, wanted, expected_version=if_match, now=now)
    return await _answer(session, channel, response)


@routes.post(
    "/channels/{channel_id}/renew-license",
    responses=problems.docs(NotFound, rules.LicenseNotAllowed, rules.LicensePeriodEmpty),
)
async def renew_license(
    channel_id: UUID, wanted: License, session: SessionDep, now: NowDep, response: Response
) -> ChannelRead:
    """Enter a channel's next license. A channel suspended for an expired one still has to be resumed."""
    return await _answer(session, await service.renew_license(session, channel_id, wanted, now=now), response)
