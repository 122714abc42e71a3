from datetime import date
from uuid import UUID

from complaints.tracks.rules import TrackKind, TrackOutcome
from shared.http.bodies import Body, Day, LongText, Read, ShortText


class TrackCreate(Body):
    kind: TrackKind
    #: Before whom: mediation center, arbitration commission, court.
    body: ShortText
    #: How they call it (案号), once known.
    reference: ShortText | None = None
    began_on: Day


class TrackEnd(Body):
    ended_on: Day
    outcome: TrackOutcome
    #: What was agreed, awarded or judged.
    result: LongText
    #: Where it was not known at the beginning.
    reference: ShortText | None = None


class TrackRead(Read):
    id: UUID
    complaint_id: UUID
    kind: TrackKind
    body: str
    reference: str | None
    began_on: date
    ended_on: date | None
    outcome: TrackOutcome | None
    result: str | None
    recorded_by: UUID
