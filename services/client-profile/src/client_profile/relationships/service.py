from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.tables import Client
from client_profile.identity.service import Keys
from client_profile.relationships import queries, rules
from client_profile.relationships.rules import RelationshipKind
from client_profile.relationships.schemas import (
    RelationshipCreate,
    RelationshipEnd,
    RelationshipItem,
    RelationshipRead,
)
from client_profile.relationships.tables import ClientRelationship
from shared.delivery import outbox
from shared.errors import DomainError
from shared.events.client_profile import ClientUpdated
from shared.http import bulk
from shared.http.bulk import Accepted, BulkBody, BulkResult, ItemResult, refuse
from shared.http.callers import Actor
from shared.ids import new_id

Item = Accepted[RelationshipItem]
Results = dict[int, ItemResult]
_UNKNOWN = "No client has this id, or you do not reach it."
_OVERLAPS = "The two clients have this relationship already at that time."


async def relate(
    session: AsyncSession, client_id: UUID, wanted: RelationshipCreate, *, actor: Actor, now: datetime
) -> ClientRelationship:
    """Relate a client to another for a period.

    Raises:
        NotFound: no client has the id in the path, or the caller does not reach it.
        OtherClientUnknown: the same of the other client.
        SameClient: both are one.
        EndsBeforeStart: the period is upside down.
        RelationshipOverlaps: they have this relationship already at that time.
    """
    await clients.get_client(session, client_id, actor)
    relationship = draft(client_id, wanted, now=now)
    both = await clients.lock_many(session, [client_id, wanted.other_client_id], actor)
    if wanted.other_client_id not in both:
        raise rules.OtherClientUnknown(_UNKNOWN, pointer="/other_client_id")
    if not await queries.insert_free(session, [relationship]):
        raise rules.RelationshipOverlaps(_OVERLAPS)
    await note(session, both.values(), now=now)
    return relationship


def draft(
    client_id: UUID,
    wanted: RelationshipCreate,
    *,
    now: datetime,
    origin: str | None = None,
    external_id: str | None = None,
) -> ClientRelationship:
    """Return the row of a relationship, in the one form it is stored in.

    Raises:
        SameClient: both clients are one.
        EndsBeforeStart: the period is upside down.
    """
    rules.require_period(wanted.started_on, wanted.ended_on)
    form = rules.stored(client_id, wanted.other_client_id, wanted.kind)
    return ClientRelationship(
        id=new_id(),
        client_id=form.client_id,
        other_client_id=form.other_client_id,
        kind=form.kind,
        started_on=wanted.started_on,
        ended_on=wanted.ended_on,
        origin=origin,
        external_id=external_id,
        created_at=now,
    )


async def end(
    session: AsyncSession,
    client_id: UUID,
    relationship_id: UUID,
    wanted: RelationshipEnd,
    *,
    actor: Actor,
    now: datetime,
) -> ClientRelationship:
    """End a relationship on a day; the day belongs to it.

    Raises:
        NotFound: no such client or relationship, or out of the caller's reach.
        RelationshipEnded: it has an end already.
        EndsBeforeStart: the day lies before its start.
    """
    await clients.get_client(session, client_id, actor)
    relationship = await queries.get_of(session, client_id, relationship_id)
    both = await clients.lock_many(session, [relationship.client_id, relationship.other_client_id])
    await session.refresh(relationship)
    rules.require_open(relationship.ended_on)
    rules.require_period(relationship.started_on, wanted.ended_on)
    relationship.ended_on = wanted.ended_on
    await note(session, both.values(), now=now)
    return relationship


async def note(session: AsyncSession, changed: Iterable[Client], *, now: datetime) -> None:
    """Record that the relationships of these locked clients changed."""
    events = [
        (client, ClientUpdated(occurred_at=now, client_id=client.id, changed=["relationships"])) for client in changed
    ]
    await outbox.record_many(session, events)


async def seen_from(
    session: AsyncSession, client_id: UUID, relationships: Sequence[ClientRelationship], *, actor: Actor, keys: Keys
) -> list[RelationshipRead]:
    """Return relationships as seen from `client_id`; the other client is named only if the caller reaches it."""
    others = {one.id: _other(one, client_id) for one in relationships}
    known = await clients.shown_by_id(session, set(others.values()), actor=actor, keys=keys)
    return [
        RelationshipRead(
            id=one.id,
            kind=one.kind if one.client_id == client_id else rules.inverse(one.kind),
            other_client_id=others[one.id],
            other_client_number=known[others[one.id]].number if others[one.id] in known else None,
            other_client_name=known[others[one.id]].name if others[one.id] in known else None,
            started_on=one.started_on,
            ended_on=one.ended_on,
        )
        for one in relationships
    ]


def _other(relationship: ClientRelationship, client_id: UUID) -> UUID:
    is_first = relationship.client_id == client_id
    return relationship.other_client_id if is_first else relationship.client_id


async def take_in(session: AsyncSession, body: BulkBody, *, actor: Actor, now: datetime) -> BulkResult:
    """Take in the relationships of another system; one result per item.

    Raises:
        OutboxIsLong: too many events wait to be published.
    """
    await bulk.require_short_outbox(session)
    accepted, malformed = bulk.check_items(body, RelationshipItem)
    await bulk.lock_origin(session, "relationship", body.origin)
    known = await queries.by_external_id(session, body.origin, [one.item.external_id for one in accepted])
    ids = {client_id for one in accepted for client_id in (one.item.client_id, one.item.other_client_id)}
    locked = await clients.lock_many(session, ids, actor)
    drafts, refused = _drafts(accepted, locked, origin=body.origin, now=now)
    new = [(one, row) for one, row in drafts if one.item.external_id not in known]
    written = await queries.insert_free(session, [row for _, row in new])
    created = {one.place: _created(one, row, written) for one, row in new}
    again, ended = _again(drafts, known)
    changed = [*ended, *(row for _, row in new if row.id in written)]
    touched = {client_id for row in changed for client_id in (row.client_id, row.other_client_id)}
    await note(session, [locked[client_id] for client_id in sorted(touched)], now=now)
    return bulk.in_order(len(body.items), malformed, refused, created, again)


def _drafts(
    accepted: Sequence[Item], locked: Mapping[UUID, Client], *, origin: str, now: datetime
) -> tuple[list[tuple[Item, ClientRelationship]], Results]:
    drafts: list[tuple[Item, ClientRelationship]] = []
    refused: Results = {}
    for one in accepted:
        item = one.item
        try:
            for name, client_id in (("client_id", item.client_id), ("other_client_id", item.other_client_id)):
                if client_id not in locked:
                    raise rules.OtherClientUnknown(_UNKNOWN, pointer=f"/{name}")
            row = draft(item.client_id, item, now=now, origin=origin, external_id=item.external_id)
            drafts.append((one, row))
        except DomainError as error:
            refused[one.place] = _refusal(one, error)
    return drafts, refused


def _created(one: Item, row: ClientRelationship, written: Collection[UUID]) -> ItemResult:
    if row.id not in written:
        return _refusal(one, rules.RelationshipOverlaps(_OVERLAPS))
    return ItemResult(external_id=one.item.external_id, status="created", id=row.id)


def _again(
    drafts: Sequence[tuple[Item, ClientRelationship]], known: Mapping[str, ClientRelationship]
) -> tuple[Results, list[ClientRelationship]]:
    """Return the results of items that were sent before, and the relationships that got an end by them."""
    results: Results = {}
    ended: list[ClientRelationship] = []
    for one, row in drafts:
        before = known.get(one.item.external_id)
        if before is None:
            continue
        try:
            rules.require_same_beginning(_beginning(before) == _beginning(row))
            if before.ended_on != row.ended_on:
                rules.require_open(before.ended_on)
                before.ended_on = row.ended_on
                ended.append(before)
        except DomainError as error:
            results[one.place] = _refusal(one, error)
            continue
        status: Literal["updated", "unchanged"] = "updated" if before in ended else "unchanged"
        results[one.place] = ItemResult(external_id=one.item.external_id, status=status, id=before.id)
    return results, ended


def _beginning(row: ClientRelationship) -> tuple[UUID, UUID, RelationshipKind, date]:
    return row.client_id, row.other_client_id, row.kind, row.started_on


def _refusal(one: Item, error: DomainError) -> ItemResult:
    return refuse(one.item.external_id, error.code, error.detail, f"/items/{one.place}{error.pointer or ''}")
