"""Redemptions and distributions of what clients hold."""

from client_profile.dealings import rules as dealing_rules
from client_profile.dealings import service as dealings
from client_profile.dealings.schemas import DealingRead
from client_profile.products.rules import DateInFuture
from client_profile.redemptions import service
from client_profile.redemptions.schemas import DistributionCreate, RedemptionCreate
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Dealings")


@routes.post(
    "/dealings/redemptions",
    status_code=201,
    responses=problems.docs(
        dealing_rules.DealingUnknown,
        dealing_rules.NotAHolding,
        dealing_rules.MoreThanLeft,
        dealing_rules.DateOutOfOrder,
        DateInFuture,
    ),
)
async def redeem(wanted: RedemptionCreate, session: SessionDep, actor: ActorDep, now: NowDep) -> DealingRead:
    """Record a confirmed redemption (赎回确认) of one subscription, in whole or in part.

    `amount` counts at cost: at the most what is left of the subscription. Units go in proportion.
    """
    return dealings.read(await service.redeem(session, wanted, actor=actor, now=now))


@routes.post(
    "/dealings/distributions",
    status_code=201,
    responses=problems.docs(
        dealing_rules.DealingUnknown, dealing_rules.NotAHolding, dealing_rules.DateOutOfOrder, DateInFuture
    ),
)
async def distribute(wanted: DistributionCreate, session: SessionDep, actor: ActorDep, now: NowDep) -> DealingRead:
    """Record a distribution paid to the holder of a subscription (收益分配); what is held stays as it is."""
    return dealings.read(await service.distribute(session, wanted, actor=actor, now=now))
