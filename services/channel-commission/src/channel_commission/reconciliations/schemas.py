from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from channel_commission.reconciliations.rules import Finding, Side
from shared.http.bodies import Body, Read, RowRead, Text
from shared.money import Money


class Resolution(Body):
    reason: Annotated[Text, Field(description="What the difference comes from, and what is done about it.")]


class FindingSum(Read):
    finding: Finding
    finding_zh: str
    findings: int
    unresolved: Annotated[int, Field(description="With a difference, or lines of one side only, and no reason yet.")]
    difference: Annotated[Money, Field(description="Our amounts less theirs.")]


class ReconciliationRead(Read):
    """our_total - their_total = difference = sum of the differences by finding."""

    id: UUID
    side: Side
    statement_id: UUID | None
    paid_in: str | None
    rows: int
    our_total: Money
    their_total: Money
    difference: Money
    file_sha256: str
    compared_by: UUID
    compared_at: datetime
    by_finding: list[FindingSum]


class FindingRead(RowRead):
    place: int
    finding: Finding
    finding_zh: str
    number: str
    our_amount: Money
    their_amount: Money
    difference: Money
    ours: Annotated[list[UUID], Field(description="Accruals, or settlements where payments are compared.")]
    theirs: Annotated[list[int], Field(description="Rows of the file.")]
    resolved_by: UUID | None
    resolved_at: datetime | None
    reason: str | None

    @classmethod
    def _beside(cls, row: Any) -> dict[str, Any]:
        return {
            "our_amount": Money.from_fen(row.our_fen),
            "their_amount": Money.from_fen(row.their_fen),
            "difference": Money.from_fen(row.our_fen - row.their_fen),
        }
