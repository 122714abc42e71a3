from datetime import date
from uuid import UUID

from pydantic import Field

from client_profile.clients.rules import ServiceClass
from shared.http.bodies import Body, Day, Read, Text
from shared.money import Money


class OverrideCreate(Body):
    service_class: ServiceClass
    reason: Text
    expires_on: Day = Field(description="Last day on which the override holds (Asia/Shanghai).")


class OverrideRead(Read):
    service_class: ServiceClass
    reason: str
    approved_by: UUID
    expires_on: date


class PendingDowngrade(Read):
    service_class: ServiceClass = Field(description="The class the client comes to if the assets stay as they are.")
    reviews_missed: int
    reviews_needed: int
    next_review_on: date


class ServiceClassWhy(Read):
    """The class and what it follows from."""

    client_id: UUID
    service_class: ServiceClass
    on: date
    aum: Money = Field(description="Confirmed subscriptions less redemptions, at cost.")
    deserved_class: ServiceClass = Field(description="What the assets deserve by the thresholds.")
    computed_class: ServiceClass = Field(description="The class by the rule: up at once, down only after reviews.")
    thresholds: dict[ServiceClass, Money]
    rule_version: str
    pending_downgrade: PendingDowngrade | None
    override: OverrideRead | None
