"""The overview, as the API reference shows it; the parts themselves are spliced unread."""

from typing import Any

from pydantic import BaseModel, Field


class ClientOverview(BaseModel):
    """A client's whole picture. A part that could not be had is `{"problem": {…}}`; try again for it."""

    client: dict[str, Any] = Field(description="As `GET /v1/clients/{client_id}` answers.")
    holdings: Any = Field(description="As `GET /v1/clients/{client_id}/holdings` answers.")
    timeline: dict[str, Any] = Field(description="The latest ten entries of the timeline.")
    follow_ups: dict[str, Any] = Field(description="Up to ten follow-ups.")
    complaints: dict[str, Any] = Field(description="Up to ten complaints.")
    risk: dict[str, Any] = Field(description="Whether the client is at risk of leaving (流失预警), and why.")
    accruals: dict[str, Any] = Field(description="Up to ten commission accruals.")
