"""PostgreSQL: engine, sessions, and the column types our tables are made of.

One request, one batch of events, one due task = one transaction, opened and committed at the edge. Features get a
plain `AsyncSession` and call `flush` at most, never `commit`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Enum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import Field, SQLModel

from shared.codes import Code
from shared.ids import new_id

#: Bounds on every transaction, so that a frozen process cannot hold locks for long.
SESSION_LIMITS = {
    "idle_in_transaction_session_timeout": "20s",
    "transaction_timeout": "60s",
    "lock_timeout": "10s",
}

#: A connection that swallows everything is given up after ten seconds, not after the minutes TCP would take.
NOTICE_A_DEAD_SERVER = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}

#: Names of indexes and constraints, the same in models and migrations.
NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Database:
    """The database of one service.

    Args:
        url: `postgresql://user:password@host:port/name`.
        service: Folder name of the service; the only one whose topics its sessions may record to.
        pool_size: Connections kept; as many again may be opened under load.
    """

    def __init__(self, url: str, *, service: str, pool_size: int = 5) -> None:
        limits = " ".join(f"-c {name}={value}" for name, value in SESSION_LIMITS.items())
        self.url = url
        self.service = service
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            pool_timeout=5,
            # Values of rows may be personal data, and errors are logged.
            hide_parameters=True,
            connect_args={**NOTICE_A_DEAD_SERVER, "options": f"-c timezone=UTC {limits}", "application_name": service},
        )

    def session(self) -> AsyncSession:
        """Return a session that connects when first used; the caller commits and closes it."""
        return AsyncSession(self.engine, expire_on_commit=False, info={"service": self.service})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session that commits on leaving and rolls back on an exception."""
        async with self.session() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """Return `url` with the psycopg 3 driver named."""
    scheme, rest = url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme in ("postgresql", "postgres") else url


class Aggregate(SQLModel):
    """Columns of a table whose rows record events.

    Attributes:
        version: Grows by one with every event; also the ETag.
        event_key: The Kafka key of all its events; chosen at creation, never changed.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(default=0, sa_type=BigInteger, nullable=False)
    event_key: UUID


C = TypeVar("C", bound=Code)


def coded(codes: type[C], **field: Any) -> Any:
    """Return a column that holds one of `codes` as text; other values are refused on writing.

    No CHECK stands in the table, so that a new code needs no migration.
    """
    kind = Enum(
        codes,
        native_enum=False,
        length=40,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )
    return Field(sa_type=kind, **field)


def instant(**field: Any) -> Any:
    """Return a column that holds an instant with its time zone (`timestamptz`)."""
    return Field(sa_type=DateTime(timezone=True), **field)


def fen(**field: Any) -> Any:
    """Return a column that holds money in whole fen (`BIGINT`)."""
    return Field(sa_type=BigInteger, **field)


def document(**field: Any) -> Any:
    """Return a column that holds a JSON document (`jsonb`)."""
    return Field(sa_type=JSONB, **field)
