from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import queries, rules
from client_profile.clients.queries import Found
from client_profile.clients.rules import ClientStatus, ScreeningResult
from client_profile.clients.schemas import ClientCreate, ClientRead, ClientUnmasked, RiskRead
from client_profile.clients.tables import Client
from client_profile.identity import queries as identity_queries
from client_profile.identity import rules as identity_rules
from client_profile.identity import service as identity
from client_profile.identity.rules import ClientKind
from client_profile.identity.service import Keys
from client_profile.identity.tables import IdentityDocument, PersonalRecord
from client_profile.organization import service as organization
from client_profile.organization.tables import Staff
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.erasure.rules import ClientIsErased
from shared.errors import Invalid
from shared.events.client_profile import ClientAssigned, ClientRegistered
from shared.http.callers import Actor
from shared.http.permissions import Role
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """What a sale asks of a client."""

    status: ClientStatus
    kind: ClientKind
    screening: ScreeningResult | None
    birth_date: date | None


async def lock(session: AsyncSession, client_id: UUID, actor: Actor | None = None) -> Client:
    """Return a client, locked until the transaction ends.

    Raises:
        NotFound: no client has this id, or `actor` does not reach it.
    """
    return await queries.get_client(session, client_id, actor, for_update=True)


async def lock_row(session: AsyncSession, client_id: UUID, actor: Actor | None = None) -> Client:
    """Return a client, locked, also an erased or merged one; raises `NotFound` as `lock`."""
    return await queries.get_row(session, client_id, actor, for_update=True)


async def lock_family(session: AsyncSession, client_id: UUID) -> None:
    """Lock a client and all that are merged into it, in the order of their ids."""
    await queries.lock_family(session, client_id)


async def list_rows(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Client]:
    """Return clients by id, whoever asks, also erased and merged ones."""
    return await queries.list_rows(session, ids)


async def get_client(session: AsyncSession, client_id: UUID, actor: Actor) -> Client:
    """Return a client.

    Raises:
        NotFound: no client has this id, or `actor` does not reach it.
    """
    return await queries.get_client(session, client_id, actor)


async def get_erased_or_present(session: AsyncSession, client_id: UUID, actor: Actor) -> Client:
    """Return a client, also an erased one.

    Raises:
        NotFound: no client has this id, or `actor` does not reach it.
    """
    return await queries.get_row(session, client_id, actor)


def require_itself(client: Client) -> None:
    """Refuse to go on with a client that is erased, or for which another one stands.

    Raises:
        ClientIsErased: it is erased.
        ClientIsMerged: it is merged.
    """
    queries.require_itself(client)


async def list_merged_into(session: AsyncSession, client_id: UUID) -> Sequence[Client]:
    """Return the clients merged into one, in the order of their ids."""
    return await queries.list_merged_into(session, client_id)


async def get_found(session: AsyncSession, client_id: UUID, actor: Actor, *, for_update: bool = False) -> Found:
    """Return a client with its personal data, document and at-risk level.

    Raises:
        NotFound: no client has this id, or `actor` does not reach it.
    """
    return await queries.get_found(session, client_id, actor, for_update=for_update)


async def lock_many(session: AsyncSession, ids: Collection[UUID], actor: Actor | None = None) -> dict[UUID, Client]:
    """Return clients by id, locked in the order of their ids; unknown ids and those out of reach are left out."""
    return await queries.lock_many(session, ids, actor)


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `client` for the rows a caller reaches, erased ones left out."""
    return and_(queries.reached(actor), queries.is_present())


async def sale_facts(session: AsyncSession, client: Client, keys: Keys) -> SaleFacts:
    """Return what a sale asks of a client."""
    record = await identity_queries.get_record(session, client.id)
    born_on = identity.opened(record, keys).birth_date
    return SaleFacts(status=client.status, kind=client.kind, screening=client.screening, birth_date=born_on)


async def register(session: AsyncSession, wanted: ClientCreate, *, actor: Actor, keys: Keys, now: datetime) -> Found:
    """Register a client; a relationship manager becomes its manager, a channel its referring channel.

    Raises:
        Invalid: the profile does not hold (see `identity.rules.completed_profile`).
        DuplicateClient: a client with this identity document exists.
    """
    given = wanted.model_dump(exclude={"channel_id"})
    profile = identity_rules.completed_profile(given, today=business_date(now))
    channel_id = _channel(actor, wanted.channel_id)
    manager = await _manager(session, actor)
    [number] = await queries.next_numbers(session, 1)
    client = draft(profile["kind"], channel_id=channel_id, number=number, now=now)
    document = await claim(
        session, identity.document_row(client.id, profile, keys=keys, now=now), actor=actor, keys=keys
    )
    record = PersonalRecord(**identity.record_row(client.id, profile, keys=keys))
    session.add_all([client, record])
    await outbox.record(session, client, registered(client, now=now))
    if manager is not None:
        await outbox.record(session, client, assign(client, manager, now=now))
    return client, record, document, None


async def _manager(session: AsyncSession, actor: Actor) -> Staff | None:
    if Role.RELATIONSHIP_MANAGER not in actor.roles:
        return None
    return await organization.require_manager(session, actor.id, pointer=None)


def _channel(actor: Actor, wanted: UUID | None) -> UUID | None:
    if actor.kind != "channel":
        return wanted
    if wanted not in (None, actor.id):
        raise Invalid("A channel refers clients for itself only.", pointer="/channel_id")
    return actor.id


def draft(kind: ClientKind, *, channel_id: UUID | None, number: int, now: datetime) -> Client:
    """Return the row of a new client, not yet in a session."""
    client_id = new_id()
    return Client(
        id=client_id,
        event_key=client_id,
        number=rules.readable_number(number),
        kind=kind,
        channel_id=channel_id,
        registered_at=now,
    )


def registered(client: Client, *, now: datetime) -> ClientRegistered:
    """Return the event of a registration."""
    return ClientRegistered(occurred_at=now, client_id=client.id, kind=client.kind, channel_id=client.channel_id)


def assign(client: Client, manager: Staff, *, now: datetime) -> ClientAssigned:
    """Give a client a manager and the manager's unit, and return the event of it."""
    previous, client.manager_id, client.unit_id = client.manager_id, manager.id, manager.unit_id
    return ClientAssigned(
        occurred_at=now,
        client_id=client.id,
        manager_id=manager.id,
        unit_id=manager.unit_id,
        previous_manager_id=previous,
    )


async def claim(session: AsyncSession, document: Mapping[str, Any], *, actor: Actor, keys: Keys) -> IdentityDocument:
    """Write a document unless somebody else holds it; waits for a claim under way.

    Raises:
        DuplicateClient: somebody holds it; told who, masked, if `actor` reaches that client.
    """
    if await identity_queries.claim(session, [document]):
        return IdentityDocument(**document)
    holders = await holders_of(session, [document["number_hash"]])
    for found in (await queries.list_found(session, holders.values(), actor)).values():
        raise _duplicate(shown(found, keys))
    raise rules.DuplicateClient("A client with this identity document exists.", pointer="/document_number")


async def holders_of(session: AsyncSession, number_hashes: Collection[bytes]) -> dict[bytes, UUID]:
    """Return which client has each document that somebody has now: for a merged one, the client that stands for it."""
    holders = await identity_queries.find_holders(session, number_hashes)
    survivors = await queries.survivors(session, holders.values())
    return {number_hash: survivors.get(holder, holder) for number_hash, holder in holders.items()}


def _duplicate(known: ClientRead) -> rules.DuplicateClient:
    return rules.DuplicateClient(
        "A client with this identity document exists.",
        pointer="/document_number",
        existing={"id": str(known.id), "number": known.number, "name": known.name},
    )


def shown(found: Found, keys: Keys, actor: Actor | None = None) -> ClientRead:
    """Return a client as every reader sees it: personal data masked.

    To channels and clients the house does not tell its service class and who is at risk; None stands for staff.
    """
    client, record, document, risk = found
    is_staff = actor is None or actor.kind == "staff"
    return ClientRead(
        **identity.masked(client.kind, record, document, keys).model_dump(),
        **client.model_dump(exclude={"event_key", "screening", "service_class", "lineage_step"}),
        service_class=client.service_class if is_staff else None,
        is_screened=client.screening is ScreeningResult.CLEAR,
        risk=RiskRead.model_validate(risk) if is_staff and risk is not None and risk.is_flagged else None,
    )


async def list_found(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Found]:
    """Return clients with their personal data by id; unknown and erased ones are left out."""
    return await queries.list_found(session, ids)


def present(found: Mapping[UUID, Found], client_id: UUID) -> Client:
    """Return a client of `found`.

    Raises:
        ClientIsErased: it is not there any more, since it was erased at this very moment.
        ClientIsMerged: another client stands for it.
    """
    if client_id not in found:
        raise ClientIsErased("This client's personal data was erased.")
    queries.require_itself(found[client_id][0])
    return found[client_id][0]


async def next_numbers(session: AsyncSession, count: int) -> list[int]:
    """Return the next readable numbers of clients, as integers."""
    return await queries.next_numbers(session, count)


async def shown_by_id(
    session: AsyncSession, ids: Collection[UUID], *, actor: Actor, keys: Keys
) -> dict[UUID, ClientRead]:
    """Return clients as every reader sees them, by id; those the caller does not reach are left out."""
    found = await queries.list_found(session, ids, actor)
    return {client_id: shown(one, keys) for client_id, one in found.items()}


def named(found: Sequence[Found], wanted: str, keys: Keys) -> list[Found]:
    """Return those of `found` whose name contains `wanted` as a whole; an index knows pieces of names only."""
    return [one for one in found if identity_rules.is_match(identity.opened(one[1], keys).name, wanted)]


async def unmask(session: AsyncSession, client_id: UUID, *, reason: str, actor: Actor, keys: Keys) -> ClientUnmasked:
    """Return personal data in full, and leave a trace of who asked why.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
    """
    client, record, document, _ = await queries.get_found(session, client_id, actor)
    await trail.record(session, "client.unmasked", kind="client", id=client.id, reason=reason)
    return ClientUnmasked(id=client.id, **identity.unmasked(record, document, keys).model_dump())
