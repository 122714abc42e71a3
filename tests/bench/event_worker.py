"""One side of the events that are measured: `python -m tests.bench.event_worker source|sink`, told by URL and KAFKA."""

import asyncio
import os
import signal
import sys

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared import log, rows
from shared.database import Aggregate, Database
from shared.delivery.handlers import Handlers, projection
from shared.delivery.worker import Worker
from shared.events.base import Received
from shared.events.interaction_log import InteractionRecorded
from shared.serve import spare_collections

PREFIX = "bench-"
READY = "the worker is ready"
SOURCE, SINK = "interaction-log", "complaints"
SOURCE_TABLE = "CREATE TABLE sample (id uuid PRIMARY KEY, version bigint NOT NULL, event_key uuid NOT NULL)"
SINK_TABLE = "CREATE TABLE effect (sample_id uuid PRIMARY KEY, client_id uuid NOT NULL, kind text NOT NULL)"


class Table(SQLModel, registry=registry()):
    """Base of the one table here."""


class Sample(Aggregate, Table, table=True):
    """The row whose change an event tells."""

    __tablename__ = "sample"


_COLUMNS = ("sample_id", "client_id", "kind")
_ADD = rows.insert("effect", _COLUMNS)


async def keep(session: AsyncSession, run: list[Received[InteractionRecorded]]) -> None:
    """Write one row for each event, in one statement: the least a handler does."""
    effects = [(one.event.interaction_id, one.event.client_id, one.event.kind) for one in run]
    await session.execute(_ADD, rows.given(dict(zip(_COLUMNS, effect, strict=True)) for effect in effects))


HANDLERS: Handlers = {InteractionRecorded: projection(keep, batch=True)}


async def main(side: str) -> None:
    """Run relay or consumer until SIGTERM; print READY when it works."""
    log.configure(side)
    database = Database(os.environ["URL"], service=SOURCE if side == "source" else SINK)
    worker = Worker(
        service=database.service,
        database=database,
        kafka_bootstrap=os.environ["KAFKA"],
        topic_prefix=PREFIX,
        handlers=HANDLERS if side == "sink" else {},
    )
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await worker.start()
    while worker.health() and not stopping.is_set():  # noqa: ASYNC110  # health is asked, it does not tell
        await asyncio.sleep(0.1)
    print(READY, flush=True)
    await stopping.wait()
    await worker.stop()
    await database.close()


if __name__ == "__main__":
    import uvloop

    spare_collections()
    uvloop.run(main(sys.argv[1]))
