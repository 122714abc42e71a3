from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from complaints.evidence.rules import EvidenceKind, Provider
from shared.http.bodies import PRINTABLE, Body, Day, Read, ShortText, Text


class EvidenceCreate(Body):
    kind: EvidenceKind
    #: What it is and what it shows.
    description: Text
    provider: Provider
    #: Day on which the company got hold of it for this case.
    received_on: Day
    #: Where a paper, a thing or the original is kept.
    place: ShortText | None = None
    #: Name of the file that is sent next, with its ending (.pdf, .jpg, .png, .docx, .xlsx, .mp3, .wav, .m4a, .mp4,
    #: .txt); left out where there is none.
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=PRINTABLE)] | None = None


class Reading(Body):
    #: Why you read it; kept in the audit trail.
    reason: Text


class EvidenceRead(Read):
    id: UUID
    complaint_id: UUID
    kind: EvidenceKind
    description: str
    provider: Provider
    received_on: date
    place: str | None
    added_at: datetime
    added_by: str
    file_name: str | None
    #: SHA-256 of the file, in hexadecimal; null until it was sent.
    sha256: str | None
    #: In bytes.
    size: int | None
    #: What the file is by its content.
    media_type: str | None
    filed_at: datetime | None
    filed_by: str | None
    #: Last day (Asia/Shanghai) on which the file is kept; null while the case runs.
    kept_until: date | None
