"""Evidence of a complaint (证据清单): entries, their files, and who read them."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse

from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.evidence import rules, service
from complaints.evidence.schemas import EvidenceCreate, EvidenceRead, Reading
from complaints.evidence.tables import Evidence
from shared.errors import NotFound
from shared.files.archives import FileRefused
from shared.files.keeping import UploadUnclaimed
from shared.files.kinds import NotAsNamed
from shared.files.receiving import FileEmpty, FileTooLarge, UploadsBusy
from shared.files.store import FileLost, StoreAway
from shared.http import pages, problems
from shared.http.files import FILE, UPLOAD, FilesDep, file_response
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint evidence")

_UPLOAD_ERRORS = (FileEmpty, FileRefused, NotAsNamed, FileTooLarge, UploadUnclaimed, UploadsBusy, StoreAway)


@routes.post(
    "/complaints/{complaint_id}/evidence",
    status_code=201,
    responses=problems.docs(NotFound, CommandNotAllowed, DayOutOfRange, rules.KindNotEntered, rules.FileNameUnfit),
)
async def add_evidence(
    complaint_id: UUID, wanted: EvidenceCreate, session: SessionDep, actor: ActorDep, now: NowDep
) -> EvidenceRead:
    """Enter a piece of evidence: what it is, from whom, since when. Its file, if it has one, is sent next."""
    return EvidenceRead.model_validate(await service.add(session, complaint_id, wanted, actor=actor, now=now))


@routes.put(
    "/complaints/{complaint_id}/evidence/{evidence_id}/file",
    openapi_extra=UPLOAD,
    responses=problems.docs(NotFound, CommandNotAllowed, rules.NoFileExpected, rules.FileAlreadyThere, *_UPLOAD_ERRORS),
)
async def send_evidence_file(
    complaint_id: UUID,
    evidence_id: UUID,
    request: Request,
    session: SessionDep,
    files: FilesDep,
    actor: ActorDep,
    now: NowDep,
) -> EvidenceRead:
    """Send the file of an entry as the plain body, up to 100 MiB; the same file again changes nothing.

    What it is told by its content and has to agree with the entry's `file_name`.
    """
    name = await service.expected_name(session, complaint_id, evidence_id, actor=actor)
    stored = await files.receive(session, request.stream(), name=name)
    evidence = await service.file(session, complaint_id, evidence_id, stored, actor=actor, now=now)
    return EvidenceRead.model_validate(evidence)


@routes.get("/complaints/{complaint_id}/evidence", responses=problems.docs(NotFound))
async def list_evidence(complaint_id: UUID, session: SessionDep, actor: ActorDep, page: PageDep) -> Page[EvidenceRead]:
    """List the evidence of a complaint, oldest first."""
    statement = await service.listed(session, complaint_id, actor=actor)
    found, cursor = await pages.fetch(session, statement, page, by=(Evidence.added_at, Evidence.id))
    return Page(items=[EvidenceRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/complaints/{complaint_id}/evidence/{evidence_id}/download",
    response_class=StreamingResponse,
    responses={
        **FILE,
        **problems.docs(NotFound, rules.FileMissing, rules.EvidenceDestroyed, FileLost, StoreAway),
    },
)
async def download_evidence(
    complaint_id: UUID,
    evidence_id: UUID,
    wanted: Reading,
    session: SessionDep,
    files: FilesDep,
    actor: ActorDep,
    now: NowDep,
) -> StreamingResponse:
    """Read the file of an entry; who read it and why is kept in the audit trail."""
    name, stored, content = await service.read(
        session, files.store, complaint_id, evidence_id, reason=wanted.reason, actor=actor, now=now
    )
    return file_response(stored, content, name=name)
