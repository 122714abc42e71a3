from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.evidence.rules import EvidenceKind, Provider
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class Evidence(Table, table=True):
    """A piece of evidence of a case, on paper or with a file; entries are added, never exchanged."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint(
            "num_nulls(file_id, sha256, size, media_type, filed_at, filed_by) IN (0, 6)"
            " AND (file_id IS NULL OR file_name IS NOT NULL)",
            name="filed",
        ),
        Index("evidence_complaint_id_added_at_idx", "complaint_id", "added_at", "id"),
        Index(
            "evidence_undated_idx", "complaint_id", postgresql_where=text("file_id IS NOT NULL AND kept_until IS NULL")
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    kind: EvidenceKind = coded(EvidenceKind)
    description: str
    provider: Provider = coded(Provider)
    received_on: date
    added_at: datetime = instant()
    added_by: str
    #: Where a paper, a thing or the original is kept.
    place: str | None = None
    #: Null for what has no file.
    file_name: str | None = None
    #: In `stored_file`; null until the file was sent.
    file_id: UUID | None = Field(default=None, unique=True)
    #: In hexadecimal.
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    filed_at: datetime | None = instant(default=None, nullable=True)
    filed_by: str | None = None
    #: Last day on which the file is kept; null while the case runs.
    kept_until: date | None = None
