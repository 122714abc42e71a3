"""One batch taken into the database of a test, and what became of it."""

from typing import Any

from aiokafka import ConsumerRecord
from records import fetched
from sqlalchemy import text
from widgets import NOTE_ALL, PLACES, SERVICE, a_widget

from shared.database import Database
from shared.delivery import positions
from shared.delivery.batch import Taken, take
from shared.delivery.handlers import Handlers
from shared.delivery.reader import reader

PLACE = PLACES[0]
A, B = a_widget(), a_widget()


async def take_all(
    database: Database, *records: ConsumerRecord[bytes, bytes], handlers: Handlers = NOTE_ALL, **options: Any
) -> Taken:
    own = options.pop("reader", None) or reader(SERVICE, handlers)
    async with database.transaction() as session:
        await positions.begin(session, SERVICE, {PLACE: records[0].offset})
    async with database.transaction() as session:
        return await take(session, own, fetched({PLACE: records}), **{"sought": {}, **options})


async def applied(database: Database) -> list[int]:
    async with database.session() as session:
        return list((await session.execute(text("SELECT number FROM applied ORDER BY place"))).scalars())


async def parked(database: Database) -> list[tuple[int, str]]:
    async with database.session() as session:
        rows = await session.execute(text('SELECT "offset", error FROM parked_event ORDER BY id'))
        return [(row.offset, row.error) for row in rows]
