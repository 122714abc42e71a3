"""Who takes part in a complaint: the complainant, agents, heirs, representatives of many."""

from uuid import UUID

from complaints.cases.rules import CommandNotAllowed
from complaints.representatives import rules, service
from complaints.representatives.schemas import PartyEnd, People, RepresentativeAdd
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Complaint parties")


@routes.get("/complaints/{complaint_id}/people", responses=problems.docs(NotFound, ClientIsErased))
async def read_people(complaint_id: UUID, session: SessionDep, actor: ActorDep) -> People:
    """Read who takes part, with what the company knows of the complainant already: nobody is asked for it again."""
    return await service.people(session, complaint_id, actor=actor)


@routes.post(
    "/complaints/{complaint_id}/representatives",
    status_code=201,
    responses=problems.docs(
        NotFound,
        CommandNotAllowed,
        rules.TooManyRepresentatives,
        rules.PersonsTooFew,
        rules.PersonUnclear,
        ClientIsErased,
    ),
)
async def add_representative(
    complaint_id: UUID,
    wanted: RepresentativeAdd,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    data_key: DataKeyDep,
) -> People:
    """Add a representative of those who complain together; at most five speak for all (代表人不超过五名)."""
    return await service.add(session, complaint_id, wanted, actor=actor, now=now, data_key=data_key)


@routes.post(
    "/complaints/{complaint_id}/parties/{party_id}/end",
    responses=problems.docs(NotFound, CommandNotAllowed, rules.PartyHasEnded),
)
async def end_party(
    complaint_id: UUID, party_id: UUID, wanted: PartyEnd, session: SessionDep, actor: ActorDep, now: NowDep
) -> People:
    """Record that somebody speaks no more: an authority was revoked, or a representative is replaced."""
    return await service.end(session, complaint_id, party_id, wanted, actor=actor, now=now)
