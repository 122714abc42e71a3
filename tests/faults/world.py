"""The servers of the campaign: PostgreSQL, Kafka, and a proxy on every way to them. All on loopback, all ours."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from tests.faults import ledger, nursery, teller
from tests.faults.nursery import Nursery
from tests.faults.proxy import Proxy

from local_stack import databases, kafka, ports, postgres
from shared.schema import SHARED

#: Data may go with the machine, but an answered commit must outlast a killed server.
SETTINGS = {**postgres.FAST, "synchronous_commit": "on"}
SERVICES = {teller.SERVICE: teller.TABLES, ledger.SERVICE: ledger.TABLES}


@dataclass
class World:
    """The servers, and the proxies through which each service reaches them.

    Attributes:
        to_kafka: By service; the broker advertises the proxy's address to whoever comes through it.
        to_database: By service.
    """

    folder: Path
    nursery: Nursery
    postgres: postgres.PostgresServer
    broker: kafka.KafkaBroker
    to_kafka: dict[str, Proxy]
    to_database: dict[str, Proxy]
    postgres_kills: int = 0

    @property
    def kafka(self) -> str:
        """`host:port` of the broker without a proxy: for whoever looks, not for whoever is tested."""
        return self.broker.bootstrap_servers

    def database_url(self, service: str, *, proxied: bool = False) -> str:
        """Return where a service's database is, direct or through its proxy."""
        url = self.postgres.url(service, user=service, password=service)
        if proxied:
            return url.replace(f":{self.postgres.port}/", f":{self.to_database[service].port}/")
        return url

    @property
    def proxies(self) -> list[Proxy]:
        return [*self.to_kafka.values(), *self.to_database.values()]

    async def kill_broker(self) -> None:
        await asyncio.to_thread(self.broker.kill)

    async def kill_postgres(self) -> None:
        self.postgres_kills += 1
        await asyncio.to_thread(self.postgres.kill)

    async def heal(self) -> None:
        """Let every proxy pass everything on, thaw the broker, start again what was killed."""
        for proxy in self.proxies:
            proxy.heal()
        if self.broker.process.poll() is None:
            self.broker.process.send_signal(signal.SIGCONT)
        else:
            self.broker = await _start_broker(self.folder, self.to_kafka, port=self.broker.port)
        if self.postgres.process.poll() is not None:
            self.postgres = await asyncio.to_thread(_start_postgres, self.folder, self.postgres.port)

    async def end(self) -> None:
        """Stop both servers, whatever state they are in."""
        self.broker.process.send_signal(signal.SIGCONT)
        await self.kill_broker()
        await asyncio.to_thread(self.postgres.stop)

    def empty_databases(self) -> None:
        """Give every service a fresh database."""
        with psycopg.connect(self.postgres.url(), autocommit=True) as admin:
            for service in SERVICES:
                replace_database(admin, service, f"{service}_template")


def replace_database(admin: psycopg.Connection[tuple[object, ...]], name: str, template: str) -> None:
    """Make `name` anew as a copy of `template`, whoever is connected to it."""
    drop, create = "DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {} OWNER {} TEMPLATE {}"
    owner = name.removesuffix("_backup")
    admin.execute(sql.SQL(drop).format(sql.Identifier(name)))
    admin.execute(sql.SQL(create).format(*map(sql.Identifier, (name, owner, template))))


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[World]:
    """Start everything in `folder`; stop it in the end."""
    async with AsyncExitStack() as stopping:
        server = await asyncio.to_thread(_start_postgres, folder, None)
        stopping.push_async_callback(asyncio.to_thread, server.stop)
        to_database = {service: Proxy(server.port) for service in SERVICES}
        to_kafka = {service: Proxy(ports.find_free()) for service in SERVICES}
        for proxy in (*to_database.values(), *to_kafka.values()):
            await proxy.start()
            stopping.push_async_callback(proxy.stop)
        for service, tables in SERVICES.items():
            await asyncio.to_thread(_make_template, server, service, tables)
        children = await stopping.enter_async_context(nursery.opened())
        broker = await _start_broker(folder, to_kafka, port=None)
        world = World(folder, children, server, broker, to_kafka, to_database)
        stopping.push_async_callback(world.end)
        yield world


def _start_postgres(folder: Path, port: int | None) -> postgres.PostgresServer:
    return postgres.start(folder / "postgres", settings=SETTINGS, port=port)


async def _start_broker(folder: Path, to_kafka: dict[str, Proxy], *, port: int | None) -> kafka.KafkaBroker:
    with _listening_behind(to_kafka):
        return await asyncio.to_thread(kafka.start, folder / "kafka", port=port)


@contextmanager
def _listening_behind(to_kafka: dict[str, Proxy]) -> Iterator[None]:
    """Give the broker one more listener per proxy, which advertises the proxy's address."""
    before = kafka.PROPERTIES
    more = {
        "\nlisteners=": ",".join(f"{name.upper()}://{{host}}:{proxy.target}" for name, proxy in to_kafka.items()),
        "\nadvertised.listeners=": ",".join(f"{name.upper()}://{{host}}:{it.port}" for name, it in to_kafka.items()),
        "\nlistener.security.protocol.map=": ",".join(f"{name.upper()}:PLAINTEXT" for name in to_kafka),
    }
    properties = before
    for setting, values in more.items():
        assert setting in properties
        properties = properties.replace(setting, f"{setting}{values},")
    kafka.PROPERTIES = properties
    try:
        yield
    finally:
        kafka.PROPERTIES = before


def _make_template(server: postgres.PostgresServer, service: str, tables: str) -> None:
    template = f"{service}_template"
    databases.ensure_role(server.url(), role=service, password=service)
    databases.ensure_database(server.url(), database=template, owner=service)
    with psycopg.connect(server.url(template, user=service, password=service)) as connection:
        connection.execute((SHARED + tables).encode())
