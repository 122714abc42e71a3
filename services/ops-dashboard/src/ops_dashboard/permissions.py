"""Who may call which route of ops-dashboard: those who watch over the whole house."""

from shared.http.callers import Scope
from shared.http.permissions import ALL, Permissions, Role

_WATCHERS: dict[str, Scope] = {
    role.value: ALL
    for role in (
        Role.OPERATIONS,
        Role.ADMIN,
        Role.EXECUTIVE,
        Role.COMPLIANCE,
        Role.CONSUMER_PROTECTION,
        Role.COMPLAINT_SUPERVISOR,
        Role.RISK,
        Role.AUDITOR,
    )
}
_MONEY = _WATCHERS | {Role.FINANCE: ALL, Role.CHANNEL_MANAGER: ALL}

PERMISSIONS: Permissions = {
    "GET /v1/feed": _WATCHERS,
    "GET /v1/feed/entries": _WATCHERS,
    "GET /v1/operations/flow": _WATCHERS,
    "GET /v1/operations/due": _WATCHERS,
    "GET /v1/operations/complaints": _WATCHERS,
    "GET /v1/operations/follow-ups": _WATCHERS,
    "GET /v1/operations/clients-at-risk": _WATCHERS,
    "GET /v1/operations/periods": _MONEY,
    "GET /v1/operations/settlements": _MONEY,
}
