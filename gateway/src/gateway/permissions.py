"""Who may call the gateway's own routes. Which client somebody may see is decided by client-profile."""

from gateway.oauth_clients.rules import OAuthScope
from shared.http.callers import Scope
from shared.http.permissions import ALL, CLIENT, OWN, Permissions, Role, channel, every_staff

_EVERYBODY: dict[str, Scope] = {**every_staff(), CLIENT: OWN, **{channel(scope.value): OWN for scope in OAuthScope}}
_CHANNEL_MANAGEMENT: dict[str, Scope] = {Role.CHANNEL_MANAGER: ALL, Role.ADMIN: ALL}

PERMISSIONS: Permissions = {
    "POST /v1/oauth-clients": _CHANNEL_MANAGEMENT,
    "GET /v1/oauth-clients": _CHANNEL_MANAGEMENT,
    "POST /v1/oauth-clients/{client_id}/suspend": _CHANNEL_MANAGEMENT,
    "POST /v1/oauth-clients/{client_id}/resume": _CHANNEL_MANAGEMENT,
    "GET /v1/code-lists": _EVERYBODY,
    "GET /v1/clients/{client_id}/overview": {**every_staff(), CLIENT: OWN, channel(OAuthScope.CLIENT_READ): OWN},
}
