"""Events about clients at risk of leaving, owned by complaints."""

from uuid import UUID

from shared.events.base import Event


class _RiskEvent(Event):
    """A client's at-risk level (流失预警).

    Attributes:
        client_id: The client.
        level: `low`, `medium` or `high`.
        score: Points.
        reasons: Reason codes that hold, in the order of their points.
        rule_version: Version of the policy rows that decided.
    """

    client_id: UUID
    level: str
    score: int
    reasons: list[str]
    rule_version: str


class ClientFlagged(_RiskEvent):
    """A client became at risk: medium or high."""

    type = "complaints.risk.client_flagged.v1"
    consumers = ("client_profile", "interaction_log")


class ClientRiskChanged(_RiskEvent):
    """Level or reasons of a flagged client changed."""

    type = "complaints.risk.client_risk_changed.v1"
    consumers = ("client_profile",)


class ClientCleared(_RiskEvent):
    """A client is no longer at risk: long enough below the bound."""

    type = "complaints.risk.client_cleared.v1"
    consumers = ("client_profile", "interaction_log")
