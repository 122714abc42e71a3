"""The topics: one per aggregate, with the key that decides partition and order, and how the broker keeps them."""

from dataclasses import dataclass

PARTITIONS = 6
#: On a cluster; a broker that stands alone has one.
REPLICAS = 3
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
    def owner(self) -> str:
        """Folder name of the service that owns the topic."""
        return self.name.partition(".")[0]

    @property
    def service(self) -> str:
        """Import name of the service that owns the topic."""
        return self.owner.replace("-", "_")

    def settings(self, replicas: int = REPLICAS) -> dict[str, str]:
        """Return the topic's settings on a broker, as Kafka names them, for so many replicas."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "min.insync.replicas": str(max(1, replicas - 1)),
        }


TOPICS: tuple[Topic, ...] = (
    Topic("client-profile.client", key="client"),
    Topic("client-profile.staff", key="staff"),
    Topic("client-profile.product", key="product"),
    Topic("client-profile.dealing", key="client"),
    Topic("interaction-log.interaction", key="client"),
    Topic("interaction-log.follow_up", key="client"),
    Topic("complaints.complaint", key="complaint"),
    Topic("complaints.risk", key="client"),
    Topic("complaints.issue", key="issue"),
    Topic("complaints.accountability", key="accountability"),
    Topic("channel-commission.channel", key="channel"),
    Topic("channel-commission.accrual", key="client"),
    Topic("channel-commission.settlement", key="channel"),
    Topic("channel-commission.period", key="period"),
    # Receipts: what each service did with its records of an erased client.
    Topic("interaction-log.erasure", key="client"),
    Topic("complaints.erasure", key="client"),
    Topic("channel-commission.erasure", key="client"),
    Topic("ops-dashboard.erasure", key="client"),
)

#: Import names of the services that read every topic by one handler of all events; events do not list them for that.
READ_ALL = ("interaction_log", "ops_dashboard")
