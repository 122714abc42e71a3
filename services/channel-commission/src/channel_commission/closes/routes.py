"""Closes: of months, and of the establishment of plans whose fees are settled then."""

from uuid import UUID

from channel_commission.closes import rules, service
from channel_commission.closes.schemas import EstablishmentRead, OpenEstablishments
from channel_commission.periods import rules as periods
from channel_commission.periods.schemas import PeriodRead, PeriodText
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Settlements")


@routes.post(
    "/periods/{period}/close",
    responses=problems.docs(
        periods.PeriodAlreadyClosed, periods.PeriodNotOver, periods.EarlierPeriodOpen, rules.TrailingPending
    ),
)
async def close_period(period: PeriodText, session: SessionDep, actor: ActorDep, now: NowDep) -> PeriodRead:
    """Close a month (关账) and freeze the statements then due, per channel and bearer. In order, once, and for good.

    Agreements that settle by the quarter get theirs at the close of its last month. What becomes known later is booked
    into the first open month, with the month it was earned in beside it.
    """
    return PeriodRead.model_validate(await service.close(session, period, actor=actor, now=now))


@routes.get("/establishments")
async def list_open_establishments(session: SessionDep) -> OpenEstablishments:
    """List plans with fees settled at their establishment (成立时结算) that is not closed yet, the earliest first."""
    return OpenEstablishments(items=await service.open_establishments(session))


@routes.post(
    "/establishments/{product_id}/close",
    responses=problems.docs(rules.EstablishmentClosed, rules.NothingAtEstablishment, rules.EstablishmentNotOver),
)
async def close_establishment(product_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> EstablishmentRead:
    """Settle a plan's establishment (成立结算) without waiting for the month's end. Once, and for good.

    It takes what is booked for the plan under agreements that settle at establishment. What comes later, clawbacks
    and corrections too, is settled month by month, apart from other agreements.
    """
    return await service.close_establishment(session, product_id, actor=actor, now=now)
