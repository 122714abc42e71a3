from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, require_day
from complaints.cases.tables import Complaint
from complaints.handling import rules as handling
from complaints.intake.rules import FIRST_DAY
from complaints.tracks import queries, rules
from complaints.tracks.schemas import TrackCreate, TrackEnd
from complaints.tracks.tables import Track
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def begin(
    session: AsyncSession, complaint_id: UUID, wanted: TrackCreate, *, actor: Actor, now: datetime
) -> Track:
    """Record that the matter of a case went to mediation, arbitration or court; the legal clock runs on.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case was withdrawn.
        NotTheHandler: the caller neither handles the case nor supervises.
        DayOutOfRange: before the measures were in force or in the future.
        TrackKnown: the same one is under way.
    """
    complaint = await _take(session, complaint_id, actor)
    require_day(wanted.began_on, first=FIRST_DAY, today=business_date(now), pointer="/began_on")
    if await queries.is_under_way(session, complaint.id, wanted.kind, wanted.body, wanted.reference):
        raise rules.TrackKnown("This track is on record and under way.")
    track = Track(complaint_id=complaint.id, **wanted.model_dump(), recorded_by=actor.id)
    session.add(track)
    await cases.raise_version(session, complaint)
    facts = {"track_id": track.id, "kind": track.kind}
    await trail.record(session, "complaint.track_begun", kind="complaint", id=complaint.id, facts=facts)
    return track


async def end(
    session: AsyncSession, complaint_id: UUID, track_id: UUID, wanted: TrackEnd, *, actor: Actor, now: datetime
) -> Track:
    """Record how a mediation, arbitration or lawsuit ended.

    Raises:
        NotFound: there is no such case in reach, or no such track of it.
        CommandNotAllowed: the case was withdrawn.
        NotTheHandler: the caller neither handles the case nor supervises.
        TrackEnded: it has ended.
        OutcomeNotOfKind: this way does not end so.
        DayOutOfRange: before it began or in the future.
    """
    complaint = await _take(session, complaint_id, actor)
    track = await queries.get_track(session, complaint.id, track_id)
    if track.ended_on is not None:
        raise rules.TrackEnded("This track has ended.", ended_on=track.ended_on.isoformat())
    rules.require_outcome(track.kind, wanted.outcome)
    require_day(wanted.ended_on, first=track.began_on, today=business_date(now), pointer="/ended_on")
    track.ended_on, track.outcome, track.result = wanted.ended_on, wanted.outcome, wanted.result
    track.reference = wanted.reference or track.reference
    await cases.raise_version(session, complaint)
    facts = {"track_id": track.id, "outcome": track.outcome}
    await trail.record(session, "complaint.track_ended", kind="complaint", id=complaint.id, facts=facts)
    return track


async def tracks(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[Track]:
    """Return the select of the tracks of a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_tracks(complaint.id)


async def _take(session: AsyncSession, complaint_id: UUID, actor: Actor) -> Complaint:
    complaint = await cases.take(session, complaint_id, Command.TRACK, actor=actor)
    handling.require_handler(actor.id, actor.roles, complaint.handler_id, or_supervisor=True)
    return complaint
