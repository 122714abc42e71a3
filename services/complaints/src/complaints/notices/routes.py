"""The decision notice of a complaint (投诉处理决定告知书) as a document."""

from uuid import UUID

from fastapi.responses import StreamingResponse

from complaints.evidence.rules import EvidenceDestroyed
from complaints.notices import rules, service
from shared.errors import NotFound
from shared.files.store import FileLost, StoreAway
from shared.http import problems
from shared.http.files import FILE, FilesDep, file_response
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.get(
    "/complaints/{complaint_id}/decision-notice",
    response_class=StreamingResponse,
    responses={**FILE, **problems.docs(NotFound, rules.NoticeNotYet, EvidenceDestroyed, FileLost, StoreAway)},
)
async def read_decision_notice(
    complaint_id: UUID, session: SessionDep, files: FilesDep, actor: ActorDep, now: NowDep
) -> StreamingResponse:
    """Read the decision notice as PDF: the one that was given, or for staff what would be given now.

    It is kept with its hash when the complainant is informed; the trail tells who read it. Before approval it is
    marked as a draft.
    """
    name, stored, content = await service.read(session, files.store, complaint_id, actor=actor, now=now)
    return file_response(stored, content, name=name)
