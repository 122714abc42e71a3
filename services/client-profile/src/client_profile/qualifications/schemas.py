from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from client_profile.qualifications.rules import QualificationBasis, QualificationStatus
from shared.http.bodies import Body, Day, Read, Text
from shared.money import Money, PositiveMoney

#: Number of a document or recording in the archive of whoever keeps it.
Reference = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]


class QualificationCreate(Body):
    basis: QualificationBasis
    amount: PositiveMoney | None = Field(
        default=None, description="What the proof shows; not for bases without a test."
    )
    experience_years: int = Field(ge=0, le=80, description="Full years of investment experience.")
    proof_on: Day = Field(description="Date of the proof; it counts for twelve months.")
    proof_reference: Reference = Field(examples=["ZM-2026-00817"])


class QualificationReject(Body):
    reason: Text


class QualificationRead(Read):
    id: UUID
    client_id: UUID
    basis: QualificationBasis
    status: QualificationStatus
    amount: Money | None
    experience_years: int
    proof_on: date
    proof_reference: str
    valid_until: date
    rule_version: str
    submitted_by: str
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class QualificationWhy(Read):
    """The proof that counts and what its test needs."""

    qualification: QualificationRead
    needed_amount: Money | None
    needed_years: int
