"""The erasure of a client, and its receipts: what each service did with its records."""

from datetime import date
from uuid import UUID

from shared.events.base import Event


class ClientErased(Event):
    """A client's personal data was erased; every service deletes or restricts what it keeps and answers with receipts.

    Attributes:
        client_id: The client.
        ground: `purpose_achieved`, `service_ended`, `consent_withdrawn` or `unlawful_processing` (PIPL art. 47).
    """

    type = "client-profile.client.erased.v1"
    consumers = ("interaction_log", "complaints", "channel_commission")

    client_id: UUID
    ground: str


class ErasureAnswered(Event):
    """A service deleted or restricted one kind of record of an erased client; a restricted one is deleted later.

    Attributes:
        client_id: The erased client.
        record_kind: Code of the kind of record, e.g. `complaint_file`.
        outcome: `deleted` or `restricted`.
        kept_until: Last day of the restriction (Asia/Shanghai); null if deleted.
        legal_basis: The policy row that keeps it, as `<code>@<valid_from>`; null if deleted.
    """

    client_id: UUID
    record_kind: str
    outcome: str
    kept_until: date | None = None
    legal_basis: str | None = None


class InteractionLogErasureAnswered(ErasureAnswered):
    """What interaction-log did with one kind of record of an erased client."""

    type = "interaction-log.erasure.answered.v1"
    consumers = ("client_profile",)


class ComplaintsErasureAnswered(ErasureAnswered):
    """What complaints did with one kind of record of an erased client."""

    type = "complaints.erasure.answered.v1"
    consumers = ("client_profile",)


class ChannelCommissionErasureAnswered(ErasureAnswered):
    """What channel-commission did with one kind of record of an erased client."""

    type = "channel-commission.erasure.answered.v1"
    consumers = ("client_profile",)


class OpsDashboardErasureAnswered(ErasureAnswered):
    """What ops-dashboard did with one kind of record of an erased client."""

    type = "ops-dashboard.erasure.answered.v1"
    consumers = ("client_profile",)
