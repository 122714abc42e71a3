from datetime import date

from complaints.cases.rules import Reason
from complaints.client_rights.rules import Gap, Occurrence, Right
from complaints.statistics.schemas import Counted, Number
from shared.http.bodies import Read
from shared.money import Money


class RightConcerned(Read):
    """Complaints received in the period that concern a right, by class of reasons."""

    right: Right
    cases: int
    reasons: dict[Reason, Number]


class HeardOf(Read):
    """What events of other services told of."""

    kind: Occurrence
    number: int
    #: First day of which any was told; before it nothing was counted. Null while none was.
    counted_since: date | None


class CompensationPaid(Read):
    """What complainants were paid in the period; of imported cases as on the day of informing."""

    cases: Number
    amount: Money


class Missing(Read):
    """What the report should tell and cannot."""

    gap: Gap
    why: str


class ClientRightsReport(Read):
    """What a period (both days included) says of clients' rights, as far as this service hears of it."""

    period_from: date
    period_to: date
    complaints: Counted
    rights: list[RightConcerned]
    compensation: CompensationPaid
    #: Clients whose personal data was erased on request or after the end of retention.
    erased_clients: int
    heard_of: list[HeardOf]
    missing: list[Missing]
