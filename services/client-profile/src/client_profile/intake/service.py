from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.amendments import rules as amendments_rules
from client_profile.amendments import service as amendments
from client_profile.clients import service as clients
from client_profile.clients.queries import Found
from client_profile.clients.rules import ClientStatus, DuplicateClient, require_open
from client_profile.clients.tables import Client
from client_profile.identity import queries as identity_queries
from client_profile.identity import service as identity
from client_profile.identity.rules import completed_profile
from client_profile.identity.schemas import Profile
from client_profile.identity.service import Keys
from client_profile.identity.tables import PersonalRecord
from client_profile.intake import queries, rules
from client_profile.intake.schemas import ClientItem
from client_profile.intake.tables import ClientSource
from client_profile.lifecycle import service as lifecycle
from client_profile.lifecycle.rules import Command, next_status
from client_profile.lifecycle.tables import Screening
from client_profile.organization import service as organization
from client_profile.organization.rules import ManagerUnknown
from client_profile.organization.tables import Staff
from shared.clock import business_date
from shared.database import Aggregate
from shared.delivery import outbox
from shared.errors import DomainError
from shared.events.base import Event
from shared.events.client_profile import ClientUpdated
from shared.http import bulk
from shared.http.bulk import Accepted, BulkBody, BulkResult, ItemResult, refuse
from shared.http.callers import Actor

Results = dict[int, ItemResult]
Row = dict[str, Any]
_DUPLICATE = "A client with this identity document exists."


@dataclass(frozen=True, slots=True)
class Call:
    """What all items of a bulk call share; `holders` tells who holds which document, also within the call."""

    origin: str
    actor: Actor
    keys: Keys
    now: datetime
    holders: dict[bytes, UUID]


@dataclass(frozen=True, slots=True)
class Checked:
    """An item whose profile holds and whose manager is known."""

    place: int
    item: ClientItem
    profile: dict[str, Any]
    manager: Staff | None
    content_hash: bytes
    number_hash: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A new client, the columns of what is written beside it, and its events."""

    checked: Checked
    client: Client
    document: Row
    record: Row
    screenings: list[Row]
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A known client with another profile: the fields that changed, and what is written beside its rows."""

    client: Client
    changed: list[str]
    document: Row | None
    screenings: list[Row]
    events: list[Event]


async def take_in(session: AsyncSession, body: BulkBody, *, actor: Actor, keys: Keys, now: datetime) -> BulkResult:
    """Register the clients of another system and change those it sent before; one result per item.

    Raises:
        OutboxIsLong: too many events wait to be published.
        DuplicateClient: somebody else took the new document of a client at this very moment; nothing is kept.
    """
    await bulk.require_short_outbox(session)
    accepted, malformed = bulk.check_items(body, ClientItem)
    await bulk.lock_origin(session, "client", body.origin)
    good, wrong = await _check(session, accepted, keys=keys, now=now)
    known = await queries.sources(session, body.origin, [one.item.external_id for one in good])
    holders = await clients.holders_of(session, [one.number_hash for one in good])
    call = Call(origin=body.origin, actor=actor, keys=keys, now=now, holders=holders)
    new, changed, unchanged = _sorted_out(good, known)
    # Known clients first: like every other call, this one locks clients before it claims documents.
    updated = await _update(session, changed, call=call)
    created = await _create(session, new, call=call)
    return bulk.in_order(len(body.items), malformed, wrong, unchanged, created, updated)


def _sorted_out(
    good: Sequence[Checked], known: Mapping[str, ClientSource]
) -> tuple[list[Checked], list[tuple[Checked, ClientSource]], Results]:
    new = [one for one in good if one.item.external_id not in known]
    again = [(one, known[one.item.external_id]) for one in good if one.item.external_id in known]
    changed = [(one, source) for one, source in again if source.content_hash != one.content_hash]
    unchanged = {
        one.place: _result(one, "unchanged", source.client_id)
        for one, source in again
        if source.content_hash == one.content_hash
    }
    return new, changed, unchanged


async def _check(
    session: AsyncSession, accepted: Sequence[Accepted[ClientItem]], *, keys: Keys, now: datetime
) -> tuple[list[Checked], Results]:
    numbers = {one.item.manager_number for one in accepted if one.item.manager_number is not None}
    managers = await organization.managers_by_number(session, numbers)
    good: list[Checked] = []
    refused: Results = {}
    for one in accepted:
        try:
            good.append(_checked(one, managers, keys=keys, now=now))
        except DomainError as error:
            refused[one.place] = _refusal(one, error)
    return good, refused


def _checked(one: Accepted[ClientItem], managers: dict[str, Staff], *, keys: Keys, now: datetime) -> Checked:
    item = one.item
    if item.manager_number is not None and item.manager_number not in managers:
        raise ManagerUnknown("No relationship manager at work has this number.", pointer="/manager_number")
    given = item.model_dump(include=set(Profile.model_fields))
    profile = completed_profile(given, today=business_date(now))
    return Checked(
        place=one.place,
        item=item,
        profile=profile,
        manager=managers.get(item.manager_number or ""),
        content_hash=identity.lookup_hash(keys, "intake", item.model_dump_json()),
        number_hash=identity.document_hash(keys, profile["document_kind"], profile["document_number"]),
    )


async def _create(session: AsyncSession, new: Sequence[Checked], *, call: Call) -> Results:
    drafts, refused = _drafts(new, await clients.next_numbers(session, len(new)), call)
    claimed = await identity_queries.claim(session, [draft.document for draft in drafts])
    lost = [draft.checked for draft in drafts if draft.document["id"] not in claimed]
    refused |= {one.place: _refusal(one, DuplicateClient(_DUPLICATE, pointer="/document_number")) for one in lost}
    won = [draft for draft in drafts if draft.document["id"] in claimed]
    session.add_all([draft.client for draft in won])
    await outbox.record_many(session, _step_by_step(won))
    await queries.insert_rows(session, PersonalRecord, [draft.record for draft in won])
    await queries.insert_rows(session, ClientSource, [_source(draft, call) for draft in won])
    await queries.insert_rows(session, Screening, [row for draft in won for row in draft.screenings])
    return refused | {draft.checked.place: _result(draft.checked, "created", draft.client.id) for draft in won}


def _step_by_step(drafts: Sequence[Draft]) -> list[tuple[Aggregate, Event]]:
    """Return the first events of all clients, then the second ones: who reads them gets long runs of one type."""
    steps = zip_longest(*([(draft.client, event) for event in draft.events] for draft in drafts))
    return [pair for step in steps for pair in step if pair is not None]


def _source(draft: Draft, call: Call) -> Row:
    return {
        "origin": call.origin,
        "external_id": draft.checked.item.external_id,
        "client_id": draft.client.id,
        "content_hash": draft.checked.content_hash,
    }


def _drafts(new: Sequence[Checked], numbers: Sequence[int], call: Call) -> tuple[list[Draft], Results]:
    drafts: list[Draft] = []
    refused: Results = {}
    for one, number in zip(new, numbers, strict=True):
        holder = call.holders.get(one.number_hash)
        if holder is not None:
            refused[one.place] = _duplicate(one, holder)
            continue
        try:
            drafts.append(_draft(one, number, call))
        except DomainError as error:
            refused[one.place] = _refusal(one, error)
            continue
        call.holders[one.number_hash] = drafts[-1].client.id
    return drafts, refused


def _draft(one: Checked, number: int, call: Call) -> Draft:
    keys, now = call.keys, call.now
    client = clients.draft(one.profile["kind"], channel_id=one.item.channel_id, number=number, now=now)
    events: list[Event] = [clients.registered(client, now=now)]
    if one.manager is not None:
        events.append(clients.assign(client, one.manager, now=now))
    screenings, further = _start(one, client, call)
    return Draft(
        checked=one,
        client=client,
        document=identity.document_row(client.id, one.profile, keys=keys, now=now),
        record=identity.record_row(client.id, one.profile, keys=keys),
        screenings=screenings,
        events=[*events, *further],
    )


def _start(one: Checked, client: Client, call: Call) -> tuple[list[Row], list[Event]]:
    """Screen and activate a registered client as far as the item says so."""
    wanted = one.item.screening
    screenings = [] if wanted is None else [lifecycle.screened(client, wanted, actor=call.actor, now=call.now)]
    return screenings, [lifecycle.activated(client, now=call.now)] if one.item.activate else []


async def _update(session: AsyncSession, changed: Sequence[tuple[Checked, ClientSource]], *, call: Call) -> Results:
    ids = [source.client_id for _, source in changed]
    await clients.lock_many(session, ids)
    found = await clients.list_found(session, ids)
    results: Results = {}
    rewritten: list[Rewritten] = []
    for one, source in changed:
        holder = call.holders.get(one.number_hash, source.client_id)
        if holder != source.client_id:
            results[one.place] = _duplicate(one, holder)
            continue
        try:
            client = clients.present(found, source.client_id)
            _require_updatable(one, client)
        except DomainError as error:
            results[one.place] = _refusal(one, error)
            continue
        call.holders[one.number_hash] = client.id
        rewritten.append(_rewrite(one, found[client.id], call))
        source.content_hash = one.content_hash
        results[one.place] = _result(one, "updated" if rewritten[-1].events else "unchanged", client.id)
    await _write(session, rewritten, call)
    return results


async def _write(session: AsyncSession, rewritten: Sequence[Rewritten], call: Call) -> None:
    documents = [one.document for one in rewritten if one.document is not None]
    await session.flush()
    if len(await identity_queries.claim(session, documents)) < len(documents):
        raise DuplicateClient(_DUPLICATE)
    for one in rewritten:
        await amendments.note_identity(session, one.client.id, one.changed, reason=f"bulk {call.origin}")
    await queries.insert_rows(session, Screening, [row for one in rewritten for row in one.screenings])
    await outbox.record_many(session, [(one.client, event) for one in rewritten for event in one.events])


def _require_updatable(one: Checked, client: Client) -> None:
    require_open(client.status)
    rules.require_same_kind(client.kind, one.item.kind)
    if one.item.activate and client.status is ClientStatus.REGISTERED:
        screening = one.item.screening.result if one.item.screening is not None else None
        next_status(client.status, Command.ACTIVATE, screening=screening)


def _rewrite(one: Checked, found: Found, call: Call) -> Rewritten:
    client, now = found[0], call.now
    events: list[Event] = []
    before = amendments.profile(found, call.keys)
    changed = amendments_rules.changed_fields(before, one.profile)
    document: Row | None = None
    if changed:
        document = amendments.rewrite(found, before, one.profile, changed, keys=call.keys, now=now)
        events.append(ClientUpdated(occurred_at=now, client_id=client.id, changed=changed))
    if one.manager is not None and one.manager.id != client.manager_id:
        events.append(clients.assign(client, one.manager, now=now))
    screenings: list[Row] = []
    if client.status is ClientStatus.REGISTERED:
        screenings, further = _start(one, client, call)
        events.extend(further)
    return Rewritten(client, changed, document, screenings, events)


def _result(one: Checked, status: Literal["created", "updated", "unchanged"], client_id: UUID) -> ItemResult:
    return ItemResult(external_id=one.item.external_id, status=status, id=client_id)


def _refusal(one: Accepted[ClientItem] | Checked, error: DomainError) -> ItemResult:
    return refuse(one.item.external_id, error.code, error.detail, f"/items/{one.place}{error.pointer or ''}")


def _duplicate(one: Checked, holder_id: UUID) -> ItemResult:
    error = DuplicateClient(_DUPLICATE, pointer="/document_number")
    return _refusal(one, error).model_copy(update={"id": holder_id})
