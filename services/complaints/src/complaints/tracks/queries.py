from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.tracks.tables import Track
from shared.errors import NotFound


async def is_under_way(session: AsyncSession, complaint_id: UUID, kind: str, body: str, reference: str | None) -> bool:
    same = select(col(Track.id)).where(
        col(Track.complaint_id) == complaint_id,
        col(Track.kind) == kind,
        col(Track.body) == body,
        col(Track.reference).is_not_distinct_from(reference),
        col(Track.ended_on).is_(None),
    )
    return (await session.execute(same.limit(1))).first() is not None


async def get_track(session: AsyncSession, complaint_id: UUID, track_id: UUID) -> Track:
    track = await session.get(Track, track_id)
    if track is None or track.complaint_id != complaint_id:
        raise NotFound("No track of this complaint has this id.")
    return track


def select_tracks(complaint_id: UUID) -> Select[Track]:
    return select(Track).where(col(Track.complaint_id) == complaint_id)
