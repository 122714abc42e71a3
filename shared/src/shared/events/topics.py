"""The topics: one per aggregate, with the key that decides partition and order."""

from dataclasses import dataclass

PARTITIONS = 6
YEAR_MS = 366 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and what its key is.

    Attributes:
        name: `<service>.<aggregate>`; only the named service writes it.
        key: The kind of id that is the message key.
        retention_ms: How long Kafka keeps its events.
    """

    name: str
    key: str
    retention_ms: int = 10 * YEAR_MS

    @property
    def service(self) -> str:
        """Import name of the service that owns the topic."""
        return self.name.split(".")[0].replace("-", "_")


TOPICS: tuple[Topic, ...] = (
    Topic("client-profile.client", key="client"),
    Topic("client-profile.staff", key="staff"),
    Topic("client-profile.product", key="product"),
    Topic("client-profile.dealing", key="client"),
    Topic("interaction-log.interaction", key="client"),
    Topic("interaction-log.follow_up", key="client"),
    Topic("complaints.complaint", key="complaint"),
    Topic("complaints.risk", key="client"),
    Topic("channel-commission.channel", key="channel"),
    Topic("channel-commission.accrual", key="client"),
    Topic("channel-commission.settlement", key="channel"),
    Topic("channel-commission.period", key="period"),
)
