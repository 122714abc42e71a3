"""Deny by default: every route is authorized, and every cell of role × route answers as its table says."""

import importlib
import re

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from joserfc.jwk import ECKey

from shared.http.callers import Actor, mint
from shared.http.permissions import CLIENT, Role, api_routes
from shared.http.routing import TransactionRoute
from shared.ids import new_id

OPEN = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
#: These pages hold no data; what they show they fetch with the token of whoever signs in on them.
STATIC = {"/operations", "/operations/{file}", "/partner", "/partner/{file}"}


def _known_roles(app: FastAPI) -> list[str]:
    named = {role for allowed in app.state.permissions.values() for role in allowed}
    return sorted({role.value for role in Role} | named | {CLIENT})


def _actor(role: str) -> Actor:
    kind = "channel" if role.startswith("channel:") else "client" if role == CLIENT else "staff"
    return Actor(kind, new_id(), frozenset({role}))  # type: ignore[arg-type]  # one of the three kinds


def test_only_health_metrics_openapi_and_the_static_page_are_open(app: FastAPI) -> None:
    guarded = {route.path for _, route in api_routes(app)}
    others = {getattr(route, "path", "") for route in app.routes} - guarded

    assert guarded
    assert others <= OPEN | STATIC


def test_every_api_route_authorizes_and_runs_in_a_transaction(app: FastAPI) -> None:
    for name, route in api_routes(app):
        assert isinstance(route, TransactionRoute), name


def test_every_named_role_exists(app: FastAPI) -> None:
    staff = {role.value for role in Role} | {CLIENT, "gateway"}
    for name, allowed in app.state.permissions.items():
        for role in allowed:
            assert role in staff or re.fullmatch(r"channel:[a-z]+\.[a-z]+", role), f"{name}: {role}"


async def test_every_role_is_refused_exactly_where_the_table_does_not_name_it(
    app: FastAPI, gateway_key: ECKey, service: str
) -> None:
    """A caller let through meets the unreachable database or its own bad input; one kept out meets 403."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        for role in _known_roles(app):
            token = mint(_actor(role), audience=service.replace("_", "-"), key=gateway_key)
            for name, route in api_routes(app):
                # An unknown query parameter is refused right after authorization, before anything is opened.
                answer = await client.request(
                    name.split(" ")[0],
                    _path(route),
                    params={"no-such": "1"},
                    headers={"Authorization": f"Bearer {token}"},
                )
                expected = 422 if role in app.state.permissions[name] else 403
                assert answer.status_code == expected, f"{role} on {name}"


def _path(route: APIRoute) -> str:
    return re.sub(r"\{[^}]+\}", str(new_id()), route.path)


def test_the_permission_table_stands_in_one_file(service: str, app: FastAPI) -> None:
    assert importlib.import_module(f"{service}.permissions").PERMISSIONS is app.state.permissions
