"""The process of the gateway: `python -m gateway.main`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from joserfc.jwk import KeySet

from gateway.application import create_pages
from gateway.callers import keys
from gateway.housekeeping import Housekeeping
from gateway.oauth_clients.registry import Registry
from gateway.portal.rules import code_lists
from gateway.routing.access_log import AccessLog
from gateway.routing.authentication import Authenticator
from gateway.routing.entrance import Entrance
from gateway.routing.protocol import BoundedProtocol
from gateway.routing.table import OWN, compile_table
from gateway.settings import GatewaySettings
from gateway.sign_in.people import People
from gateway.upstreams.upstream import Upstreams
from shared import log, migrations
from shared.database import Database
from shared.http.callers import TokenVerifier

#: Longer than most requests, shorter than what an orchestrator waits.
_DRAIN_SECONDS = 10
#: Longer than a proxy in front keeps its idle connections, so that it never writes to one just closed.
_KEEP_ALIVE_SECONDS = 75


def create_app(settings: GatewaySettings, *, access_log: AccessLog | None = None) -> Entrance:
    """Return the gateway.

    Args:
        settings: What the process was told.
        access_log: Where a line per request goes; stdout if not given.
    """
    log.configure(OWN, settings.log_level)
    key = keys.load(settings.signing_key_file)
    contract = settings.openapi_file.read_bytes()
    document = json.loads(contract)
    database = Database(settings.database_url.get_secret_value(), service=OWN)
    upstreams = Upstreams(settings.upstreams, limit=settings.upstream_concurrency)
    registry, people = Registry(database), People(upstreams, key)
    lines = access_log or AccessLog()

    async def database_is_ready() -> list[str]:
        return [f"migration not applied: {name}" for name in await migrations.pending(OWN, database)]

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with _running(database, upstreams, registry, lines):
            yield

    pages = create_pages(with_sign_in=settings.dev_sign_in, lifespan=lifespan)
    state = pages.state
    state.settings, state.key, state.database, state.clock = settings, key, database, settings.clock
    state.upstreams, state.people, state.contract, state.code_lists = upstreams, people, contract, code_lists(document)
    state.verifier, state.checks = TokenVerifier(lambda: KeySet([key]), OWN), [database_is_ready, registry.problems]
    return Entrance(
        settings,
        table=compile_table(document),
        pages=pages,
        authenticator=Authenticator(
            issuer=settings.issuer, key=key, registry=registry, people=people, allow_sign_in=settings.dev_sign_in
        ),
        upstreams=upstreams,
        key=key,
        access_log=lines,
    )


@asynccontextmanager
async def _running(
    database: Database, upstreams: Upstreams, registry: Registry, lines: AccessLog
) -> AsyncIterator[None]:
    """Hold open what runs beside the requests."""
    housekeeping = Housekeeping(database)
    lines.start()
    await upstreams.start()
    await registry.start()
    await housekeeping.start()
    yield
    await housekeeping.stop()
    await registry.stop()
    await upstreams.stop()
    await database.close()
    lines.stop()


def serve(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT; open requests get ten seconds to finish."""
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=BoundedProtocol,
        loop="uvloop",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )


if __name__ == "__main__":
    serve(GatewaySettings())
