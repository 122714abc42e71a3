from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.blacklist import service as blacklist
from channel_commission.blacklist.rules import PartnerBlacklisted
from channel_commission.channels import queries, rules
from channel_commission.channels.rules import ChannelKind, HeadOffice
from channel_commission.channels.schemas import (
    ChannelCreate,
    ChannelItem,
    ChannelRead,
    ChannelUpdate,
    License,
    LicenseRead,
)
from channel_commission.channels.tables import Channel, ChannelLicense, Reassessment
from shared.audit import trail
from shared.delivery import outbox
from shared.errors import DomainError
from shared.events.base import Event
from shared.events.channel_commission import ChannelRegistered, ChannelUpdated
from shared.http import bulk
from shared.http.bulk import BulkBody, BulkResult, ItemResult
from shared.http.callers import Actor
from shared.http.preconditions import require_version
from shared.ids import new_id

#: Since when a branch stands under the head office it was entered with: no dealing is older.
_FIRST_DAY = date(2000, 1, 1)


async def register(session: AsyncSession, wanted: ChannelCreate, *, now: datetime) -> Channel:
    """Enter a partner as a prospect.

    Raises:
        ChannelUnknown: there is no such head office.
        ParentNotHeadOffice: the parent is a branch.
        HeadOfficeBlacklisted, PartnerBlacklisted: it may not come in, under whatever name.
        LicenseNotAllowed: a partner of kind unlicensed names a license.
        LicensePeriodEmpty: the license ends before it begins.
    """
    parents = [wanted.parent_id] if wanted.parent_id else []
    listed = await blacklist.listed_codes(session, [wanted.uscc] if wanted.uscc else [])
    _require_admissible(wanted, await queries.head_offices(session, parents), listed)
    (number,) = await queries.next_numbers(session, 1)
    channel = _prospect(wanted, number, now)
    session.add(channel)
    await outbox.record(session, channel, _registered(channel, now))
    session.add_all(_license_rows(channel, wanted.license, now))
    await queries.add_first_edges(session, [channel], since=_FIRST_DAY)
    return channel


async def import_many(session: AsyncSession, body: BulkBody, *, now: datetime) -> BulkResult:
    """Enter the partners of another system as prospects; of one that is known, name, code and license may change.

    Raises:
        OutboxIsLong: too many events wait to be published.
    """
    await bulk.require_short_outbox(session)
    accepted, refused = bulk.check_items(body, ChannelItem)
    items = [one.item for one in accepted]
    known = await queries.lock_by_external_id(session, body.origin, [item.external_id for item in items])
    head_offices = await queries.head_offices(session, {item.parent_id for item in items if item.parent_id})
    licenses = await queries.licenses(session, [channel.id for channel in known.values()])
    listed = await blacklist.listed_codes(session, [item.uscc for item in items if item.uscc])
    numbers = iter(await queries.next_numbers(session, len(accepted) - len(known)))
    results: dict[int, ItemResult] = {}
    events: list[tuple[Channel, Event]] = []
    first_licenses: list[ChannelLicense] = []
    renewed: list[ChannelLicense] = []
    for one in accepted:
        channel = known.get(one.item.external_id)
        status: Literal["created", "updated", "unchanged"] = "unchanged"
        try:
            _require_admissible(one.item, head_offices, listed)
            if channel is None:
                channel, status = _imported(body.origin, one.item, next(numbers), now), "created"
                session.add(channel)
                events.append((channel, _registered(channel, now)))
                first_licenses += _license_rows(channel, one.item.license, now)
            elif changed := _changed(channel, licenses[channel.id], one.item):
                status = "updated"
                events.append((channel, ChannelUpdated(occurred_at=now, channel_id=channel.id, changed=changed)))
                renewed += _license_rows(channel, one.item.license if "license" in changed else None, now)
            results[one.place] = ItemResult(external_id=one.item.external_id, status=status, id=channel.id)
        except DomainError as error:
            pointer = f"/items/{one.place}{error.pointer or ''}"
            results[one.place] = bulk.refuse(one.item.external_id, error.code, error.detail, pointer)
    await outbox.record_many(session, events)
    session.add_all(first_licenses)
    new = [channel for channel, event in events if isinstance(event, ChannelRegistered)]
    await queries.add_first_edges(session, new, since=_FIRST_DAY)
    await _renew(session, renewed, now)
    return bulk.in_order(len(body.items), results, refused)


async def change(
    session: AsyncSession, channel_id: UUID, wanted: ChannelUpdate, *, expected_version: int, now: datetime
) -> Channel:
    """Change name or credit code; nothing is recorded when nothing differs.

    Raises:
        NotFound: no channel has this id.
        Stale: somebody else changed it since it was read.
        PartnerBlacklisted: the new credit code is on the blacklist.
    """
    channel = await queries.get_channel(session, channel_id, for_update=True)
    require_version(expected_version, channel.version)
    if wanted.uscc and wanted.uscc in await blacklist.listed_codes(session, [wanted.uscc]):
        raise _blacklisted()
    changed = _assign(channel, wanted.model_dump(exclude_unset=True))
    if changed:
        await record_update(session, channel, changed, now=now)
    return channel


async def renew_license(session: AsyncSession, channel_id: UUID, license: License, *, now: datetime) -> Channel:
    """Keep a further license; notices of its end begin anew.

    Raises:
        NotFound: no channel has this id.
        LicenseNotAllowed: the partner is of kind unlicensed.
        LicensePeriodEmpty: the license ends before it begins.
    """
    channel = await queries.get_channel(session, channel_id, for_update=True)
    rules.require_license_fits(channel.kind, license.valid_from, license.valid_to, pointer="")
    await record_update(session, channel, ["license"], now=now)
    await _renew(session, _license_rows(channel, license, now), now)
    return channel


async def record_update(session: AsyncSession, channel: Channel, changed: list[str], *, now: datetime) -> None:
    """Record that fields of a channel changed."""
    await outbox.record(session, channel, ChannelUpdated(occurred_at=now, channel_id=channel.id, changed=changed))


async def get(
    session: AsyncSession,
    channel_id: UUID,
    *,
    actor: Actor | None = None,
    pointer: str | None = None,
    lock: bool = False,
) -> Channel:
    """Return a channel.

    Args:
        session: The caller's session.
        channel_id: The channel.
        actor: Who reads it; None for a command that its permission allows on every channel.
        pointer: Where the id stands in a request body; None if it stands in the path.
        lock: Lock it, as everything does that changes what it may earn.

    Raises:
        NotFound: no channel has the id in the path.
        ChannelUnknown: no channel has the id in the body.
    """
    if pointer is not None and channel_id not in await queries.kinds(session, [channel_id]):
        raise rules.ChannelUnknown("No channel has this id.", pointer=pointer)
    return await queries.get_channel(session, channel_id, actor=actor, for_update=lock)


async def kinds(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ChannelKind]:
    """Return the kind of each of `ids` that is a channel."""
    return await queries.kinds(session, ids)


async def licenses(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[ChannelLicense]]:
    """Return the licenses of each channel, the one that holds longest last."""
    return await queries.licenses(session, ids)


async def by_code_with_branches(session: AsyncSession, uscc: str) -> list[Channel]:
    """Return the channels with a credit code and the branches under them, locked."""
    return await queries.by_code_with_branches(session, uscc)


async def lock_for_booking(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Make bookings and commands of these channels wait for each other; always the first rows a booking locks."""
    await queries.lock_for_booking(session, ids)


async def ask_reassessment(session: AsyncSession, channel_id: UUID, *, now: datetime) -> None:
    """Ask that dealings of a channel which earned nothing are looked at again, since something changed."""
    await queries.ask_reassessment(session, [channel_id], now=now)


async def next_reassessment(session: AsyncSession) -> UUID | None:
    """Return the channel that was first asked to be looked at again; None if there is none."""
    return await queries.oldest_reassessment(session)


async def take_reassessment(session: AsyncSession, channel_id: UUID, involved: Collection[UUID]) -> Reassessment | None:
    """Lock the channels `involved` for booking and return what was asked for one of them; None if it is done by now."""
    # The channels first, as in every command that asks: the other way round they would wait for each other.
    await queries.lock_for_booking(session, involved)
    return await session.get(Reassessment, channel_id)


async def read_all(session: AsyncSession, channels: Collection[Channel]) -> list[ChannelRead]:
    """Return channels as callers see them, each with the license that holds longest."""
    found = await queries.licenses(session, [channel.id for channel in channels])
    answers = []
    for channel in channels:
        longest = [LicenseRead.model_validate(license) for license in found[channel.id][-1:]]
        answers.append(ChannelRead.model_validate({**channel.model_dump(), "license": next(iter(longest), None)}))
    return answers


async def _renew(session: AsyncSession, renewed: Sequence[ChannelLicense], now: datetime) -> None:
    """Keep further licenses of channels; dealings refused for want of one are looked at again."""
    if not renewed:
        return
    session.add_all(renewed)
    await queries.ask_reassessment(session, [one.channel_id for one in renewed], now=now)
    for one in renewed:
        facts = {"kind": one.kind.value, "number": one.number, "valid_to": one.valid_to}
        await trail.record(session, "channel.license_renewed", kind="channel", id=one.channel_id, facts=facts)


def _blacklisted() -> PartnerBlacklisted:
    return PartnerBlacklisted("A partner with this credit code is on the blacklist.", pointer="/uscc")


def _require_admissible(wanted: ChannelCreate, head_offices: dict[UUID, HeadOffice], listed: set[str]) -> None:
    if wanted.uscc in listed:
        raise _blacklisted()
    if wanted.parent_id is not None:
        if wanted.parent_id not in head_offices:
            raise rules.ChannelUnknown("No channel has this id.", pointer="/parent_id")
        if head_offices[wanted.parent_id].is_blacklisted:
            raise rules.HeadOfficeBlacklisted("The head office is on the blacklist.", pointer="/parent_id")
        if head_offices[wanted.parent_id].is_branch:
            raise rules.ParentNotHeadOffice("The parent is a branch itself.", pointer="/parent_id")
    if wanted.license is not None:
        rules.require_license_fits(wanted.kind, wanted.license.valid_from, wanted.license.valid_to, pointer="/license")


def _prospect(wanted: ChannelCreate, number: str, now: datetime) -> Channel:
    channel_id = new_id()
    content = wanted.model_dump(include={"name", "kind", "uscc", "parent_id"})
    return Channel(id=channel_id, event_key=channel_id, number=number, registered_at=now, **content)


def _registered(channel: Channel, now: datetime) -> ChannelRegistered:
    return ChannelRegistered(
        occurred_at=now, channel_id=channel.id, kind=channel.kind.value, parent_id=channel.parent_id
    )


def _imported(origin: str, item: ChannelItem, number: str, now: datetime) -> Channel:
    channel = _prospect(item, number, now)
    channel.origin, channel.external_id = origin, item.external_id
    return channel


def _changed(channel: Channel, licenses: list[ChannelLicense], item: ChannelItem) -> list[str]:
    for field in ("kind", "parent_id"):
        if getattr(channel, field) != getattr(item, field):
            raise rules.ChosenOnce("Kind and head office are chosen once.", pointer=f"/{field}")
    changed = _assign(channel, item.model_dump(include={"name", "uscc"}))
    if item.license is not None and not any(_is_same(license, item.license) for license in licenses):
        changed.append("license")
    return changed


def _assign(channel: Channel, values: dict[str, str | None]) -> list[str]:
    changed = [field for field, value in sorted(values.items()) if value != getattr(channel, field)]
    for field in changed:
        setattr(channel, field, values[field])
    return changed


def _is_same(kept: ChannelLicense, given: License) -> bool:
    return all(getattr(kept, field) == value for field, value in given.model_dump().items())


def _license_rows(channel: Channel, license: License | None, now: datetime) -> list[ChannelLicense]:
    if license is None:
        return []
    return [ChannelLicense(channel_id=channel.id, recorded_at=now, **license.model_dump())]
