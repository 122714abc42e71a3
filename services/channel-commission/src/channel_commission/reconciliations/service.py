import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.partner_files import rules as files
from channel_commission.partner_files.rules import Column, Row
from channel_commission.reconciliations import queries, rules
from channel_commission.reconciliations.rules import Finding, Found, Ours, Side
from channel_commission.reconciliations.schemas import FindingSum, ReconciliationRead
from channel_commission.reconciliations.tables import Reconciliation, ReconciliationFinding
from channel_commission.settlements import service as settlements
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.money import Money


async def compare_statement(
    session: AsyncSession,
    statement_id: UUID,
    content: bytes,
    headings: Mapping[Column, str],
    *,
    actor: Actor,
    now: datetime,
) -> Reconciliation:
    """Compare a partner's file with the lines of a statement; the same file again is the same reconciliation.

    Raises:
        NotFound: the caller reaches no such statement.
        FileUnreadable, HeadingMissing, CellInvalid, TotalDiffers: see `partner_files.rules.read`.
    """
    theirs = await asyncio.to_thread(files.read, content, headings)
    statement = await settlements.get(session, statement_id, actor=actor)
    entries = accruals.select_lines(
        actor,
        channel_id=statement.channel_id,
        run=statement.run,
        months=statement.months,
        bearer=statement.bearer,
        product_id=statement.product_id,
    )
    ours = [
        Ours(row.id, row.confirmation_number, row.business_date, str(row.product_id), row.base_fen, row.amount_fen)
        for row in await queries.lines(session, entries)
    ]
    given = _Given(content, headings, theirs, {"side": Side.PARTNER, "statement_id": statement.id})
    return await _compare(session, ours, given, actor=actor, now=now)


async def compare_payments(
    session: AsyncSession, month: str, content: bytes, headings: Mapping[Column, str], *, actor: Actor, now: datetime
) -> Reconciliation:
    """Compare a bank's file with the payments of a month; a payment recorded since makes it another reconciliation.

    Raises:
        FileUnreadable, HeadingMissing, CellInvalid, TotalDiffers: see `partner_files.rules.read`.
    """
    theirs = await asyncio.to_thread(files.read, content, headings)
    paid = await queries.payments(session, month)
    ours = [Ours(row.id, row.payment_reference, row.paid_on, "", 0, row.fen) for row in paid]
    given = _Given(content, headings, theirs, {"side": Side.BANK, "paid_in": month})
    return await _compare(session, ours, given, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class _Given:
    content: bytes
    headings: Mapping[Column, str]
    rows: Sequence[Row]
    about: Mapping[str, Any]


async def _compare(
    session: AsyncSession, ours: Sequence[Ours], given: _Given, *, actor: Actor, now: datetime
) -> Reconciliation:
    tolerance = (await policy.row(session, "reconciliation.tolerance_fen", on=business_date(now))).value
    found = rules.compare(ours, given.rows, tolerance_fen=tolerance)
    file_sha256 = hashlib.sha256(given.content).hexdigest()
    told = [given.about, file_sha256, given.headings, [asdict(one) for one in ours], tolerance]
    inputs_sha256 = hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()
    earlier = await queries.lock_inputs(session, inputs_sha256)
    if earlier is not None:
        return earlier
    made = Reconciliation(
        **given.about,
        inputs_sha256=inputs_sha256,
        file_sha256=file_sha256,
        rows=len(given.rows),
        our_fen=sum(one.amount_fen for one in ours),
        their_fen=sum(row.amount_fen for row in given.rows),
        compared_by=actor.id,
        compared_at=now,
    )
    session.add(made)
    await session.flush()
    session.add_all(_row(made.id, place, one) for place, one in enumerate(found, start=1))
    facts = {"rows": made.rows, "our_fen": made.our_fen, "their_fen": made.their_fen, "file_sha256": file_sha256}
    await trail.record(session, "reconciliation.compared", kind="reconciliation", id=made.id, facts=facts)
    await session.flush()
    return made


def _row(reconciliation_id: UUID, place: int, one: Found) -> ReconciliationFinding:
    return ReconciliationFinding(
        reconciliation_id=reconciliation_id,
        place=place,
        finding=one.finding,
        number=one.number,
        our_fen=one.our_fen,
        their_fen=one.their_fen,
        ours=list(one.ours),
        theirs=list(one.theirs),
    )


async def read(session: AsyncSession, found: Sequence[Reconciliation]) -> list[ReconciliationRead]:
    """Return reconciliations with their findings summed up by class."""
    sums: dict[UUID, list[FindingSum]] = {}
    for row in await queries.by_finding(session, [one.id for one in found]):
        finding = Finding(row.finding)
        sums.setdefault(row.reconciliation_id, []).append(
            FindingSum(
                finding=finding,
                finding_zh=finding.zh,
                findings=row.findings,
                unresolved=row.unresolved,
                difference=Money.from_fen(row.difference_fen),
            )
        )
    return [
        ReconciliationRead(
            **one.model_dump(exclude={"inputs_sha256", "our_fen", "their_fen"}),
            our_total=Money.from_fen(one.our_fen),
            their_total=Money.from_fen(one.their_fen),
            difference=Money.from_fen(one.our_fen - one.their_fen),
            by_finding=sums.get(one.id, []),
        )
        for one in found
    ]


async def resolve(
    session: AsyncSession, reconciliation_id: UUID, place: int, reason: str, *, actor: Actor, now: datetime
) -> ReconciliationFinding:
    """Record what a difference comes from; what is owed is changed by commands of its own, never by this.

    Raises:
        NotFound: there is no such finding.
        NothingToResolve: it has no difference, or is resolved.
    """
    found = await queries.lock_finding(session, reconciliation_id, place)
    rules.require_open(found.our_fen - found.their_fen, found.finding, is_resolved=found.reason is not None)
    found.resolved_by, found.resolved_at, found.reason = actor.id, now, reason
    facts = {"place": place, "finding": found.finding.value, "difference_fen": found.our_fen - found.their_fen}
    await trail.record(
        session, "reconciliation.resolved", kind="reconciliation", id=reconciliation_id, reason=reason, facts=facts
    )
    return found
