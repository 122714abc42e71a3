from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.rules import ClientStatus, ServiceClass
from client_profile.clients.tables import Client, ClientRisk
from client_profile.identity.rules import ClientKind
from client_profile.identity.tables import IdentityDocument, PersonalRecord
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.lineage.rules import ClientIsMerged

#: A client with its personal data, its current document and, if heard of, its at-risk level.
Found = tuple[Client, PersonalRecord, IdentityDocument, ClientRisk | None]

_UNKNOWN = "No client has this id."
_IS_PRESENT = col(Client.status).not_in((ClientStatus.MERGED, ClientStatus.ERASED))


def reached(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `client` for the rows a caller reaches."""
    return actor.within(
        owner=col(Client.manager_id),
        unit=col(Client.unit_id),
        channel=col(Client.channel_id),
        client=col(Client.id),
    )


def is_present() -> ColumnElement[bool]:
    """Return the condition on `client` that it stands by itself: neither erased nor merged into another one."""
    return _IS_PRESENT


async def get_client(
    session: AsyncSession, client_id: UUID, actor: Actor | None = None, *, for_update: bool = False
) -> Client:
    client = await get_row(session, client_id, actor, for_update=for_update)
    require_itself(client)
    return client


def require_itself(client: Client) -> None:
    """Refuse to go on with a client that is erased, or for which another one stands."""
    if client.status is ClientStatus.ERASED:
        raise ClientIsErased("This client's personal data was erased.", client_id=str(client.id))
    if client.status is ClientStatus.MERGED:
        raise ClientIsMerged(
            "This client was merged into another one.", merged=str(client.id), into=str(client.merged_into)
        )


async def get_row(
    session: AsyncSession, client_id: UUID, actor: Actor | None = None, *, for_update: bool = False
) -> Client:
    """Return a client, also an erased or merged one."""
    statement = select(Client).where(col(Client.id) == client_id)
    if actor is not None:
        statement = statement.where(reached(actor))
    if for_update:
        statement = statement.with_for_update()
    client = (await session.execute(statement)).scalar_one_or_none()
    if client is None:
        raise NotFound(_UNKNOWN)
    return client


async def lock_many(session: AsyncSession, ids: Collection[UUID], actor: Actor | None = None) -> dict[UUID, Client]:
    """Lock clients in the order of their ids; unknown, erased and merged ones and those out of reach are left out."""
    statement = select(Client).where(col(Client.id).in_(ids), _IS_PRESENT, reached(actor) if actor else true())
    statement = statement.order_by(col(Client.id)).with_for_update()
    return {client.id: client for client in (await session.execute(statement)).scalars()}


def select_found() -> Select[Client, PersonalRecord, IdentityDocument, ClientRisk | None]:
    risk: type[ClientRisk | None] = ClientRisk
    return (
        select(Client, PersonalRecord, IdentityDocument, risk)
        .join(PersonalRecord, col(PersonalRecord.client_id) == col(Client.id))
        .join(
            IdentityDocument,
            and_(col(IdentityDocument.client_id) == col(Client.id), col(IdentityDocument.replaced_at).is_(None)),
        )
        .outerjoin(ClientRisk, col(ClientRisk.client_id) == col(Client.id))
    )


async def get_found(session: AsyncSession, client_id: UUID, actor: Actor, *, for_update: bool = False) -> Found:
    if for_update:
        # By itself: a statement that waits for a lock goes on with the other tables as they were before.
        await get_client(session, client_id, actor, for_update=True)
    statement = select_found().where(col(Client.id) == client_id, reached(actor))
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        await get_client(session, client_id, actor)
        raise NotFound(_UNKNOWN)
    require_itself(found[0])
    return found[0], found[1], found[2], found[3]


async def list_found(session: AsyncSession, ids: Collection[UUID], actor: Actor | None = None) -> dict[UUID, Found]:
    """Return clients by id; those that do not exist or that `actor` does not reach are left out."""
    statement = select_found().where(col(Client.id).in_(ids), reached(actor) if actor else true())
    rows = await session.execute(statement)
    return {client.id: (client, record, document, risk) for client, record, document, risk in rows}


def select_listed(
    actor: Actor,
    *,
    kind: ClientKind | None,
    status: ClientStatus | None,
    service_class: ServiceClass | None,
    manager_id: UUID | None,
    unit_id: UUID | None,
    channel_id: UUID | None,
    at_risk: bool | None,
    name_tokens: Sequence[int],
    phone_last4: str | None,
) -> Select[Client, PersonalRecord, IdentityDocument, ClientRisk | None]:
    wanted: dict[Any, Any] = {
        Client.kind: kind,
        Client.status: status,
        Client.service_class: service_class,
        Client.manager_id: manager_id,
        Client.unit_id: unit_id,
        Client.channel_id: channel_id,
    }
    statement = select_found().where(reached(actor))
    if status is None:
        statement = statement.where(col(Client.status) != ClientStatus.MERGED)
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if at_risk is not None:
        is_flagged = col(ClientRisk.is_flagged)
        statement = statement.where(is_flagged.is_(True) if at_risk else is_flagged.is_not(True))
    if name_tokens:
        statement = statement.where(col(PersonalRecord.name_tokens).contains(list(name_tokens)))
    if phone_last4 is not None:
        statement = statement.where(col(PersonalRecord.phone_last4).contains([phone_last4]))
    return statement


async def next_numbers(session: AsyncSession, count: int) -> list[int]:
    statement = text("SELECT nextval('client_number_seq') FROM generate_series(1, :count)")
    return list((await session.execute(statement, {"count": count})).scalars())


async def keep_risk(session: AsyncSession, risk: ClientRisk) -> None:
    """Keep an at-risk level unless a later one is kept already."""
    given = insert(ClientRisk).values(risk.model_dump())
    is_later = tuple_(given.excluded.changed_at, given.excluded.event_version) > tuple_(
        col(ClientRisk.changed_at), col(ClientRisk.event_version)
    )
    changes = {name: given.excluded[name] for name in risk.model_dump(exclude={"client_id"})}
    await session.execute(given.on_conflict_do_update(index_elements=["client_id"], set_=changes, where=is_later))


async def survivors(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return, of the clients that are merged, the one that stands for each."""
    statement = select(col(Client.id), col(Client.merged_into)).where(
        col(Client.id).in_(ids), col(Client.status) == ClientStatus.MERGED
    )
    return {merged: into for merged, into in await session.execute(statement) if into is not None}


async def list_merged_into(session: AsyncSession, client_id: UUID) -> Sequence[Client]:
    """Return the clients merged into one, by id."""
    statement = select(Client).where(col(Client.merged_into) == client_id, col(Client.status) == ClientStatus.MERGED)
    return (await session.execute(statement.order_by(col(Client.id)))).scalars().all()


async def list_rows(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Client]:
    found = await session.execute(select(Client).where(col(Client.id).in_(ids)))
    return {client.id: client for client in found.scalars()}


async def lock_family(session: AsyncSession, client_id: UUID) -> None:
    is_theirs = or_(col(Client.id) == client_id, col(Client.merged_into) == client_id)
    await session.execute(select(col(Client.id)).where(is_theirs).order_by(col(Client.id)).with_for_update())


async def get_by_number(session: AsyncSession, number: str) -> Client:
    client = (await session.execute(select(Client).where(col(Client.number) == number))).scalar_one_or_none()
    if client is not None and client.status is ClientStatus.MERGED:
        client = await session.get(Client, client.merged_into)
    if client is None or client.status in (ClientStatus.CLOSED, ClientStatus.ERASED):
        raise NotFound("No client with this number can sign in.")
    return client
