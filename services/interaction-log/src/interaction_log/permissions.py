"""Who may call which route of interaction-log, and which rows they reach."""

from shared.http.callers import Scope
from shared.http.permissions import ALL, CLIENT, OWN, TEAM, Permissions, Role

_SALES: dict[str, Scope] = {Role.RELATIONSHIP_MANAGER: OWN, Role.TEAM_LEAD: TEAM}
#: Those who speak with clients of the whole house.
_DESK: dict[str, Scope] = {
    Role.CUSTOMER_SERVICE: ALL,
    Role.COMPLAINT_HANDLER: ALL,
    Role.COMPLAINT_SUPERVISOR: ALL,
    Role.CONSUMER_PROTECTION: ALL,
}
_WATCH: dict[str, Scope] = {Role.EXECUTIVE: ALL, Role.COMPLIANCE: ALL, Role.AUDITOR: ALL}
_WRITERS = _SALES | _DESK
_READERS = _SALES | _DESK | _WATCH
_BULK: dict[str, Scope] = {Role.OPERATIONS: ALL, Role.ADMIN: ALL}

PERMISSIONS: Permissions = {
    "POST /v1/interactions": _WRITERS,
    "POST /v1/interactions/bulk": _BULK,
    "GET /v1/interactions": _READERS,
    "GET /v1/interactions/unconfirmed-clients": _BULK,
    "GET /v1/interactions/{interaction_id}": _READERS,
    "POST /v1/interactions/{interaction_id}/correct": _WRITERS,
    "GET /v1/interactions/{interaction_id}/versions": _READERS,
    "GET /v1/clients/{client_id}/timeline": _READERS | {Role.RISK: ALL, CLIENT: OWN},
    "POST /v1/follow-ups": _WRITERS,
    "GET /v1/follow-ups": _READERS,
    "GET /v1/follow-ups/{follow_up_id}": _READERS,
    "GET /v1/follow-ups/{follow_up_id}/why": _READERS,
    "POST /v1/follow-ups/{follow_up_id}/complete": _WRITERS,
    "POST /v1/follow-ups/{follow_up_id}/reschedule": _WRITERS,
}
