"""One leader per database: the session that holds an advisory lock, and that PostgreSQL ends when it falls silent."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection, OperationalError

Rows = list[tuple[Any, ...]]
Session = AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")

_LOCK = 7_240_303
_TRY_EVERY_SECONDS = 1.0
_SIGN_OF_LIFE_SECONDS = 3.0
_STATEMENT_SECONDS = 10
# A frozen leader must lose its lock: PostgreSQL ends the session after ten idle seconds. The network settings end one
# whose machine is gone, or whose process no longer reads what PostgreSQL sends. A plan made while a table is empty is
# kept when it is long: it must go by the index.
_SESSION_OPTIONS = (
    "-c enable_seqscan=off -c timezone=UTC -c idle_session_timeout=10s -c statement_timeout=10s -c tcp_user_timeout=10s"
    " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
)


@asynccontextmanager
async def session(url: str, *, application: str) -> AsyncIterator[Session]:
    """Open a session of its own, in autocommit, direct to the database (not through a pooler).

    Raises:
        psycopg.OperationalError: the database is away.
    """
    connection = await AsyncConnection.connect(
        url.replace("+psycopg", "", 1),
        autocommit=True,
        options=_SESSION_OPTIONS,
        application_name=application,
        connect_timeout=5,
        tcp_user_timeout=_STATEMENT_SECONDS * 1000,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def execute(connection: Session, statement: LiteralString, values: Sequence[object] = ()) -> Rows:
    """Run one statement and return its rows, none if it has none.

    Raises:
        psycopg.Error: it failed, or the database did not answer in time; the session must not be used any more.
    """
    try:
        async with asyncio.timeout(_STATEMENT_SECONDS):
            cursor = await connection.execute(statement, values, binary=True)
            return await cursor.fetchall() if cursor.description else []
    except TimeoutError:
        raise OperationalError(f"the database did not answer within {_STATEMENT_SECONDS} s") from None


async def become_leader(connection: Session, stopping: asyncio.Event) -> bool:
    """Wait for the lock, trying each second; return False if `stopping` was set meanwhile.

    The lock is held until the session ends.

    Raises:
        psycopg.Error: the session is gone.
    """
    while not stopping.is_set():
        if (await execute(connection, "SELECT pg_try_advisory_lock(%s)", [_LOCK]))[0][0]:
            return True
        await pause(stopping, _TRY_EVERY_SECONDS)
    return False


async def stay_leader(connection: Session, work: Awaitable[T], *, seconds: float) -> T:
    """Wait for `work` while showing PostgreSQL signs of life.

    Raises:
        TimeoutError: `work` took longer than `seconds`; it was cancelled.
        psycopg.Error: the session is gone, and the lock with it; `work` was cancelled.
    """
    task = asyncio.ensure_future(work)
    deadline = time.monotonic() + seconds
    try:
        while not task.done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            done, _ = await asyncio.wait([task], timeout=min(left, _SIGN_OF_LIFE_SECONDS))
            if not done:
                await execute(connection, "SELECT 1")
        return await task
    finally:
        task.cancel()


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep for `seconds`, or until `stopping` is set."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
