"""The gateway's own FastAPI application: what it answers itself, behind the entrance."""

from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.types import Lifespan

from gateway.oauth_clients.routes import routes as oauth_clients
from gateway.oauth_tokens.routes import routes as oauth_tokens
from gateway.overview.routes import routes as overview
from gateway.permissions import PERMISSIONS
from gateway.portal.routes import pages as portal
from gateway.portal.routes import routes as code_lists
from gateway.refusals import CALLER_GONE, CallerGone
from gateway.sign_in.routes import routes as sign_in
from shared.http import problems
from shared.http.health import health
from shared.http.permissions import require_complete


def create_pages(*, with_sign_in: bool, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Return the application with its routes; what they work with is put on its state by `main.create_app`."""
    app = FastAPI(
        title="Trust CRM: gateway",
        version="1.0.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
    )
    own = [health, portal, oauth_tokens, oauth_clients, code_lists, overview, *([sign_in] if with_sign_in else [])]
    for router in own:
        # Not `include_router`: it hides the routes behind a wrapper, and start-up must see every one.
        app.router.routes.extend(router.routes)
    app.state.permissions = PERMISSIONS
    problems.install(app)
    app.add_exception_handler(CallerGone, _nobody_is_there)
    require_complete(app, PERMISSIONS)
    return app


async def _nobody_is_there(_request: Request, _error: Exception) -> Response:
    """Answer for the access log: nothing of it can be sent."""
    return Response(status_code=CALLER_GONE)


def own_document() -> dict[str, Any]:
    """Return the OpenAPI document of the gateway's own routes, that of the dev sign-in among them."""
    document: dict[str, Any] = create_pages(with_sign_in=True).openapi()
    return document
