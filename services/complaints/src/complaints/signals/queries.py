import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, cast, delete, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.signals.rules import HeldTrouble, Horizon, Rhythm, Sale, Talk, Trouble
from complaints.signals.tables import ChangedClient, Contact, Flow, ManagerChange, ProductTrouble, WoundUp
from shared.clock import start_of_day
from shared.lineage.clients import is_about
from shared.rows import is_one_of

# One row per client: most have contacts and dealings, and a row costs more here than in the database.
_REACHED_DAYS = text(
    "SELECT client_id, max(began_on) FILTER (WHERE began_on < :since) AS last_before,"
    " array_agg(DISTINCT began_on) FILTER (WHERE began_on >= :since) AS later"
    " FROM contact WHERE is_reached AND client_id = ANY(:ids) GROUP BY client_id"
)
_FLOWS = text(
    "SELECT client_id, CAST(sum(amount) FILTER (WHERE confirmed_on <= :since) AS bigint) AS opening,"
    " array_agg(confirmed_on) FILTER (WHERE confirmed_on > :since) AS days,"
    " array_agg(amount) FILTER (WHERE confirmed_on > :since) AS amounts, min(confirmed_on) AS first_on"
    " FROM flow WHERE NOT is_reversed AND client_id = ANY(:ids) GROUP BY client_id"
)

# Trouble counts for whoever held the plan on that day: a subscription not reversed, not fully redeemed before.
_TROUBLES = text(
    "SELECT lot.client_id, trouble.product_id, trouble.trouble, trouble.happened_on,"
    " least(CASE WHEN bool_or(redeemed.closed_on IS NULL) THEN NULL ELSE max(redeemed.closed_on) END,"
    " min(wound_up.wound_up_on)) AS until"
    " FROM flow AS lot"
    " JOIN product_trouble AS trouble ON trouble.product_id = lot.product_id AND lot.confirmed_on <= happened_on"
    " LEFT JOIN wound_up ON wound_up.product_id = lot.product_id"
    " LEFT JOIN LATERAL (SELECT min(back.confirmed_on) AS closed_on FROM flow AS back"
    " WHERE back.original_dealing_id = lot.dealing_id AND back.is_full AND NOT back.is_reversed) AS redeemed ON true"
    " WHERE lot.client_id = ANY(:ids) AND lot.amount > 0 AND NOT lot.is_reversed"
    " AND (redeemed.closed_on IS NULL OR redeemed.closed_on > happened_on)"
    " GROUP BY lot.client_id, trouble.product_id, trouble.trouble, trouble.happened_on"
)
# Who may have a reason on any day of the horizon; whoever is left out has none. It may name too many, never too few,
# since the rule itself looks at those it names. A gap is the silence on the day before the next contact.
_NOTABLE = text(
    "WITH gap AS (SELECT client_id, max(next_on - 1 - began_on) AS longest, min(began_on) AS first_on FROM ("
    " SELECT client_id, began_on, lead(began_on, 1, CAST(:today AS date) + 1)"
    " OVER (PARTITION BY client_id ORDER BY began_on) AS next_on"
    " FROM contact WHERE is_reached AND client_id = ANY(:ids) AND began_on <= :today) AS reach"
    " WHERE next_on > :contacts_from GROUP BY client_id),"
    " held AS (SELECT client_id, min(confirmed_on) AS first_on,"
    " bool_or(amount < 0 AND confirmed_on > :flows_from) AS went_out,"
    " bool_or(product_id IN (SELECT product_id FROM product_trouble)) AS is_troubled"
    " FROM flow WHERE NOT is_reversed AND client_id = ANY(:ids) GROUP BY client_id)"
    " SELECT id FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)"
    " LEFT JOIN client_stub USING (id) LEFT JOIN gap ON gap.client_id = wanted.id"
    " LEFT JOIN held ON held.client_id = wanted.id"
    " CROSS JOIN LATERAL (SELECT"
    " CAST(coalesce(CAST(:cadences AS jsonb) -> service_class, CAST(:cadences AS jsonb) -> :unknown) AS int) AS days,"
    " least(CAST(registered_at AT TIME ZONE 'Asia/Shanghai' AS date), held.first_on) AS client_since) AS rhythm"
    " WHERE went_out OR is_troubled OR gap.longest > days"
    " OR (coalesce(gap.first_on > :contacts_from, true) AND CAST(:today AS date) - client_since > days)"
    " OR EXISTS (SELECT FROM complaint WHERE complaint.client_id = wanted.id AND (received_on > :complaints_from"
    " OR coalesce(informed_on, withdrawn_on, :today) >= :contacts_from))"
    " OR EXISTS (SELECT FROM manager_change AS one WHERE one.client_id = wanted.id AND changed_at >= :managers_from)"
    " OR EXISTS (SELECT FROM client_lineage WHERE merged_into IS NOT NULL AND wanted.id IN (client_id, merged_into))"
)
_MARK_HOLDERS = text(
    "INSERT INTO changed_client (client_id, cause)"
    " SELECT DISTINCT coalesce(merged_into, flow.client_id), CAST(:cause AS jsonb)"
    " FROM flow LEFT JOIN client_lineage USING (client_id) WHERE product_id = ANY(:products) AND NOT is_reversed"
)

Rows = Sequence[dict[str, Any]]


#: Columns of a dealing that rows kept earlier may lack.
_TOLD_LATER = ("applied_on", "product_id", "original_dealing_id", "is_full")


async def keep_contacts(session: AsyncSession, rows: Rows) -> set[UUID]:
    """Keep contacts as told last, whatever the order; return the clients they concern now and concerned before."""
    ids = [row["interaction_id"] for row in rows]
    known = select(col(Contact.client_id)).where(col(Contact.interaction_id).in_(ids))
    before = set((await session.execute(known)).scalars())
    given = upsert(Contact)
    told = given.excluded
    statement = given.on_conflict_do_update(
        index_elements=["interaction_id"],
        set_={name: told[name] for name in ("client_id", "began_on", "is_reached", "staff_id", "told_version")},
        where=col(Contact.told_version) <= told.told_version,
    )
    await session.execute(statement, rows)
    return before | {row["client_id"] for row in rows}


async def keep_flows(session: AsyncSession, rows: Rows) -> None:
    """Keep dealings; a reversal that comes before its dealing is kept, and the dealing arrives reversed."""
    given = upsert(Flow)
    statement = given.on_conflict_do_update(
        index_elements=["dealing_id"],
        set_={
            "is_reversed": or_(col(Flow.is_reversed), given.excluded.is_reversed),
            **{name: func.coalesce(given.excluded[name], getattr(Flow, name)) for name in _TOLD_LATER},
        },
    )
    await session.execute(statement, rows)


async def keep_manager_changes(session: AsyncSession, rows: Rows) -> None:
    if rows:
        await session.execute(upsert(ManagerChange).on_conflict_do_nothing(), rows)


async def keep_troubles(session: AsyncSession, rows: Rows) -> None:
    await session.execute(upsert(ProductTrouble).on_conflict_do_nothing(), rows)


async def keep_wound_up(session: AsyncSession, rows: Rows) -> None:
    await session.execute(upsert(WoundUp).on_conflict_do_nothing(), rows)


async def mark_holders(session: AsyncSession, product_ids: Collection[UUID], cause: dict[str, Any]) -> None:
    """Mark every client that ever dealt in the products, or who stands for it now, by one statement."""
    await session.execute(_MARK_HOLDERS, {"products": list(product_ids), "cause": json.dumps(cause)})


async def mark(session: AsyncSession, client_ids: Collection[UUID], cause: dict[str, Any]) -> None:
    changed = select(func.unnest(cast(list(client_ids), ARRAY(Uuid))), cast(cause, JSONB))
    await session.execute(insert(ChangedClient).from_select(["client_id", "cause"], changed))


async def take_marked(session: AsyncSession, limit: int) -> list[tuple[UUID, dict[str, Any]]]:
    """Remove the marks of up to `limit` clients and return client and cause of each, oldest first.

    The oldest marks say which clients come next; all their marks go at once, however many events touched them.
    """
    mark_id, client_id = col(ChangedClient.id), col(ChangedClient.client_id)
    oldest = select(client_id).order_by(mark_id).limit(limit).with_for_update(skip_locked=True).cte("oldest")
    theirs = select(mark_id).where(client_id.in_(select(oldest.c.client_id))).with_for_update(skip_locked=True)
    statement = delete(ChangedClient).where(mark_id.in_(theirs))
    taken = (await session.execute(statement.returning(mark_id, client_id, col(ChangedClient.cause)))).all()
    return [(row.client_id, row.cause) for row in sorted(taken, key=lambda row: row.id)]


async def notable(
    session: AsyncSession, client_ids: Sequence[UUID], horizon: Horizon, today: date, rhythm: Rhythm
) -> set[UUID]:
    """Return the clients that may have a reason on any day from `horizon` to `today`, by one statement for all."""
    values = {
        "ids": list(client_ids),
        "today": today,
        "contacts_from": horizon.contacts_from,
        "complaints_from": horizon.complaints_from,
        "flows_from": horizon.flows_from,
        "managers_from": start_of_day(horizon.managers_from),
        "cadences": json.dumps(dict(rhythm.days)),
        "unknown": rhythm.of_unknown,
    }
    return set((await session.execute(_NOTABLE, values)).scalars())


async def reached_days(session: AsyncSession, client_ids: Sequence[UUID], since: date) -> dict[UUID, tuple[date, ...]]:
    """Return the days on which each client was reached: all from `since` on, and the last before."""
    found = await session.execute(_REACHED_DAYS, {"ids": client_ids, "since": since})
    return {client_id: tuple(on for on in (before, *(later or ())) if on) for client_id, before, later in found}


async def flows(
    session: AsyncSession, client_ids: Sequence[UUID], since: date
) -> tuple[dict[UUID, tuple[tuple[date, int], ...]], dict[UUID, date]]:
    """Return each client's flows by day, those up to `since` summed at that day, and the day of its first dealing."""
    found = (await session.execute(_FLOWS, {"ids": client_ids, "since": since})).all()
    by_client = {
        client_id: ((since, opening or 0), *zip(days or (), amounts or (), strict=True))
        for client_id, opening, days, amounts, _ in found
    }
    return by_client, {row.client_id: row.first_on for row in found}


async def troubles(session: AsyncSession, client_ids: Sequence[UUID]) -> dict[UUID, list[HeldTrouble]]:
    """Return the trouble of plans that each client held on the day it happened."""
    by_client: dict[UUID, list[HeldTrouble]] = defaultdict(list)
    for client_id, product_id, trouble, since, until in await session.execute(_TROUBLES, {"ids": client_ids}):
        by_client[client_id].append(HeldTrouble(product_id, Trouble(trouble), since, until))
    return by_client


async def sold_between(session: AsyncSession, first: date, last: date) -> tuple[int, int]:
    """Return number and sum (fen) of subscriptions confirmed in a period and not reversed."""
    amount = col(Flow.amount)
    statement = select(func.count(), func.coalesce(func.sum(amount), 0)).where(
        amount > 0, ~col(Flow.is_reversed), col(Flow.confirmed_on).between(first, last)
    )
    number, total = (await session.execute(statement)).one()
    return number, int(total)


async def manager_changes(
    session: AsyncSession, client_ids: Sequence[UUID], since: datetime
) -> dict[UUID, list[datetime]]:
    client_id, changed_at = col(ManagerChange.client_id), col(ManagerChange.changed_at)
    statement = select(client_id, changed_at).where(is_one_of(client_id, client_ids), changed_at >= since)
    by_client: dict[UUID, list[datetime]] = defaultdict(list)
    for row in await session.execute(statement):
        by_client[row.client_id].append(row.changed_at)
    return by_client


async def sales(session: AsyncSession, client_id: UUID, product_id: UUID | None, until: date) -> list[Sale]:
    statement = select(Flow).where(
        is_about(col(Flow.client_id), client_id),
        col(Flow.amount) > 0,
        col(Flow.is_reversed).is_(False),
        col(Flow.confirmed_on) <= until,
    )
    if product_id is not None:
        statement = statement.where(col(Flow.product_id) == product_id)
    found = (await session.execute(statement.order_by(col(Flow.confirmed_on), col(Flow.dealing_id)))).scalars()
    return [Sale(one.dealing_id, one.applied_on or one.confirmed_on, one.confirmed_on) for one in found]


async def talks(session: AsyncSession, client_id: UUID, since: date, until: date) -> list[Talk]:
    statement = select(col(Contact.interaction_id), col(Contact.staff_id), col(Contact.began_on)).where(
        is_about(col(Contact.client_id), client_id),
        col(Contact.is_reached),
        col(Contact.staff_id).is_not(None),
        col(Contact.began_on).between(since, until),
    )
    found = await session.execute(statement.order_by(col(Contact.began_on), col(Contact.interaction_id)))
    return [Talk(id, staff_id, on) for id, staff_id, on in found if staff_id]
