"""Contacts at partners, by role."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.blacklist.rules import PersonBlacklisted
from channel_commission.channels import service as channels
from channel_commission.channels.schemas import BusinessDate
from channel_commission.contacts import queries, rules, service
from channel_commission.contacts.schemas import (
    ContactCreate,
    ContactEnd,
    ContactInClear,
    ContactRead,
    ContactReveal,
)
from channel_commission.contacts.tables import ChannelContact
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Contacts")


@routes.post("/channels/{channel_id}/contacts", status_code=201, responses=problems.docs(NotFound, PersonBlacklisted))
async def record_contact(
    channel_id: UUID,
    wanted: ContactCreate,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
) -> ContactRead:
    """Record somebody to speak to at a partner (渠道联系人); a person on the blacklist is refused."""
    contact = await service.record(session, channel_id, wanted, actor=actor, now=now, data_key=data_key)
    return ContactRead.model_validate(contact)


@routes.get("/channels/{channel_id}/contacts", responses=problems.docs(NotFound))
async def list_contacts(
    channel_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    on: Annotated[BusinessDate | None, Query(description="Only those of this day.")] = None,
) -> Page[ContactRead]:
    """List a partner's contacts, masked; a channel sees its own."""
    await channels.get(session, channel_id, actor=actor)
    statement = queries.select_contacts(channel_id, actor, on=on)
    found, cursor = await pages.fetch(session, statement, page, by=(ChannelContact.id,))
    return Page(items=[ContactRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/channel-contacts/{contact_id}/end",
    responses=problems.docs(NotFound, rules.ContactEnded, rules.EndsBeforeBegin),
)
async def end_contact(contact_id: UUID, wanted: ContactEnd, session: SessionDep) -> ContactRead:
    """End a contact from a day on."""
    return ContactRead.model_validate(await service.end(session, contact_id, wanted.on))


@routes.post("/channel-contacts/{contact_id}/reveal", responses=problems.docs(NotFound))
async def reveal_contact(
    contact_id: UUID, wanted: ContactReveal, session: SessionDep, data_key: DataKeyDep, response: Response
) -> ContactInClear:
    """Read a contact in clear. Who did so and why is audited."""
    response.headers["Cache-Control"] = "no-store"
    return await service.reveal(session, contact_id, reason=wanted.reason, data_key=data_key)
