"""Contribution of clients."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from client_profile.clients.queries import get_client
from client_profile.contribution import rules, service
from client_profile.contribution.schemas import ContributionRead, RankingRead
from shared.clock import business_date
from shared.errors import NotFound
from shared.http import problems
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Contribution")


@routes.get("/clients/{client_id}/contribution", responses=problems.docs(NotFound, rules.PeriodInvalid))
async def read_contribution(
    client_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    begins: Annotated[date, Query(alias="from", description="First day.")],
    ends: Annotated[date, Query(alias="to", description="First day after the period.")],
) -> ContributionRead:
    """Read what the client contributed in a period (客户贡献), and why.

    Per product the assets held at the end of each day times the net trustee fee rate; less the rebate to channels that
    the house bears (booked, reversed and clawed-back fees of the months that begin in the period); less the cost of
    service by class.
    """
    await get_client(session, client_id, actor)
    return await service.of_client(session, client_id, rules.period_between(begins, ends), today=business_date(now))


@routes.get("/contribution/ranking", responses=problems.docs(rules.PeriodInvalid))
async def rank_contribution(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    period: Annotated[str, Query(max_length=10, description="2026, 2026-Q1 or 2026-03.")],
    limit: Annotated[int, Query(ge=1, le=1000, description="How many of the makers to name.")] = 100,
) -> RankingRead:
    """Read which clients make the first 60 % of all contribution, and which the other 40 %.

    The smallest group from the top that reaches the share, ties by client id, with the service classes of both groups:
    a class that does not fit what its clients bring shows here.
    """
    return await service.ranking(session, period, actor=actor, limit=limit, today=business_date(now))
