"""Clients at risk of leaving (流失预警)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from complaints.reasons.rules import RiskLevel
from complaints.risk import service
from complaints.risk.rules import NotOverridden, OverrideTooLong
from complaints.risk.schemas import OverrideCreate, OverrideEnd, OverrideRead, Recompute, Recomputed, RiskRead, RiskWhy
from complaints.risk.tables import ClientRisk
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Clients at risk")


@routes.get("/risk")
async def list_at_risk(
    session: SessionDep,
    actor: ActorDep,
    page: PageDep,
    level: Annotated[RiskLevel | None, Query(description="Left out: medium and high.")] = None,
) -> Page[RiskRead]:
    """List the clients at risk that you reach, the highest score first."""
    statement = service.select_listed(actor, level)
    by = (ClientRisk.score, ClientRisk.id)
    found, cursor = await pages.fetch(session, statement, page, by=by, descending=True)
    return Page(items=[service.shown(row) for row in found], next_cursor=cursor)


@routes.get("/clients/{client_id}/risk", responses=problems.docs(NotFound, ClientIsErased))
async def explain_risk(client_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> RiskWhy:
    """Explain a client's at-risk level: reasons with facts and points, rule, since when, and what would clear it."""
    return await service.why(session, client_id, actor=actor, now=now)


@routes.post(
    "/clients/{client_id}/risk/override",
    status_code=201,
    responses=problems.docs(NotFound, ClientIsErased, OverrideTooLong),
)
async def override_risk(
    client_id: UUID, wanted: OverrideCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> OverrideRead:
    """Put your judgement of a client's level in place of the rule's until it expires; who did so and why is audited."""
    return OverrideRead.model_validate(await service.override(session, client_id, wanted, actor=actor, now=now))


@routes.post(
    "/clients/{client_id}/risk/end-override",
    status_code=204,
    responses=problems.docs(NotFound, ClientIsErased, NotOverridden),
)
async def end_override(client_id: UUID, wanted: OverrideEnd, session: SessionDep, actor: ActorDep, now: NowDep) -> None:
    """Take back the judgement that stands in place of the rule's: the rule's level holds again."""
    await service.end_override(session, client_id, reason=wanted.reason, actor=actor, now=now)


@routes.post("/risk/recompute")
async def recompute_risk(wanted: Recompute, session: SessionDep, now: NowDep) -> Recomputed:
    """Assess the next clients anew, e.g. after an import; call again with `after` of the answer until it is null."""
    return await service.recompute(session, wanted, now=now)
