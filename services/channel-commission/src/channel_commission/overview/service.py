from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.channels import service as channels
from channel_commission.channels.schemas import LicenseRead
from channel_commission.contacts import service as contacts
from channel_commission.contacts.schemas import ContactRead
from channel_commission.due_diligence import service as due_diligence
from channel_commission.due_diligence.schemas import FindingRead
from channel_commission.evaluations.schemas import EvaluationRead
from channel_commission.exits.schemas import ExitRead
from channel_commission.hierarchy import service as hierarchy
from channel_commission.overview import queries
from channel_commission.overview.schemas import Overview, RestrictionRead
from channel_commission.payee_accounts import service as payee_accounts
from channel_commission.plans import service as plans
from channel_commission.products.schemas import AuthorizationRead
from channel_commission.risk_events.schemas import RiskEventRead
from channel_commission.scorecards import service as scorecards
from channel_commission.visits.schemas import VisitRead
from shared.clock import business_date
from shared.http.callers import Actor


async def read(session: AsyncSession, channel_id: UUID, *, actor: Actor, now: datetime) -> Overview:
    """Return everything an officer needs of a channel, in as many statements as there are kinds of it.

    Raises:
        NotFound: the caller reaches no such channel.
    """
    channel = await channels.get(session, channel_id, actor=actor)
    today = business_date(now)
    rows = await queries.rows(session, channel_id, today)
    standing = await hierarchy.read(session, channel_id, on=None, known_at=None, actor=actor, now=now)
    licenses = (await channels.licenses(session, [channel_id]))[channel_id]
    return Overview(
        channel=(await channels.read_all(session, [channel]))[0],
        licenses=[LicenseRead.model_validate(one) for one in licenses],
        restrictions=[RestrictionRead.model_validate(one) for one in await admission.restrictions(session, channel_id)],
        branches=standing.branches,
        contacts=[ContactRead.model_validate(one) for one in await contacts.present(session, channel_id, today)],
        findings=[FindingRead.model_validate(one) for one in await due_diligence.latest(session, channel_id)],
        payee_accounts=[payee_accounts.read(one, now=now) for one in rows["payee_accounts"]],
        products=[AuthorizationRead.model_validate(one) for one in rows["products"]],
        quotas=await plans.read_all(session, rows["quotas"]),
        visits=[VisitRead.model_validate(one) for one in rows["visits"]],
        risk_events=[RiskEventRead.model_validate(one) for one in rows["risk_events"]],
        scorecards=[scorecards.read(one) for one in rows["scorecards"]],
        evaluations=[EvaluationRead.model_validate(one) for one in rows["evaluations"]],
        exit_proposals=[ExitRead.model_validate(one) for one in rows["exit_proposals"]],
    )
