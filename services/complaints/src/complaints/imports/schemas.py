from uuid import UUID

from complaints.cases.rules import Level, Reason, RootCause, Source
from shared.http.bodies import Body, Day, ExternalId, LongText, ShortText
from shared.money import PositiveMoney


class HistoricalComplaint(Body):
    """A complaint of the past. What has become true since may be added by sending it again."""

    external_id: ExternalId
    received_on: Day
    client_id: UUID | None = None
    channel_id: UUID | None = None
    product_id: UUID | None = None
    #: Product and reason as the origin names them.
    product_class: ShortText | None = None
    reason_text: ShortText | None = None
    #: Left out: `other`, `ordinary`, `other`.
    reason: Reason | None = None
    level: Level | None = None
    source: Source | None = None
    facts: LongText | None = None
    #: Day on which the complainant was informed of the decision; the other outcomes need it.
    informed_on: Day | None = None
    is_upheld: bool | None = None
    root_cause: RootCause | None = None
    compensation: PositiveMoney | None = None
    review_requested: bool = False
    withdrawn_on: Day | None = None
