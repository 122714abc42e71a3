"""What is kept of erased clients, for compliance and audit."""

from uuid import UUID

from fastapi import Response

from channel_commission.accruals.schemas import AccrualRead
from channel_commission.erasure import service
from channel_commission.erasure.schemas import CommissionRecords, Disclose
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import SessionDep, router

routes = router("Erased clients")


@routes.post("/clients/{client_id}/commission-records", responses=problems.docs(NotFound))
async def disclose_commission_records(
    client_id: UUID, wanted: Disclose, session: SessionDep, response: Response
) -> CommissionRecords:
    """Read the fee entries (计提明细) kept of an erased client; who asked and why is kept in the audit trail."""
    response.headers["Cache-Control"] = "no-store"
    entries = await service.disclose(session, client_id, reason=wanted.reason)
    return CommissionRecords(items=[AccrualRead.model_validate(entry) for entry in entries])
