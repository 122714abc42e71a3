"""What is kept of erased clients, for compliance and audit."""

from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse

from complaints.erasure import service
from complaints.erasure.schemas import ComplaintFiles, Disclose
from complaints.evidence.rules import EvidenceDestroyed, FileMissing
from shared.errors import NotFound
from shared.files.store import FileLost, StoreAway
from shared.http import problems
from shared.http.files import FILE, FilesDep, file_response
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Erased clients")


@routes.post("/clients/{client_id}/complaint-files", responses=problems.docs(NotFound))
async def disclose_complaint_files(
    client_id: UUID, wanted: Disclose, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ComplaintFiles:
    """Read the complaint files (投诉档案) kept of an erased client; who asked and why is kept in the audit trail."""
    response.headers["Cache-Control"] = "no-store"
    return await service.disclose(session, client_id, reason=wanted.reason, actor=actor, now=now)


@routes.post(
    "/clients/{client_id}/complaint-files/{evidence_id}/download",
    response_class=StreamingResponse,
    responses={**FILE, **problems.docs(NotFound, FileMissing, EvidenceDestroyed, FileLost, StoreAway)},
)
async def download_complaint_file(
    client_id: UUID,
    evidence_id: UUID,
    wanted: Disclose,
    session: SessionDep,
    files: FilesDep,
    actor: ActorDep,
    now: NowDep,
) -> StreamingResponse:
    """Read a file of the evidence kept of an erased client; who read it and why is kept in the audit trail."""
    name, stored, content = await service.disclose_evidence(
        session, files.store, client_id, evidence_id, reason=wanted.reason, actor=actor, now=now
    )
    return file_response(stored, content, name=name)
