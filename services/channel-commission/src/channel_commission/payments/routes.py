"""Payments: files for the bank, and what becomes of each payment."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from channel_commission.bank_references.rules import PaidOnOutOfRange, PaymentUsedBefore
from channel_commission.payee_accounts.rules import NoPayeeAccount
from channel_commission.payments import queries, rules, service
from channel_commission.payments.rules import AttemptStatus, FileStatus
from channel_commission.payments.schemas import AttemptRead, BankAnswer, FileCancel, FilePrepare, FileRead, FileRelease
from channel_commission.payments.tables import PaymentAttempt, PaymentFile
from channel_commission.settlements import rules as settlements
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import ActorDep, DataKeyDep, NowDep, SessionDep, router

routes = router("Payments")


@routes.post(
    "/payment-files",
    status_code=201,
    responses=problems.docs(
        rules.StatementTwice,
        rules.StatementUnknown,
        settlements.CommandNotAllowed,
        settlements.NothingPayable,
        NoPayeeAccount,
    ),
)
async def prepare_payment_file(wanted: FilePrepare, session: SessionDep, actor: ActorDep, now: NowDep) -> FileRead:
    """Put approved payments into a file for the bank (付款文件), each to the account payable today; all or none."""
    return FileRead.model_validate(await service.prepare(session, wanted.statement_ids, actor=actor, now=now))


@routes.get("/payment-files")
async def list_payment_files(
    session: SessionDep, page: PageDep, status: Annotated[FileStatus | None, Query()] = None
) -> Page[FileRead]:
    """List payment files, the oldest first."""
    found, cursor = await pages.fetch(session, queries.select_files(status), page, by=(PaymentFile.id,))
    return Page(items=[FileRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.get("/payment-files/{file_id}", responses=problems.docs(NotFound))
async def read_payment_file(file_id: UUID, session: SessionDep) -> FileRead:
    """Read what a payment file is over, with its digest."""
    return FileRead.model_validate(await queries.get_file(session, file_id))


@routes.get(
    "/payment-files/{file_id}/content",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems.docs(NotFound, rules.FileStatusForbids)},
)
async def read_payment_file_content(file_id: UUID, session: SessionDep, data_key: DataKeyDep) -> Response:
    """Hand out a released file with account numbers in clear, which is audited; each time the same bytes.

    CSV in UTF-8: header `H`, details `D`, trailer `T`.
    """
    number, content = await service.read_content(session, file_id, data_key=data_key)
    headers = {"Content-Disposition": f'attachment; filename="{number}.csv"', "Cache-Control": "no-store"}
    return Response(content.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@routes.post(
    "/payment-files/{file_id}/release",
    responses=problems.docs(
        NotFound,
        rules.FileStatusForbids,
        rules.FileDigestDiffers,
        SecondPersonNeeded,
        rules.PayeeAccountChanged,
        NoPayeeAccount,
    ),
)
async def release_payment_file(
    file_id: UUID, wanted: FileRelease, session: SessionDep, actor: ActorDep, now: NowDep
) -> FileRead:
    """Release a file to the bank (放行), by somebody else than who prepared it, to accounts still payable today."""
    return FileRead.model_validate(await service.release(session, file_id, wanted.digest, actor=actor, now=now))


@routes.post("/payment-files/{file_id}/cancel", responses=problems.docs(NotFound, rules.FileStatusForbids))
async def cancel_payment_file(
    file_id: UUID, wanted: FileCancel, session: SessionDep, actor: ActorDep, now: NowDep
) -> FileRead:
    """Drop a file (撤销) before it is released; its payments stay approved."""
    return FileRead.model_validate(await service.cancel(session, file_id, wanted.reason, actor=actor, now=now))


@routes.get("/payment-attempts")
async def list_payment_attempts(
    session: SessionDep,
    page: PageDep,
    statement_id: Annotated[UUID | None, Query()] = None,
    file_id: Annotated[UUID | None, Query()] = None,
    key: Annotated[str | None, Query(description="As the bank names it.", max_length=60)] = None,
    status: Annotated[AttemptStatus | None, Query()] = None,
) -> Page[AttemptRead]:
    """List payment attempts, the oldest first; those `unknown` wait for the bank's answer."""
    statement = queries.select_attempts(statement_id=statement_id, file_id=file_id, key=key, status=status)
    found, cursor = await pages.fetch(session, statement, page, by=(PaymentAttempt.id,))
    return Page(items=[AttemptRead.model_validate(one) for one in found], next_cursor=cursor)


@routes.post(
    "/payment-attempts/{attempt_id}/record-answer",
    responses=problems.docs(
        NotFound,
        rules.AnswerIncomplete,
        rules.AttemptStatusForbids,
        PaidOnOutOfRange,
        PaymentUsedBefore,
    ),
)
async def record_bank_answer(
    attempt_id: UUID, wanted: BankAnswer, session: SessionDep, actor: ActorDep, now: NowDep
) -> AttemptRead:
    """Record the bank's answer (银行回执): settled, refused, or not known yet (结果未明), which only an answer ends."""
    found = await service.record_answer(session, attempt_id, wanted, actor=actor, now=now)
    return AttemptRead.model_validate(found)
