"""The client-rights report (金融消费者权益保护报告)."""

from typing import Annotated

from fastapi import Query

from complaints.client_rights import service
from complaints.client_rights.schemas import ClientRightsReport
from complaints.statistics.rules import PeriodEmpty
from shared.clock import business_date
from shared.http import problems
from shared.http.bodies import Day
from shared.http.routing import ActorDep, NowDep, SessionDep, router

routes = router("Client rights")


@routes.get("/client-rights-report", responses=problems.docs(PeriodEmpty))
async def read_client_rights_report(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    period_from: Annotated[Day, Query(description="First day of the period (Asia/Shanghai).")],
    period_to: Annotated[Day, Query(description="Last day of the period (Asia/Shanghai).")],
) -> ClientRightsReport:
    """Read what a period says of clients' rights: complaints by right, compensation, erasures, assessments.

    `missing` names what no event tells of: suitability refusals, consents and most privacy requests stand in
    client-profile.
    """
    return await service.report(session, period_from, period_to, actor=actor, today=business_date(now))
