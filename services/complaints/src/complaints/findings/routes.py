"""What an inspection finds case by case, how it is put right, and the report of all of it."""

from uuid import UUID

from fastapi import Response

from complaints.findings import rules, service
from complaints.findings.schemas import Examination, ExaminationRead, InspectionCompletion, InspectionReport
from complaints.improvement import service as improvement
from complaints.improvement.rules import ActionOwnerUnfit, DueDateInvalid
from complaints.improvement.schemas import ActionCreate, ActionRead
from complaints.inspections import service as inspections
from complaints.inspections.rules import InspectionCommandNotAllowed
from complaints.inspections.schemas import InspectionRead
from shared.erasure.rules import ClientIsErased
from shared.errors import NotFound, NotYetKnown
from shared.http import problems
from shared.http.preconditions import set_etag
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Inspections")


@routes.post(
    "/inspections/{inspection_id}/cases/{complaint_id}/examine",
    responses=problems.docs(
        NotFound,
        InspectionCommandNotAllowed,
        rules.NotAnInspector,
        rules.CaseExamined,
        rules.InspectorNotIndependent,
        ClientIsErased,
    ),
)
async def examine_case(
    inspection_id: UUID, complaint_id: UUID, wanted: Examination, session: SessionDep, actor: ActorDep, now: NowDep
) -> ExaminationRead:
    """Record what you found in a case of the sample, or that you found nothing; once, as an inspector of the plan."""
    return await service.examine(session, inspection_id, complaint_id, wanted, actor=actor, now=now)


@routes.post(
    "/inspections/{inspection_id}/findings/{finding_id}/improvement-actions",
    status_code=201,
    responses=problems.docs(NotFound, InspectionCommandNotAllowed, NotYetKnown, ActionOwnerUnfit, DueDateInvalid),
)
async def rectify_finding(
    inspection_id: UUID,
    finding_id: UUID,
    wanted: ActionCreate,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> ActionRead:
    """Have a finding put right by an owner until a day; somebody else checks it again once it is done."""
    action = await service.rectify(session, inspection_id, finding_id, wanted, actor=actor, now=now)
    set_etag(response, action.version)
    return improvement.shown(action, now=now)


@routes.post(
    "/inspections/{inspection_id}/complete",
    responses=problems.docs(NotFound, InspectionCommandNotAllowed, rules.CasesNotExamined, rules.NothingLeftOut),
)
async def complete_inspection(
    inspection_id: UUID, wanted: InspectionCompletion, session: SessionDep, now: NowDep, response: Response
) -> InspectionRead:
    """End the examination with its conclusion, every case examined, or with a word why not."""
    inspection = await service.complete(session, inspection_id, wanted, now=now)
    set_etag(response, inspection.version)
    return inspections.shown(inspection)


@routes.post(
    "/inspections/{inspection_id}/close",
    responses=problems.docs(NotFound, InspectionCommandNotAllowed, rules.FindingsNotPutRight),
)
async def close_inspection(inspection_id: UUID, session: SessionDep, now: NowDep, response: Response) -> InspectionRead:
    """Close an inspection: every serious finding has an action that had an effect, and no action waits."""
    inspection = await service.close(session, inspection_id, now=now)
    set_etag(response, inspection.version)
    return inspections.shown(inspection)


@routes.get("/inspections/{inspection_id}/report", responses=problems.docs(NotFound))
async def read_inspection_report(
    inspection_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep
) -> InspectionReport:
    """Read all of an inspection: plan, strata, what was examined and found, and how it is being put right."""
    return await service.report(session, inspection_id, actor=actor, now=now)
