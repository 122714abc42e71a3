from datetime import datetime
from uuid import UUID

from channel_commission.admission.rules import Effect
from channel_commission.channels.rules import SuspensionReason
from channel_commission.channels.schemas import ChannelRead, LicenseRead
from channel_commission.contacts.schemas import ContactRead
from channel_commission.due_diligence.schemas import FindingRead
from channel_commission.evaluations.schemas import EvaluationRead
from channel_commission.exits.schemas import ExitRead
from channel_commission.payee_accounts.schemas import PayeeAccountRead
from channel_commission.plans.schemas import QuotaRead
from channel_commission.products.schemas import AuthorizationRead
from channel_commission.risk_events.schemas import RiskEventRead
from channel_commission.scorecards.schemas import ScorecardRead
from channel_commission.visits.schemas import VisitRead
from shared.http.bodies import Read


class RestrictionRead(Read):
    effect: Effect
    reason: SuspensionReason
    #: The risk event or evaluation it comes from.
    source_id: UUID
    since: datetime


class Overview(Read):
    """A channel on one page; of each kind the newest ten, the lists of their own have all."""

    channel: ChannelRead
    licenses: list[LicenseRead]
    #: What it may not do, and why.
    restrictions: list[RestrictionRead]
    branches: list[UUID]
    contacts: list[ContactRead]
    #: The last finding on each topic.
    findings: list[FindingRead]
    #: Those not refused or stopped, masked.
    payee_accounts: list[PayeeAccountRead]
    #: Present authorizations.
    products: list[AuthorizationRead]
    #: Present and coming ones.
    quotas: list[QuotaRead]
    visits: list[VisitRead]
    #: Those not closed.
    risk_events: list[RiskEventRead]
    scorecards: list[ScorecardRead]
    evaluations: list[EvaluationRead]
    #: To be decided.
    exit_proposals: list[ExitRead]
