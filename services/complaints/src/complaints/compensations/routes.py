"""What a complainant is paid: agreed, then paid with proof."""

from uuid import UUID

from complaints.cases.rules import CommandNotAllowed, DayOutOfRange
from complaints.compensations import rules, service
from complaints.compensations.schemas import CompensationAgreed, CompensationPayment, CompensationRead
from complaints.handling.rules import NotTheHandler
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Complaint outcomes")


@routes.post(
    "/complaints/{complaint_id}/agree-compensation",
    responses=problems.docs(NotFound, CommandNotAllowed, NotTheHandler, DayOutOfRange, rules.CompensationPaid),
)
async def agree_compensation(
    complaint_id: UUID, wanted: CompensationAgreed, session: SessionDep, actor: ActorDep, now: NowDep
) -> CompensationRead:
    """Record what was agreed to be paid to the complainant; an unpaid agreement is replaced."""
    return await service.agree(session, complaint_id, wanted, actor=actor, now=now)


@routes.post(
    "/complaints/{complaint_id}/pay-compensation",
    responses=problems.docs(
        NotFound, CommandNotAllowed, DayOutOfRange, rules.NothingAgreed, rules.CompensationPaid, rules.PayerAgreed
    ),
)
async def pay_compensation(
    complaint_id: UUID, wanted: CompensationPayment, session: SessionDep, actor: ActorDep, now: NowDep
) -> CompensationRead:
    """Record that the agreed compensation was paid, with proof, as somebody who neither agreed nor handles."""
    return await service.pay(session, complaint_id, wanted, actor=actor, now=now)


@routes.get("/complaints/{complaint_id}/compensation", responses=problems.docs(NotFound))
async def read_compensation(complaint_id: UUID, session: SessionDep, actor: ActorDep) -> CompensationRead:
    """Read what was agreed to be paid to the complainant, and whether it was."""
    return await service.read(session, complaint_id, actor=actor)
