"""The application factory: every service's API starts here and looks the same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypeVar

from fastapi import APIRouter, FastAPI

from shared import log, migrations
from shared.clock import Clock
from shared.database import Database
from shared.delivery.worker import Worker
from shared.http import problems
from shared.http.callers import TokenVerifier, keys_in
from shared.http.health import Check, health
from shared.http.middleware import RequestContext
from shared.http.permissions import Permissions, require_complete
from shared.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)


def create_api(
    service: str,
    settings: S,
    *,
    routers: Sequence[APIRouter],
    permissions: Permissions,
    create_worker: Callable[[S, Database], Worker],
    clock: Clock | None = None,
) -> FastAPI:
    """Return the HTTP application of a service.

    Args:
        service: Folder name of the service, e.g. `client-profile`; the audience of its internal tokens.
        settings: What the process was told.
        routers: The features' routers.
        permissions: Who may call which route; must name every route.
        create_worker: Makes the worker, run in this process when `settings.run_worker` is set.
        clock: Replaces the settings' clock in tests.
    """
    log.configure(service, settings.log_level)
    database = Database(settings.database_url.get_secret_value(), service=service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            if settings.run_worker:
                worker = create_worker(settings, database)
                await worker.start()
                stack.push_async_callback(worker.stop)
                app.state.checks.append(_worker_check(worker))
            yield

    app = FastAPI(
        title=f"Trust CRM: {service}",
        version="1.0.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
    )
    app.state.database = database
    app.state.clock = clock or settings.clock
    app.state.permissions = permissions
    app.state.verifier = TokenVerifier(partial(keys_in, settings.internal_keys_file), service)
    app.state.checks = [_database_check(service, database)]
    for router in (health, *routers):
        # Not `include_router`: it hides the routes behind a wrapper, and start-up must see every one.
        app.router.routes.extend(router.routes)
    problems.install(app)
    app.add_middleware(RequestContext)
    require_complete(app, permissions)
    return app


def create_worker_app(service: str, settings: S, create_worker: Callable[[S, Database], Worker]) -> FastAPI:
    """Return the application of a worker process: health and metrics over HTTP, the worker beside them.

    Args:
        service: Folder name of the service.
        settings: What the process was told.
        create_worker: Makes the worker.
    """
    log.configure(f"{service}-worker", settings.log_level)
    database = Database(settings.database_url.get_secret_value(), service=service)
    worker = create_worker(settings, database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await worker.start()
        try:
            yield
        finally:
            await worker.stop()
            await database.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.checks = [_database_check(service, database), _worker_check(worker)]
    app.router.routes.extend(health.routes)
    return app


def _database_check(service: str, database: Database) -> Check:
    async def database_is_ready() -> list[str]:
        async with asyncio.timeout(3):
            missing = await migrations.pending(service.replace("-", "_"), database)
        return [f"migrations not applied: {', '.join(missing)}"] if missing else []

    return database_is_ready


def _worker_check(worker: Worker) -> Check:
    async def worker_is_ready() -> list[str]:
        return worker.health()

    return worker_is_ready
