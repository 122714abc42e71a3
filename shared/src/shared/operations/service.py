"""The services whose data an operator can reach: found by *_DATABASE_URL, else in the local stack's `.local/`."""

import getpass
import importlib
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import trail
from shared.context import Cause, set_cause
from shared.database import Database
from shared.delivery.handlers import Handlers, Projection
from shared.ids import new_id
from shared.operations.screen import Refused

#: Where `make run` writes the addresses of what it started, as lines of NAME=value.
LOCAL_ADDRESSES = Path(".local/addresses.env")

_DATABASE_URL = "_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and where it keeps its data.

    Attributes:
        name: Folder name, e.g. `client-profile`; also the name of its consumer.
        database_url: Address of its database.
        kafka: `host:port` of a broker; None if none was named.
        topic_prefix: Put before topic names on that broker.
    """

    name: str
    database_url: str
    kafka: str | None
    topic_prefix: str

    @property
    def bootstrap(self) -> str:
        """The broker's address.

        Raises:
            Refused: none was named.
        """
        if self.kafka is None:
            raise Refused("Which Kafka? Set KAFKA_BOOTSTRAP_SERVERS to host:port of a broker.")
        return self.kafka

    def handlers(self) -> Handlers:
        """Return what the service does with events."""
        handlers: Handlers = self._worker().HANDLERS
        return handlers

    def projections(self) -> Mapping[str, Projection]:
        """Return what of the service can be rebuilt, by name."""
        found: Mapping[str, Projection] = getattr(self._worker(), "PROJECTIONS", {})
        return found

    def _worker(self) -> Any:
        importlib.import_module("shared.events.all")
        return importlib.import_module(f"{_import_name(self.name)}.worker")


def find(environment: Mapping[str, str] = os.environ) -> dict[str, Service]:
    """Return every service whose database address is set, by name; if none is, those of the local stack.

    Raises:
        Refused: no address is known.
    """
    services = _named_in(environment)
    if not services and LOCAL_ADDRESSES.exists():
        lines = LOCAL_ADDRESSES.read_text().splitlines()
        services = _named_in(dict(environment) | dict(line.split("=", 1) for line in lines if "=" in line))
    if not services:
        raise Refused(
            "No service's address is known: set e.g. COMPLAINTS_DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS, or start the"
            " local stack with `make run` and call this in the project's folder."
        )
    return services


def one(name: str) -> Service:
    """Return the service called `name`.

    Raises:
        Refused: its address is not known.
    """
    services, wanted = find(), name.replace("_", "-")
    if wanted not in services:
        variable = _import_name(wanted).upper() + _DATABASE_URL
        raise Refused(f"{wanted} is not known here ({', '.join(services)} are): set {variable} to its database.")
    return services[wanted]


def _named_in(environment: Mapping[str, str]) -> dict[str, Service]:
    services = {}
    for variable in sorted(environment):
        import_name = variable.removesuffix(_DATABASE_URL).lower()
        if not variable.endswith(_DATABASE_URL) or not _has_worker(import_name):
            continue
        prefix, name = import_name.upper(), import_name.replace("_", "-")
        kafka = environment.get("KAFKA_BOOTSTRAP_SERVERS") or environment.get(f"{prefix}_KAFKA_BOOTSTRAP_SERVERS")
        services[name] = Service(name, environment[variable], kafka, environment.get(f"{prefix}_TOPIC_PREFIX", ""))
    return services


def _has_worker(import_name: str) -> bool:
    """Return whether this is a service that takes events: the gateway has a database too, and a test run others."""
    module = f"{import_name}.worker"
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _import_name(name: str) -> str:
    return name.replace("-", "_")


@asynccontextmanager
async def transaction(service: Service) -> AsyncIterator[AsyncSession]:
    """Open one transaction on the service's database, attributed to the operator."""
    _act()
    database = Database(service.database_url, service=service.name, pool_size=1)
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()


@asynccontextmanager
async def one_connection(service: Service) -> AsyncIterator[AsyncSession]:
    """Open a session that stays on one connection, so that its temporary tables do; it begins no transaction."""
    _act()
    database = Database(service.database_url, service=service.name, pool_size=1)
    try:
        async with (
            database.engine.connect() as connection,
            AsyncSession(connection, expire_on_commit=False, info={"service": service.name}) as session,
        ):
            yield session
    finally:
        await database.close()


def _act() -> None:
    set_cause(Cause(correlation_id=str(new_id()), actor=f"operator:{getpass.getuser()}"))


async def audit(
    session: AsyncSession, action: str, *, kind: str, key: str = "", reason: str | None, facts: Mapping[str, Any]
) -> None:
    """Note what the operator does, in the transaction that does it.

    Args:
        session: That transaction.
        action: E.g. `parked_event_discarded`.
        kind: What it was done to, e.g. `parked_key`.
        key: The aggregate's id if it was done to one; anything else is noted under the nil UUID.
        reason: Why, in the operator's words.
        facts: What, exactly.
    """
    await trail.record(session, action, kind=kind, id=_subject(key), reason=reason, facts=facts)


def _subject(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        return UUID(int=0)
