from uuid import UUID

from complaints.cases.rules import Level, Reason, RootCause, Source
from complaints.classification.schemas import CodeText, RequestKinds, Tags
from complaints.representatives.schemas import Persons
from complaints.traits.rules import Urgency
from shared.http.bodies import Body, Day, ExternalId, LongText, ShortText, Text
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
    #: The authority's number of a forwarded case (转办编号).
    forwarding_number: ShortText | None = None
    facts: LongText | None = None
    demand: Text | None = None
    #: What the complainant claimed.
    amount: PositiveMoney | None = None
    #: How many complained together; 1 if left out.
    persons: Persons | None = None
    #: Codes in force on the day of receipt, and in words what has none of its own.
    channel_code: CodeText | None = None
    business_code: CodeText | None = None
    reason_code: CodeText | None = None
    classification_note: Text | None = None
    #: Never less urgent than the facts make it.
    urgency: Urgency | None = None
    tags: Tags | None = None
    request_kinds: RequestKinds | None = None
    #: Day on which the complainant was informed of the decision; the other outcomes need it.
    informed_on: Day | None = None
    is_upheld: bool | None = None
    root_cause: RootCause | None = None
    compensation: PositiveMoney | None = None
    review_requested: bool = False
    withdrawn_on: Day | None = None
