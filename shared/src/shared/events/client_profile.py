"""Events of client-profile: clients, staff, products and dealings."""

from datetime import date
from uuid import UUID

from shared.events.base import Event
from shared.money import Money


class _ClientEvent(Event):
    client_id: UUID


class ClientRegistered(_ClientEvent):
    """A client was registered; not yet active.

    Attributes:
        kind: `person` or `institution`.
        channel_id: The partner channel that referred the client; null if it came by itself.
    """

    type = "client-profile.client.registered.v1"
    consumers = ("interaction_log", "complaints", "channel_commission")

    kind: str
    channel_id: UUID | None = None


class ClientActivated(_ClientEvent):
    """A client passed screening and may deal."""

    type = "client-profile.client.activated.v1"
    consumers = ("interaction_log",)


class ClientUpdated(_ClientEvent):
    """Fields of a profile changed; `changed` names them, without their values."""

    type = "client-profile.client.updated.v1"
    consumers = ()

    changed: list[str]


class ClientAssigned(_ClientEvent):
    """A client got a (new) relationship manager.

    Attributes:
        manager_id: The relationship manager, a staff member.
        unit_id: The manager's organization unit.
        previous_manager_id: Who held the client before; null for the first assignment.
    """

    type = "client-profile.client.assigned.v1"
    consumers = ("interaction_log", "complaints")

    manager_id: UUID
    unit_id: UUID
    previous_manager_id: UUID | None = None


class ServiceClassChanged(_ClientEvent):
    """A client's service class changed.

    Attributes:
        service_class: `A`, `B` or `C`.
        previous: The class before; null for the first.
        rule_version: Version of the policy rows that decided.
    """

    type = "client-profile.client.service_class_changed.v1"
    consumers = ("interaction_log", "complaints")

    service_class: str
    previous: str | None = None
    rule_version: str


class SuitabilityAssessed(_ClientEvent):
    """A client's `risk_level` was assessed: `C1` to `C5`, counting through `valid_until` (Asia/Shanghai)."""

    type = "client-profile.client.suitability_assessed.v1"
    consumers = ("complaints",)

    risk_level: str
    valid_until: date


class QualificationChanged(_ClientEvent):
    """A client became (`is_qualified`) or ceased to be a qualified investor; `valid_until`: last day of the proof."""

    type = "client-profile.client.qualification_changed.v1"
    consumers = ("complaints",)

    is_qualified: bool
    valid_until: date | None = None


class ClientSuspended(_ClientEvent):
    """A client may not deal until activated again. `reason`: `screening_hit`, `document_expired`, `client_request`,
    `legal_freeze` or `other`.
    """

    type = "client-profile.client.suspended.v1"
    consumers = ("interaction_log",)

    reason: str


class ClientClosed(_ClientEvent):
    """The relationship ended. `reason`: `client_request`, `deceased`, `dissolved`, `duplicate` or `other`."""

    type = "client-profile.client.closed.v1"
    consumers = ("interaction_log", "complaints")

    reason: str


class _StaffEvent(Event):
    staff_id: UUID


class _StaffPosition(_StaffEvent):
    """Where a staff member stands.

    Attributes:
        unit_id: The organization unit.
        unit_path: That unit and all above it, from the unit to the top.
        roles: Role codes.
    """

    unit_id: UUID
    unit_path: list[UUID]
    roles: list[str]


class StaffJoined(_StaffPosition):
    """A staff member joined a unit."""

    type = "client-profile.staff.joined.v1"
    consumers = ("interaction_log", "complaints")


class StaffMoved(_StaffPosition):
    """A staff member changed unit or roles."""

    type = "client-profile.staff.moved.v1"
    consumers = ("interaction_log", "complaints")


class StaffLeft(_StaffEvent):
    """A staff member left; holds no clients any more."""

    type = "client-profile.staff.left.v1"
    consumers = ("interaction_log", "complaints")


class _ProductEvent(Event):
    product_id: UUID


class ProductListed(_ProductEvent):
    """A product was entered.

    Attributes:
        kind: `fixed_income`, `equity`, `commodity_derivative`, `mixed` or a service kind.
        grade: `R1` (low) to `R5` (high).
        term_months: Planned term; null for an open-ended plan.
    """

    type = "client-profile.product.listed.v1"
    consumers = ("channel_commission",)

    kind: str
    grade: str
    term_months: int | None = None


class ProductRaisingOpened(_ProductEvent):
    """Subscriptions are accepted from now on."""

    type = "client-profile.product.raising_opened.v1"
    consumers = ()


class ProductEstablished(_ProductEvent):
    """The plan was established on `established_on` (Asia/Shanghai); its paid subscriptions are confirmed."""

    type = "client-profile.product.established.v1"
    consumers = ()

    established_on: date


class ProductFailed(_ProductEvent):
    """The raising failed; payments go back."""

    type = "client-profile.product.failed.v1"
    consumers = ()


class ProductRegraded(_ProductEvent):
    """A product's risk grade changed from `previous` to `grade`, `R1` to `R5`."""

    type = "client-profile.product.regraded.v1"
    consumers = ("complaints",)

    grade: str
    previous: str


class ProductMatured(_ProductEvent):
    """A plan reached the end of its term."""

    type = "client-profile.product.matured.v1"
    consumers = ()


class ProductLiquidated(_ProductEvent):
    """A plan was wound up and distributed."""

    type = "client-profile.product.liquidated.v1"
    consumers = ("complaints",)


class _DealingEvent(Event):
    """A confirmed business dealing.

    Attributes:
        dealing_id: The dealing.
        confirmation_number: The registry's number of it.
        product_id: The product.
        share_class: Share class; empty if the plan has one.
        amount: Money that moved; always positive, the type says the direction.
        units: Units, a decimal number in a string; null where the plan has none.
        net_value: Net value per unit, likewise.
        applied_on: Day of application (Asia/Shanghai).
        confirmed_on: Day of confirmation (Asia/Shanghai): the business date of the dealing.
        channel_id: The partner channel that sold; null for a direct sale.
    """

    dealing_id: UUID
    client_id: UUID
    confirmation_number: str
    product_id: UUID
    share_class: str = ""
    amount: Money
    units: str | None = None
    net_value: str | None = None
    applied_on: date
    confirmed_on: date
    channel_id: UUID | None = None


class SubscriptionConfirmed(_DealingEvent):
    """A subscription was confirmed."""

    type = "client-profile.dealing.subscription_confirmed.v1"
    consumers = ("complaints", "channel_commission")


class RedemptionConfirmed(_DealingEvent):
    """A redemption was confirmed.

    Attributes:
        original_dealing_id: The subscription it redeems.
        is_full: Whether nothing of that subscription is left.
    """

    type = "client-profile.dealing.redemption_confirmed.v1"
    consumers = ("complaints", "channel_commission")

    original_dealing_id: UUID
    is_full: bool


class DistributionPaid(_DealingEvent):
    """A distribution was paid to a holder."""

    type = "client-profile.dealing.distribution_paid.v1"
    consumers = ()


class DealingReversed(_DealingEvent):
    """A dealing was entered wrongly and is taken back; the other fields repeat the original's.

    Attributes:
        original_dealing_id: The dealing taken back.
        original_kind: `subscription`, `redemption` or `distribution`.
    """

    type = "client-profile.dealing.dealing_reversed.v1"
    consumers = ("complaints", "channel_commission")

    original_dealing_id: UUID
    original_kind: str
