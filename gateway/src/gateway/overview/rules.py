"""What an overview of a client is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

#: Each part gets so long; one that is not there by then is left out and said so.
PART_SECONDS = 2.0
#: Statuses of the client's own part that are the whole answer: the caller may not know more.
DECISIVE = frozenset({301, 401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an overview.

    Attributes:
        name: Its member in the answer.
        service: Folder name of the service that knows it.
        target: Path and query; `{id}` stands for the client.
    """

    name: str
    service: str
    target: str

    def target_for(self, client_id: UUID) -> str:
        """Return the path and query for one client."""
        return self.target.format(id=client_id)


CLIENT = Part("client", "client-profile", "/v1/clients/{id}")
PARTS = (
    CLIENT,
    Part("holdings", "client-profile", "/v1/clients/{id}/holdings"),
    Part("timeline", "interaction-log", "/v1/clients/{id}/timeline?limit=10"),
    Part("follow_ups", "interaction-log", "/v1/follow-ups?client_id={id}&limit=10"),
    Part("complaints", "complaints", "/v1/complaints?client_id={id}&limit=10"),
    Part("risk", "complaints", "/v1/clients/{id}/risk"),
    Part("accruals", "channel-commission", "/v1/accruals?client_id={id}&limit=10"),
)


def overview_of(merged: bytes) -> str:
    """Return the path of the overview of the client that stands for a merged one, from what client-profile says."""
    return f"/v1/clients/{UUID(json.loads(merged)['merged_into'])}/overview"


def splice(parts: Mapping[str, bytes]) -> bytes:
    """Return one JSON object of parts that are JSON already; they are not read again."""
    members = [json.dumps(name).encode() + b":" + body for name, body in parts.items()]
    return b"{" + b",".join(members) + b"}"
