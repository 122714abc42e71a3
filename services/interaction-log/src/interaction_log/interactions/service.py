from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.interactions import queries, rules
from interaction_log.interactions.schemas import (
    InteractionCorrection,
    InteractionCreate,
    InteractionFields,
    InteractionItem,
)
from interaction_log.interactions.tables import Interaction, InteractionVersion
from interaction_log.parties import service as parties
from interaction_log.planning import service as planning
from shared.delivery import outbox
from shared.erasure.guard import erased_among
from shared.erasure.rules import ClientIsErased
from shared.errors import DomainError
from shared.events.interaction_log import InteractionCorrected, InteractionRecorded
from shared.http import bulk
from shared.http.bulk import Accepted, BulkBody, BulkResult, ItemResult
from shared.http.callers import Actor, Scope
from shared.http.preconditions import require_version
from shared.ids import new_id

Fact = TypeVar("Fact", InteractionRecorded, InteractionCorrected)


async def record(
    session: AsyncSession, wanted: InteractionCreate, *, actor: Actor, now: datetime
) -> tuple[Interaction, bool]:
    """Record a contact, or return the one of the same origin and external id that was recorded first.

    Returns:
        The interaction, and whether it is new.

    Raises:
        NotBegun: it begins more than 5 minutes from now.
        OutcomeContradicts: the outcome does not fit whether the client was reached.
        SomebodyElsesContact: the caller may record own contacts only.
        ExternalIdTaken: the caller does not reach what has this external id.
        ClientIsErased: the client is erased.
    """
    staff_id = wanted.staff_id or actor.id
    rules.require_begun(wanted.started_at, now=now)
    rules.require_consistent(is_reached=wanted.is_reached, outcome=wanted.outcome)
    rules.require_own(staff_id, caller_id=actor.id, records_for_others=actor.scope is not Scope.OWN)
    first = await _find_first(session, wanted, actor)
    if first is not None:
        return first, False
    await parties.lock(session, [wanted.client_id], now=now)
    row = _row(wanted, actor, now, staff_id=staff_id)
    if not await queries.insert(session, [row]):
        # Somebody else recorded it between the look and the insert, which waited for them.
        first = await _find_first(session, wanted, actor)
        assert first is not None  # noqa: S101  # nothing deletes an interaction
        return first, False
    new = await queries.get(session, row["id"], within=true())
    await outbox.record_inserted(session, [(new.id, new.event_key, _event(InteractionRecorded, new, new.id))])
    if new.is_reached:
        await planning.contacts_changed(session, await queries.latest_reached(session, {new.client_id}), now=now)
    return new, True


async def record_many(session: AsyncSession, body: BulkBody, *, actor: Actor, now: datetime) -> BulkResult:
    """Enter contacts of one origin: new ones are recorded, changed ones corrected, the others left alone.

    Raises:
        OutboxIsLong: too many events wait to be published.
    """
    await bulk.require_short_outbox(session)
    well_formed, refused = bulk.check_items(body, InteractionItem)
    gone = await erased_among(session, {one.item.client_id for one in well_formed})
    impossible = {one.place: refusal for one in well_formed if (refusal := _refusal(one, gone, now=now))}
    accepted = [one for one in well_formed if one.place not in impossible]
    await parties.lock(session, {one.item.client_id for one in accepted}, now=now)
    rows = {one.place: _row(one.item, actor, now, origin=body.origin) for one in accepted}
    inserted = await queries.insert(session, rows.values())
    new = [(one, id) for one in accepted if (id := rows[one.place]["id"]) in inserted]
    known = [one for one in accepted if rows[one.place]["id"] not in inserted]
    corrected, answered = await _correct_many(session, body.origin, known, actor=actor, now=now)
    await outbox.record_inserted(
        session, [(id, one.item.client_id, _event(InteractionRecorded, one.item, id)) for one, id in new]
    )
    await outbox.record_many(session, [(one, _event(InteractionCorrected, one, one.id)) for one in corrected])
    moved = {one.item.client_id for one, _ in new if one.item.is_reached} | {one.client_id for one in corrected}
    if moved:
        await planning.many_contacts_changed(session, await queries.latest_reached(session, moved))
    fresh = {one.place: ItemResult(external_id=one.item.external_id, status="created", id=id) for one, id in new}
    return bulk.in_order(len(body.items), refused, impossible, answered, fresh)


async def correct(
    session: AsyncSession,
    interaction_id: UUID,
    wanted: InteractionCorrection,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> Interaction:
    """Correct a contact; what stood there before is kept as a version.

    Raises:
        NotFound: the caller reaches no such interaction.
        Stale: somebody else corrected it since the caller read it.
        NothingChanges: the correction says what stands there already.
        NotBegun, OutcomeContradicts, SomebodyElsesContact: as for `record`.
    """
    client_id = (await queries.get(session, interaction_id, within=reach(actor))).client_id
    await parties.lock(session, [client_id], now=now)
    interaction = await queries.get(session, interaction_id, within=reach(actor), for_update=True)
    require_version(version, interaction.version)
    present = _content(interaction)
    changes = rules.changed(present, wanted.changes.model_dump(exclude_unset=True))
    if not changes:
        raise rules.NothingChanges("Nothing of this differs from what was recorded.", pointer="/changes")
    corrected = present | changes
    rules.require_begun(corrected["started_at"], now=now, at="/changes")
    rules.require_consistent(is_reached=corrected["is_reached"], outcome=corrected["outcome"], at="/changes")
    if "staff_id" in changes:
        rules.require_own(changes["staff_id"], caller_id=actor.id, records_for_others=actor.scope is not Scope.OWN)
    _replace(session, interaction, changes, actor=actor, now=now, reason=wanted.reason)
    await outbox.record(session, interaction, _event(InteractionCorrected, interaction, interaction.id))
    if rules.moves_rhythm(changes, is_reached=interaction.is_reached):
        await planning.contacts_changed(session, await queries.latest_reached(session, {client_id}), now=now)
    return interaction


async def is_with_client(session: AsyncSession, interaction_id: UUID, client_id: UUID) -> bool:
    """Return whether there is such an interaction, and it is one with this client."""
    return await queries.exists(session, interaction_id, within=col(Interaction.client_id) == client_id)


def reach(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition for the interactions `actor` reaches: those with its clients, and its own contacts."""
    return or_(parties.reached(actor, client=col(Interaction.client_id)), actor.within(owner=col(Interaction.staff_id)))


async def _find_first(session: AsyncSession, wanted: InteractionCreate, actor: Actor) -> Interaction | None:
    if wanted.origin is None or wanted.external_id is None:
        return None
    known = await queries.list_by_external_id(session, wanted.origin, [wanted.external_id])
    first = known.get(wanted.external_id)
    if first is None or await queries.exists(session, first.id, within=reach(actor)):
        return first
    raise rules.ExternalIdTaken("Another interaction of this origin has this external id.", pointer="/external_id")


def _refusal(one: Accepted[InteractionItem], gone: Collection[UUID], *, now: datetime) -> ItemResult | None:
    try:
        if one.item.client_id in gone:
            raise ClientIsErased("This client's personal data was erased.", pointer="/client_id")
        rules.require_begun(one.item.started_at, now=now)
        rules.require_consistent(is_reached=one.item.is_reached, outcome=one.item.outcome)
    except DomainError as error:
        return bulk.refuse(one.item.external_id, error.code, error.detail, f"/items/{one.place}{error.pointer}")
    return None


async def _correct_many(
    session: AsyncSession, origin: str, known: Sequence[Accepted[InteractionItem]], *, actor: Actor, now: datetime
) -> tuple[list[Interaction], dict[int, ItemResult]]:
    if not known:
        return [], {}
    external_ids = [one.item.external_id for one in known]
    present = await queries.list_by_external_id(session, origin, external_ids, for_update=True)
    corrected, answered = [], {}
    for one in known:
        interaction, external_id = present[one.item.external_id], one.item.external_id
        if interaction.client_id != one.item.client_id:
            answered[one.place] = bulk.refuse(
                external_id,
                rules.ExternalIdTaken.code,
                "It was recorded with another client before.",
                f"/items/{one.place}/client_id",
            )
            continue
        changes = rules.changed(_content(interaction), one.item.model_dump(include=set(rules.CORRECTABLE)))
        if changes:
            _replace(session, interaction, changes, actor=actor, now=now, reason=None)
            corrected.append(interaction)
        status = "updated" if changes else "unchanged"
        answered[one.place] = ItemResult(external_id=external_id, status=status, id=interaction.id)
    return corrected, answered


def _replace(
    session: AsyncSession,
    interaction: Interaction,
    changes: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str | None,
) -> None:
    session.add(
        InteractionVersion(
            interaction_id=interaction.id,
            version=interaction.version,
            content=to_jsonable_python(_content(interaction)),
            replaced_at=now,
            replaced_by=actor.name,
            reason=reason,
        )
    )
    for name, value in changes.items():
        setattr(interaction, name, value)


def _content(interaction: Interaction) -> dict[str, Any]:
    return {name: getattr(interaction, name) for name in rules.CORRECTABLE}


def _row(wanted: InteractionFields, actor: Actor, now: datetime, **more: object) -> dict[str, Any]:
    told = {**wanted.model_dump(), **more}
    new = {"id": new_id(), "version": 1, "event_key": wanted.client_id, "recorded_at": now, "recorded_by": actor.name}
    return told | new


def _event(fact: type[Fact], contact: Interaction | InteractionItem, interaction_id: UUID) -> Fact:
    return fact(
        occurred_at=contact.started_at,
        interaction_id=interaction_id,
        client_id=contact.client_id,
        kind=contact.kind,
        direction=contact.direction,
        is_reached=contact.is_reached,
        staff_id=contact.staff_id,
    )
