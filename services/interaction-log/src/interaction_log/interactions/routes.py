"""Interactions (客户联系记录): record, correct, read, and take in many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from interaction_log.interactions import queries, rules, service
from interaction_log.interactions.schemas import (
    InteractionCorrection,
    InteractionCreate,
    InteractionRead,
    InteractionVersionRead,
)
from interaction_log.interactions.tables import Interaction, InteractionVersion
from shared.erasure.guard import require_present
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, Stale
from shared.http import pages, problems
from shared.http.bulk import BulkBody, BulkResult, OutboxIsLong
from shared.http.pages import Page, PageDep
from shared.http.preconditions import IfMatchDep, set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Interactions")

_RECORD = (rules.NotBegun, rules.OutcomeContradicts, rules.SomebodyElsesContact)


@routes.post(
    "/interactions",
    status_code=201,
    responses=problems.docs(*_RECORD, rules.ExternalIdTaken, ClientIsErased)
    | {
        200: {
            "model": InteractionRead,
            "description": "This origin and external id were recorded before: the first one.",
        }
    },
)
async def record_interaction(
    wanted: InteractionCreate, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> InteractionRead:
    """Record a contact with a client: a call, a visit, a message.

    A contact that reached the client completes the open follow-up of the rhythm and plans the next. A client not yet
    heard of is accepted. A second call with the same `origin` and `external_id` answers 200 with the first one,
    whatever else it says; send a correction to change it.
    """
    interaction, is_new = await service.record(session, wanted, actor=actor, now=now)
    response.status_code = 201 if is_new else 200
    set_etag(response, interaction.version)
    return InteractionRead.model_validate(interaction)


@routes.post("/interactions/bulk", responses=problems.docs(OutboxIsLong))
async def record_interactions(body: BulkBody, session: SessionDep, actor: ActorDep, now: NowDep) -> BulkResult:
    """Take in up to 1,000 contacts of one origin. Items have the fields of a single call, with `external_id`.

    Items known by `external_id` are corrected where they differ and left alone where they do not; a malformed item is
    refused and the others are taken.
    Within seconds of the call, follow-ups are completed and planned from the latest contact of each client.
    """
    return await service.record_many(session, body, actor=actor, now=now)


@routes.get("/interactions", responses=problems.docs(ClientIsErased))
async def list_interactions(
    session: SessionDep, actor: ActorDep, page: PageDep, client_id: Annotated[UUID, Query()]
) -> Page[InteractionRead]:
    """List the contacts with one client, the latest first."""
    await require_present(session, client_id)
    statement = queries.select_with_client(client_id, within=service.reach(actor))
    by = (Interaction.started_at, Interaction.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[InteractionRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/interactions/{interaction_id}", responses=problems.docs(NotFound))
async def read_interaction(
    interaction_id: UUID, session: SessionDep, actor: ActorDep, response: Response
) -> InteractionRead:
    """Read one contact as it was corrected last. The ETag is needed to correct it."""
    interaction = await queries.get(session, interaction_id, within=service.reach(actor))
    set_etag(response, interaction.version)
    return InteractionRead.model_validate(interaction)


@routes.post(
    "/interactions/{interaction_id}/correct",
    responses=problems.docs(NotFound, Stale, rules.NothingChanges, *_RECORD),
)
async def correct_interaction(
    interaction_id: UUID,
    wanted: InteractionCorrection,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    version: IfMatchDep,
    response: Response,
) -> InteractionRead:
    """Correct what was recorded wrongly. What stood there before is kept; follow-ups are planned anew where it matters.

    The client cannot be changed: record the contact with the right client, and correct this one.
    """
    interaction = await service.correct(session, interaction_id, wanted, version=version, actor=actor, now=now)
    set_etag(response, interaction.version)
    return InteractionRead.model_validate(interaction)


@routes.get("/interactions/{interaction_id}/versions", responses=problems.docs(NotFound))
async def list_interaction_versions(
    interaction_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep
) -> Page[InteractionVersionRead]:
    """List what stood in an interaction before each correction, the oldest first."""
    await queries.get(session, interaction_id, within=service.reach(actor))
    found, cursor = await pages.fetch(
        session, queries.select_versions(interaction_id), page, by=(InteractionVersion.version,)
    )
    return Page(items=[InteractionVersionRead.model_validate(one) for one in found], next_cursor=cursor)
