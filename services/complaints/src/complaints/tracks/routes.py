"""Mediation (调解), arbitration (仲裁) and litigation (诉讼) beside the company's own procedure."""

from uuid import UUID

from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.handling.rules import NotTheHandler
from complaints.tracks import rules, service
from complaints.tracks.schemas import TrackCreate, TrackEnd, TrackRead
from complaints.tracks.tables import Track
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.post(
    "/complaints/{complaint_id}/tracks",
    status_code=201,
    responses=problems.docs(NotFound, CommandNotAllowed, NotTheHandler, DayOutOfRange, rules.TrackKnown),
)
async def begin_track(
    complaint_id: UUID, wanted: TrackCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> TrackRead:
    """Record a mediation, arbitration or lawsuit about the matter. The legal clock runs on beside it."""
    return TrackRead.model_validate(await service.begin(session, complaint_id, wanted, actor=actor, now=now))


@routes.post(
    "/complaints/{complaint_id}/tracks/{track_id}/end",
    responses=problems.docs(
        NotFound, CommandNotAllowed, NotTheHandler, DayOutOfRange, rules.TrackEnded, rules.OutcomeNotOfKind
    ),
)
async def end_track(
    complaint_id: UUID, track_id: UUID, wanted: TrackEnd, session: SessionDep, actor: ActorDep, now: NowDep
) -> TrackRead:
    """Record how a mediation, arbitration or lawsuit ended."""
    return TrackRead.model_validate(await service.end(session, complaint_id, track_id, wanted, actor=actor, now=now))


@routes.get("/complaints/{complaint_id}/tracks", responses=problems.docs(NotFound))
async def list_tracks(complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[TrackRead]:
    """List the mediations, arbitrations and lawsuits about the matter of a complaint, oldest first."""
    statement = await service.tracks(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Track.began_on, Track.id))
    return Page(items=[TrackRead.model_validate(track) for track in found], next_cursor=cursor)
