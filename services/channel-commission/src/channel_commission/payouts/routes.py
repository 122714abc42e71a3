"""Payouts: what is paid of a statement, approved by a second person, and the payment that was made."""

from uuid import UUID

from fastapi import Response

from channel_commission.bank_references.rules import PaidOnOutOfRange, PaymentUsedBefore
from channel_commission.payouts import service
from channel_commission.settlements import rules
from channel_commission.settlements.routes import answer
from channel_commission.settlements.schemas import Check, Payment, StatementRead
from shared.errors import NotFound, SecondPersonNeeded
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Settlements")


@routes.post(
    "/settlements/{statement_id}/approve-payment",
    responses=problems.docs(
        NotFound, rules.CommandNotAllowed, rules.DigestDiffers, rules.InvoicesIncomplete, SecondPersonNeeded
    ),
)
async def approve_payment(
    statement_id: UUID, wanted: Check, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Approve the payment (付款审批), by somebody who did not check, confirm or invoice the statement."""
    return answer(await service.approve_payment(session, statement_id, wanted.digest, actor=actor, now=now), response)


@routes.post(
    "/settlements/{statement_id}/record-payment",
    responses=problems.docs(
        NotFound, rules.CommandNotAllowed, rules.NothingPayable, PaidOnOutOfRange, PaymentUsedBefore
    ),
)
async def record_payment(
    statement_id: UUID, wanted: Payment, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> StatementRead:
    """Record the bank's payment of an approved statement."""
    return answer(await service.record_payment(session, statement_id, wanted, actor=actor, now=now), response)
