"""Dealings that earn no fee."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from channel_commission.dealings import queries
from channel_commission.dealings.rules import Refusal
from channel_commission.dealings.schemas import UnaccruedRead
from channel_commission.dealings.tables import Dealing
from shared.erasure.guard import erased_among
from shared.http import pages
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Dealings")


@routes.get("/unaccrued-dealings")
async def list_unaccrued_dealings(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query()] = None,
    reason: Annotated[Refusal | None, Query()] = None,
) -> Page[UnaccruedRead]:
    """List dealings of channels that earn nothing, with the reason (未计提业务).

    They are looked at again by themselves when the channel's admission, rates or authorized products change. What
    counts is always the day of confirmation.
    """
    statement = queries.select_refused(actor, channel_id=channel_id, reason=reason)
    found, cursor = await pages.fetch(session, statement, page, by=(Dealing.id,))
    gone = await erased_among(session, {dealing.client_id for dealing in found})
    read = [UnaccruedRead.model_validate(dealing) for dealing in found]
    items = [one.model_copy(update={"client_id": None}) if one.client_id in gone else one for one in read]
    return Page(items=items, next_cursor=cursor)
