"""Milestones of a plan: what its establishment, failure and winding-up do to its dealings."""

from uuid import UUID

from client_profile.dealings.rules import DateOutOfOrder
from client_profile.milestones import rules, service
from client_profile.milestones.schemas import Establishment, MilestoneRead
from client_profile.products.rules import DateInFuture, ProductStateForbids
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import NowDep, SessionDep, router

routes = router("Products")


@routes.post(
    "/products/{product_id}/establish",
    responses=problems.docs(NotFound, ProductStateForbids, DateInFuture, DateOutOfOrder),
)
async def establish(product_id: UUID, wanted: Establishment, session: SessionDep, now: NowDep) -> MilestoneRead:
    """Establish the plan (信托计划成立): every paid subscription is confirmed at a net value of 1.00.

    One `subscription_confirmed` event each; signed subscriptions without money are cancelled, unless the plan is
    open-ended.
    """
    return await service.establish(session, product_id, established_on=wanted.established_on, now=now)


@routes.post("/products/{product_id}/fail", responses=problems.docs(NotFound, ProductStateForbids))
async def fail(product_id: UUID, session: SessionDep, now: NowDep) -> MilestoneRead:
    """Record that the raising failed (募集失败): subscriptions are cancelled, money paid goes back."""
    return await service.fail(session, product_id, now=now)


@routes.post(
    "/products/{product_id}/liquidate", responses=problems.docs(NotFound, ProductStateForbids, rules.StillHeld)
)
async def liquidate(product_id: UUID, session: SessionDep, now: NowDep) -> MilestoneRead:
    """Record that the plan was wound up (清算完成); nobody may hold it any more."""
    return await service.liquidate(session, product_id, now=now)
