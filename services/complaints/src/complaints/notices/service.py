import io
from collections.abc import AsyncIterator
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Status
from complaints.cases.tables import Complaint
from complaints.evidence import service as evidence
from complaints.evidence.rules import EvidenceKind
from complaints.notices import rules
from complaints.notices.rules import Decision
from complaints.parties import rules as party_rules
from complaints.parties import service as parties
from shared import documents, policy
from shared.clock import business_date, start_of_day
from shared.documents import CharacterMissing
from shared.files.keeping import StoredFile
from shared.files.kinds import Kind
from shared.files.store import Store, pieces
from shared.http.callers import Actor
from shared.ids import new_id

_TEMPLATE: Final = Path(__file__).parents[1] / "static" / "decision_notice.typ"
#: More characters than this that no font has are no text any more.
_MISSING_AT_MOST: Final = 50


async def keep(session: AsyncSession, complaint: Complaint, *, actor: Actor, now: datetime) -> None:
    """Keep the notice of a decision as it is told today, among the evidence of its case, with its hash.

    Args:
        session: The transaction that informs.
        complaint: A decided case, locked.
        actor: Who informs.
        now: The present instant (UTC).
    """
    content = await _render(session, complaint, now=now)
    await evidence.keep_document(
        session,
        complaint,
        kind=EvidenceKind.DECISION_NOTICE,
        name=_name(complaint),
        content=content,
        actor=actor,
        now=now,
    )


async def read(
    session: AsyncSession, store: Store, complaint_id: UUID, *, actor: Actor, now: datetime
) -> tuple[str, StoredFile, AsyncIterator[bytes]]:
    """Return name and content of a notice: the one that was given, or for staff what would be given now.

    Raises:
        NotFound: there is no such case in reach.
        NoticeNotYet: no decision is on record, or the complainant was not told of it.
        FileLost, StoreAway, EvidenceDestroyed: see `evidence.disclose`.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    given_id = await evidence.find_document(session, complaint.id, EvidenceKind.DECISION_NOTICE)
    if given_id is not None:
        return await evidence.disclose(session, store, complaint.id, given_id, reason=None, now=now)
    if actor.kind != "staff":
        raise rules.NoticeNotYet("The decision has not been told yet.")
    rules.require_preview(complaint.status)
    content = await _render(session, complaint, now=now)
    preview = StoredFile(new_id(), sha256(content).digest(), len(content), Kind.PDF.value)
    return _name(complaint), preview, pieces(io.BytesIO(content))


async def _render(session: AsyncSession, complaint: Complaint, *, now: datetime) -> bytes:
    decided_on = complaint.decided_on or business_date(now)
    data = rules.document(await _decision(session, complaint, decided_on), await _policy(session, decided_on))
    return await _shown(data, at=start_of_day(decided_on))


async def _decision(session: AsyncSession, complaint: Complaint, decided_on: date) -> Decision:
    contact = await parties.find_complainant(session, complaint.id)
    branches = await policy.row(session, party_rules.BRANCHES, on=decided_on)
    between = party_rules.offices(await parties.units_of(session, complaint.handler_id), branches.value)
    return Decision(
        number=complaint.number,
        received_on=complaint.received_on,
        decided_on=decided_on,
        source=complaint.source,
        reason=complaint.reason,
        demand=complaint.demand,
        name=contact.masked_name if contact else None,
        findings=complaint.decision or "",
        is_upheld=bool(complaint.is_upheld),
        basis=complaint.basis or "",
        remark=complaint.remedies,
        has_superior=between.superior_id is not None,
        is_draft=complaint.status is Status.PROPOSED,
    )


async def _policy(session: AsyncSession, day: date) -> dict[str, Any]:
    rows = await policy.rows(session, [rules.HOUSE, rules.CONTACT, rules.REMEDIES, rules.REVIEW_DAYS], on=day)
    return {code: row.value for code, row in rows.items()}


async def _shown(data: dict[str, Any], *, at: datetime) -> bytes:
    """Return the document; a character that no font has is set as 〓 and never keeps a decision from being told."""
    for _ in range(_MISSING_AT_MOST):
        try:
            return await documents.render(_TEMPLATE, data, at=at)
        except CharacterMissing as missing:
            data = _without(data, str(missing.facts["characters"])) | {"has_geta": True}
    return await documents.render(_TEMPLATE, data, at=at)


def _without(value: Any, characters: str) -> Any:
    if isinstance(value, str):
        return value.translate(dict.fromkeys(map(ord, characters), rules.GETA))
    if isinstance(value, dict):
        return {name: _without(inner, characters) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, characters) for inner in value]
    return value


def _name(complaint: Complaint) -> str:
    return f"投诉处理决定告知书-{complaint.number}.pdf"
