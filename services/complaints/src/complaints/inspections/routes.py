"""Inspections (监督检查) of handled complaints: the plan, and a sample that nobody chooses."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from complaints.inspections import rules, service
from complaints.inspections.rules import InspectionStatus
from complaints.inspections.schemas import (
    InspectionCancel,
    InspectionDetail,
    InspectionPlan,
    InspectionRead,
    SampledCaseRead,
)
from complaints.inspections.tables import Inspection, SampledCase
from shared.errors import NotFound, NotYetKnown
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Inspections")


@routes.post(
    "/inspections",
    status_code=201,
    responses=problems.docs(rules.InspectionPeriodInvalid, rules.InspectorTwice, rules.InspectorUnfit, NotYetKnown),
)
async def plan_inspection(
    wanted: InspectionPlan, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> InspectionRead:
    """Plan an inspection: scope, period, strata, size of the sample, and who inspects (nobody their own unit)."""
    inspection = await service.plan(session, wanted, actor=actor, now=now)
    set_etag(response, inspection.version)
    return service.shown(inspection)


@routes.get("/inspections")
async def list_inspections(
    session: SessionDep, page: PageDep, status: Annotated[InspectionStatus | None, Query()] = None
) -> Page[InspectionRead]:
    """List inspections, newest first."""
    by = (Inspection.planned_at, Inspection.id)
    found, cursor = await pages.fetch(session, service.select_inspections(status), page, by=by, descending=True)
    return Page(items=[service.shown(one) for one in found], next_cursor=cursor)


@routes.get("/inspections/{inspection_id}", responses=problems.docs(NotFound))
async def read_inspection(inspection_id: UUID, session: SessionDep, response: Response) -> InspectionDetail:
    """Read an inspection with those who inspect. `allowed` names the commands that its state takes now."""
    read = await service.detail(session, inspection_id)
    set_etag(response, read.version)
    return read


@routes.post(
    "/inspections/{inspection_id}/draw-sample",
    responses=problems.docs(NotFound, rules.InspectionCommandNotAllowed, rules.NothingToInspect),
)
async def draw_sample(inspection_id: UUID, session: SessionDep, now: NowDep, response: Response) -> InspectionRead:
    """Draw the sample: of each stratum the cases with the smallest SHA-256 of `<seed>:<case id>`, in proportion.

    The sample is kept; whoever has the seed and the cases of that moment finds the same.
    """
    inspection = await service.draw(session, inspection_id, now=now)
    set_etag(response, inspection.version)
    return service.shown(inspection)


@routes.get("/inspections/{inspection_id}/cases", responses=problems.docs(NotFound))
async def list_sampled_cases(inspection_id: UUID, session: SessionDep, page: PageDep) -> Page[SampledCaseRead]:
    """List the cases of the sample, each with its place by the seed and whether it was examined."""
    statement = await service.select_sample(session, inspection_id)
    found, cursor = await pages.fetch(session, statement, page, by=(SampledCase.complaint_id,))
    return Page(items=[SampledCaseRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/inspections/{inspection_id}/cancel", responses=problems.docs(NotFound, rules.InspectionCommandNotAllowed)
)
async def cancel_inspection(
    inspection_id: UUID, wanted: InspectionCancel, session: SessionDep, response: Response
) -> InspectionRead:
    """End an inspection before its sample is drawn; a drawn one is carried out."""
    inspection = await service.cancel(session, inspection_id, reason=wanted.reason)
    set_etag(response, inspection.version)
    return service.shown(inspection)
