"""A service under test: its real app on a real database, callers with any role, its outbox, its handlers."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from joserfc.jwk import ECKey
from sqlalchemy import text

from shared import migrations
from shared.context import Cause, set_cause
from shared.database import Database
from shared.delivery.handlers import Handlers, deliver
from shared.events.base import Event, Received
from shared.http.callers import Actor, mint
from shared.ids import new_id
from shared.testing.postgres import clone, template_database

#: Noon in Shanghai on an ordinary Monday.
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
#: Filled by migrations, kept between tests.
_SEEDED = ("policy_row", "alembic_version")


@dataclass
class ServiceKit:
    """One service, its database emptied before each test.

    Attributes:
        service: Folder name.
        app: The real application.
        database: Its database.
        now: What its clock says; set it to move time.
        seeded: Tables that migrations fill and `reset` keeps.
    """

    service: str
    app: FastAPI
    database: Database
    key: ECKey
    seeded: tuple[str, ...]
    now: datetime = START
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def call_as(self, actor: Actor) -> httpx.AsyncClient:
        """Return an HTTP client that calls with the internal token of `actor`."""
        token = mint(actor, audience=self.service, key=self.key)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://service", headers={"Authorization": f"Bearer {token}"}
        )
        self._clients.append(client)
        return client

    def staff(
        self, *roles: str, id: UUID | None = None, unit_id: UUID | None = None, unit_ids: Iterable[UUID] = ()
    ) -> httpx.AsyncClient:
        """Return a client that calls as a staff member with these roles."""
        units = frozenset(unit_ids) or (frozenset({unit_id}) if unit_id else frozenset())
        return self.call_as(Actor("staff", id or new_id(), frozenset(roles), unit_id, units))

    def channel(self, channel_id: UUID, *scopes: str) -> httpx.AsyncClient:
        """Return a client that calls as a partner channel with these OAuth scopes."""
        return self.call_as(Actor("channel", channel_id, frozenset(f"channel:{scope}" for scope in scopes)))

    def client(self, client_id: UUID) -> httpx.AsyncClient:
        """Return a client that calls as a client of the client app."""
        return self.call_as(Actor("client", client_id, frozenset({"client"})))

    async def outbox(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the type and payload of every recorded event, oldest first."""
        async with self.database.session() as session:
            rows = (await session.execute(text("SELECT type, payload FROM outbox ORDER BY seq"))).all()
        return [(row.type, json.loads(bytes(row.payload))) for row in rows]

    async def events(self) -> list[str]:
        """Return the types of every recorded event, oldest first, without service and version: `client.registered`."""
        return [type_.split(".", 1)[1].rsplit(".", 1)[0] for type_, _ in await self.outbox()]

    async def receive(self, handlers: Handlers, *events: Event, id: UUID | None = None, version: int = 1) -> None:
        """Hand events to the handlers as the consumer does: in order, one transaction, with their cause."""
        batch = [self.received(event, id=id, version=version) for event in events]
        async with self.database.transaction() as session:
            await deliver(session, handlers, batch)

    def received(self, event: Event, *, id: UUID | None = None, version: int = 1) -> Received[Event]:
        """Return `event` as a consumer gets it."""
        subject = next(value for name, value in event if name != "occurred_at" and isinstance(value, UUID))
        return Received(
            event=event,
            id=id or new_id(),
            type=event.type,
            topic=event.topic(),
            partition=0,
            offset=0,
            key=str(subject),
            aggregate_id=subject,
            aggregate_version=version,
            time=event.occurred_at,
            actor="system",
            correlation_id="test",
        )

    async def count(self, table: str) -> int:
        """Return how many rows `table` has."""
        async with self.database.session() as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    async def reset(self) -> None:
        """Empty every table but the seeded ones, and set the clock back to `START`."""
        self.now = START
        set_cause(Cause("test", "system"))
        while self._clients:
            await self._clients.pop().aclose()
        async with self.database.transaction() as session:
            found = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            mine = sorted(set(found.scalars()) - {*_SEEDED, *self.seeded})
            # Emptying a table makes new files, so only those that hold anything are.
            probes = [f"SELECT '{name}' AS name WHERE EXISTS (SELECT FROM \"{name}\")" for name in mine]
            filled = (await session.execute(text(" UNION ALL ".join(probes)))).scalars().all()
            if filled:
                names = ", ".join(f'"{name}"' for name in filled)
                await session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


@asynccontextmanager
async def service_kit(
    service: str,
    create_app: Callable[..., FastAPI],
    settings_class: type[Any],
    server: Any,
    folder: Path,
    *,
    extra: Mapping[str, Any] | None = None,
    seeded: tuple[str, ...] = (),
) -> AsyncIterator[ServiceKit]:
    """Start a service on a database of its own, cloned from a migrated template.

    Args:
        service: Folder name, e.g. `complaints`.
        create_app: The service's `main.create_app`.
        settings_class: The service's `Settings`.
        server: The `postgres_server` fixture.
        folder: A temporary folder for the key file.
        extra: Further settings the service needs.
        seeded: Tables its migrations fill.
    """
    import_name = service.replace("-", "_")
    template = template_database(server, import_name, lambda url: migrations.upgrade(import_name, url))
    key = ECKey.generate_key("P-256", auto_kid=True)
    keys_file = folder / f"{service}-keys.json"
    keys_file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = settings_class(
        environment="dev",
        database_url=clone(server, template),
        kafka_bootstrap_servers="127.0.0.1:1",
        internal_keys_file=keys_file,
        log_level="warning",
        **(extra or {}),
    )
    kit: ServiceKit
    app = create_app(settings, clock=lambda: kit.now)
    kit = ServiceKit(service, app, app.state.database, key, seeded)
    try:
        yield kit
    finally:
        await kit.database.close()
