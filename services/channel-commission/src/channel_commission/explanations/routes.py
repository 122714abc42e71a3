"""Explanations: why an entry is what it is, to the fen."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from channel_commission.explanations import rules, service
from channel_commission.explanations.schemas import KnownPeriod, Why
from channel_commission.periods.schemas import PeriodText
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, SessionDep, router

routes = router("Explanations")


@routes.get("/accruals/{accrual_id}/why", responses=problems.docs(NotFound))
async def explain_accrual(accrual_id: UUID, session: SessionDep, actor: ActorDep) -> Why:
    """Explain a fee entry to the fen: facts, version of the rate, tiers, arithmetic and rounding.

    It is calculated again from what was stored, by the function that booked it; `is_as_booked` says that both agree.
    """
    return await service.explain(session, accrual_id, actor=actor)


@routes.get("/periods/{period}/as-known", responses=problems.docs(rules.InstantNotReached))
async def read_period_as_known(
    period: PeriodText,
    session: SessionDep,
    at: Annotated[AwareDatetime, Query(description="The instant, with its time zone.")],
) -> KnownPeriod:
    """Read a month as it was known at an instant (历史时点视图), e.g. October as of November 1 and as of December 1."""
    return await service.known(session, period, at)
