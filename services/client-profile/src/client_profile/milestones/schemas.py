from datetime import date
from uuid import UUID

from pydantic import Field

from client_profile.products.rules import ProductStatus
from shared.http.bodies import Body, Day, Read


class Establishment(Body):
    established_on: Day


class MilestoneRead(Read):
    """Where the plan stands now, and what became of its dealings."""

    product_id: UUID
    status: ProductStatus
    established_on: date | None
    confirmed: int = Field(description="Subscriptions confirmed by this.")
    cancelled: int = Field(description="Subscriptions cancelled by this.")
