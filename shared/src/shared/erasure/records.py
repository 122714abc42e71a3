"""Destroys what a service keeps about an erased client, or restricts it while a period runs, and says which of both."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import policy
from shared.clock import business_date
from shared.delivery import outbox, parking
from shared.erasure import guard, rules
from shared.erasure.rules import Outcome, RecordKind
from shared.events.base import Received
from shared.events.erasure import ClientErased, ErasureAnswered
from shared.ids import new_id

_MARK = text(
    "INSERT INTO erased_client (client_id, erased_on) VALUES (:client_id, :erased_on)"
    " ON CONFLICT DO NOTHING RETURNING client_id"
)
_KEEP = text(
    "INSERT INTO erasure_receipt (client_id, record_kind, outcome, kept_until, legal_basis)"
    " VALUES (:client_id, :record_kind, :outcome, :kept_until, :legal_basis)"
    " ON CONFLICT (client_id, record_kind) DO UPDATE SET outcome = excluded.outcome,"
    " kept_until = excluded.kept_until, legal_basis = excluded.legal_basis"
)
_TAKE_ENDED = text(
    "SELECT client_id, record_kind FROM erasure_receipt WHERE kept_until < :today AND record_kind = ANY(:kinds)"
    " ORDER BY kept_until, client_id, record_kind LIMIT :limit FOR UPDATE SKIP LOCKED"
)


@dataclass(frozen=True, slots=True)
class Records:
    """One kind of record about a client; a line of a service's table of what is kept how long.

    Attributes:
        kind: What it is.
        delete: Statements that destroy it, given `:client_id`, and `:key` with the same as text. None for books that
            are never changed: what stands in them is destroyed with the book.
        retention: Policy row with the years it is kept by law or house rule; None where nothing keeps it.
        last_day: Query, given `:client_id` and `:today`, of the business date from which the years count; null
            or no row where there is nothing to keep.
    """

    kind: RecordKind
    delete: tuple[TextClause, ...] = ()
    retention: str | None = None
    last_day: TextClause | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one kind of record of a client.

    Attributes:
        client_id: The client.
        kind: The kind of record.
        outcome: Deleted or restricted.
        kept_until: Last day (Asia/Shanghai) of the restriction; None if deleted.
        legal_basis: The policy row that keeps it, as `<code>@<valid_from>`; None if deleted.
    """

    client_id: UUID
    kind: RecordKind
    outcome: Outcome
    kept_until: date | None = None
    legal_basis: str | None = None


#: Events about the client that wait to be replayed.
PARKED = Records(RecordKind.PARKED_EVENT, delete=parking.FORGET)

#: Tells somebody of receipts, in the transaction that made them.
Tell = Callable[[AsyncSession, Sequence[Receipt], datetime], Awaitable[None]]


async def erase(session: AsyncSession, client_id: UUID, records: Sequence[Records], *, on: date) -> list[Receipt]:
    """Mark a client erased for good, destroy or restrict every kind of record, and return what became of each.

    Args:
        session: The caller's transaction.
        client_id: The client; may be one this service never heard of.
        records: The service's table of records, in the order in which they are destroyed.
        on: Day of the erasure (Asia/Shanghai).

    Returns:
        A receipt per kind; empty if the client was erased before.
    """
    await guard.hold(session, client_id)
    marked = await session.execute(_MARK, {"client_id": client_id, "erased_on": on})
    if marked.scalar_one_or_none() is None:
        return []
    return [await _dispose(session, client_id, each, on=on) for each in records]


async def _dispose(session: AsyncSession, client_id: UUID, records: Records, *, on: date) -> Receipt:
    if records.retention is not None and records.last_day is not None:
        found = await session.execute(records.last_day, {"client_id": client_id, "today": on})
        last_day: date | None = found.scalar_one_or_none()
        row = await policy.row(session, records.retention, on=on)
        until = rules.kept_until(last_day, int(row.value)) if last_day else None
        if until is not None and until >= on:
            return await _keep(
                session, Receipt(client_id, records.kind, Outcome.RESTRICTED, kept_until=until, legal_basis=row.version)
            )
    return await _destroy(session, client_id, records)


async def _destroy(session: AsyncSession, client_id: UUID, records: Records) -> Receipt:
    for statement in records.delete:
        await session.execute(statement, {"client_id": client_id, "key": str(client_id)})
    return await _keep(session, Receipt(client_id, records.kind, Outcome.DELETED))


async def _keep(session: AsyncSession, receipt: Receipt) -> Receipt:
    row = {
        "client_id": receipt.client_id,
        "record_kind": receipt.kind.value,
        "outcome": receipt.outcome.value,
        "kept_until": receipt.kept_until,
        "legal_basis": receipt.legal_basis,
    }
    await session.execute(_KEEP, row)
    return receipt


def telling(event: type[ErasureAnswered]) -> Tell:
    """Return what tells client-profile of receipts: an event of the service's own type for each."""

    async def tell(session: AsyncSession, receipts: Sequence[Receipt], at: datetime) -> None:
        facts = [
            event(
                occurred_at=at,
                client_id=receipt.client_id,
                record_kind=receipt.kind,
                outcome=receipt.outcome,
                kept_until=receipt.kept_until,
                legal_basis=receipt.legal_basis,
            )
            for receipt in receipts
        ]
        await outbox.record_inserted(session, [(new_id(), fact.client_id, fact) for fact in facts])

    return tell


def answering(
    records: Sequence[Records], tell: Tell
) -> Callable[[AsyncSession, Received[ClientErased]], Awaitable[None]]:
    """Return the handler that erases a client by a service's table of records and tells of it, however often told."""

    async def answer(session: AsyncSession, received: Received[ClientErased]) -> None:
        event = received.event
        receipts = await erase(session, event.client_id, records, on=business_date(event.occurred_at))
        await tell(session, receipts, event.occurred_at)

    return answer


def ending(records: Sequence[Records], tell: Tell) -> Callable[[AsyncSession, datetime, int], Awaitable[int]]:
    """Return a timer function that destroys restricted records on the day after their last, and tells of it."""
    by_kind = {each.kind.value: each for each in records if each.delete}

    async def end(session: AsyncSession, now: datetime, limit: int) -> int:
        wanted = {"today": business_date(now), "kinds": list(by_kind), "limit": limit}
        ended = (await session.execute(_TAKE_ENDED, wanted)).all()
        await tell(session, [await _destroy(session, row.client_id, by_kind[row.record_kind]) for row in ended], now)
        return len(ended)

    return end
