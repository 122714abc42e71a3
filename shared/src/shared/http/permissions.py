"""Who may call which route: one table per service, deny by default.

    PERMISSIONS: Permissions = {
        "POST /v1/complaints": {Role.CUSTOMER_SERVICE: ALL, CLIENT: OWN, channel("complaint.create"): OWN},
    }

The value says which rows the caller reaches. A route that is not in the table does not start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shared.codes import Code
from shared.context import current_cause, set_cause
from shared.errors import Forbidden
from shared.http.callers import Actor, Scope, TokenRefused, TokenVerifier

OWN, TEAM, ALL = Scope.OWN, Scope.TEAM, Scope.ALL

#: The role of every client of the client app.
CLIENT = "client"


class Role(Code):
    """Roles of staff."""

    RELATIONSHIP_MANAGER = "relationship_manager", "客户经理"
    TEAM_LEAD = "team_lead", "团队负责人"
    CUSTOMER_SERVICE = "customer_service", "客服"
    COMPLAINT_HANDLER = "complaint_handler", "投诉处理岗"
    COMPLAINT_SUPERVISOR = "complaint_supervisor", "投诉管理岗"
    EXECUTIVE = "executive", "高级管理人员"
    CHANNEL_MANAGER = "channel_manager", "渠道经理"
    PRODUCT_MANAGER = "product_manager", "产品经理"
    MARKETING = "marketing", "市场营销岗"
    RISK = "risk", "风险管理岗"
    FINANCE = "finance", "财务岗"
    COMPLIANCE = "compliance", "合规岗"
    CONSUMER_PROTECTION = "consumer_protection", "消费者权益保护岗"
    AUDITOR = "auditor", "内部审计岗"
    OPERATIONS = "operations", "运营岗"
    ADMIN = "admin", "系统管理员"


#: Route (`METHOD /path/{template}`) → role → rows reached.
Permissions = Mapping[str, Mapping[str, Scope]]


def channel(scope: str) -> str:
    """Return the role of a partner channel whose token holds the OAuth `scope`."""
    return f"channel:{scope}"


def every_staff(scope: Scope = ALL) -> dict[str, Scope]:
    """Return a permission for every staff role."""
    return {role.value: scope for role in Role}


def grant(actor: Actor, allowed: Mapping[str, Scope]) -> Actor | None:
    """Return the actor with the widest scope that one of its roles is allowed; None if no role is."""
    scopes = [scope for role, scope in allowed.items() if role in actor.roles]
    return replace(actor, scope=max(scopes, key=lambda scope: scope.width)) if scopes else None


def authorize(request: Request, path: str) -> Actor:
    """Return the caller of the route with template `path`, with the rows it reaches there.

    Raises:
        HTTPException: 401, no valid internal token.
        Forbidden: none of the caller's roles may call this route.
    """
    header = request.headers.get("authorization", "")
    if not header.startswith("Bearer "):
        raise HTTPException(401, "No internal token. Call through the gateway.")
    verifier: TokenVerifier = request.app.state.verifier
    try:
        actor = verifier.verify(header[7:])
    except TokenRefused:
        raise HTTPException(401, "The internal token does not hold. Call through the gateway.") from None
    permissions: Permissions = request.app.state.permissions
    allowed = permissions[f"{request.method} {path}"]
    granted = grant(actor, allowed)
    if granted is None:
        raise Forbidden("None of your roles may do this.", needed=sorted(allowed))
    request.state.actor = granted
    set_cause(replace(current_cause(), actor=granted.name))
    return granted


def api_routes(app: FastAPI) -> Iterable[tuple[str, APIRoute]]:
    """Return each route under /v1 as `METHOD /path` with its route object."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path.startswith("/v1"):
            for method in sorted(route.methods or ()):
                yield f"{method} {route.path}", route


def require_complete(app: FastAPI, permissions: Permissions) -> None:
    """Refuse to start with a route nobody may call or a permission without a route.

    Raises:
        RuntimeError: the table and the routes differ.
    """
    served = {name for name, _ in api_routes(app)}
    if served != set(permissions):
        missing, unused = sorted(served - set(permissions)), sorted(set(permissions) - served)
        raise RuntimeError(f"permissions missing for {missing}; permissions without a route: {unused}")
