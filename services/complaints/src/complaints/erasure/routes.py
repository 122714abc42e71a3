"""What is kept of erased clients, for compliance and audit."""

from uuid import UUID

from fastapi import Response

from complaints.erasure import service
from complaints.erasure.schemas import ComplaintFiles, Disclose
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Erased clients")


@routes.post("/clients/{client_id}/complaint-files", responses=problems.docs(NotFound))
async def disclose_complaint_files(
    client_id: UUID, wanted: Disclose, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintFiles:
    """Read the complaint files (投诉档案) kept of an erased client; who asked and why is kept in the audit trail."""
    response.headers["Cache-Control"] = "no-store"
    files = await service.disclose(session, client_id, reason=wanted.reason, actor=actor, now=now)
    return ComplaintFiles(items=files)
