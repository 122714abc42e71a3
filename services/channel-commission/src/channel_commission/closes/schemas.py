from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Read
from shared.money import Money


class EstablishmentRead(Read):
    """A plan whose establishment is closed."""

    product_id: UUID
    period: Annotated[str, Field(description="The month in which it was closed.")]
    statements: Annotated[int, Field(description="How many statements came out of it.")]
    total: Annotated[Money, Field(description="Sum of their entries.")]


class OpenEstablishment(Read):
    """A plan with fees that are settled at its establishment, which is not closed yet."""

    product_id: UUID
    established_on: Annotated[date, Field(description="Day of the first subscriptions confirmed (Asia/Shanghai).")]
    channels: int
    total: Money


class OpenEstablishments(Read):
    items: list[OpenEstablishment]
