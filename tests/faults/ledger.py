"""The sink: books every payment (an effect) and keeps the last version of every account (a projection)."""

import os
import random
from collections import Counter
from itertools import count

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.faults.teller import TYPES, Paid

from shared.delivery.envelope import Known
from shared.delivery.handlers import Handlers, effect, merge, projection
from shared.delivery.reader import Reader
from shared.events.base import Received

SERVICE = "ledger"
#: A payment that the ledger's own rules refuse: poison.
POISON_FEN = -666
# No unique key keeps a second booking out, so that one shows.
TABLES = f"""
CREATE TABLE booking (place bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL, fact_id uuid NOT NULL,
    account_id uuid NOT NULL, version bigint NOT NULL, key text NOT NULL, fen bigint NOT NULL,
    CONSTRAINT booking_is_no_poison CHECK (fen <> {POISON_FEN}));
CREATE TABLE balance (key text PRIMARY KEY, fen bigint NOT NULL);
CREATE TABLE latest (account_id uuid PRIMARY KEY, version bigint NOT NULL);
"""
_BOOK = text(
    "INSERT INTO booking (event_id, fact_id, account_id, version, key, fen) SELECT * FROM unnest("
    "CAST(:event_ids AS uuid[]), CAST(:fact_ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:versions AS bigint[]),"
    " CAST(:keys AS text[]), CAST(:fen AS bigint[]))"
)
_ADD = text(
    "INSERT INTO balance (key, fen) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:fen AS bigint[])) ORDER BY 1"
    " ON CONFLICT (key) DO UPDATE SET fen = balance.fen + excluded.fen"
)
_KEEP = text(
    "INSERT INTO latest SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:versions AS bigint[])) ORDER BY 1"
    " ON CONFLICT (account_id) DO UPDATE SET version = excluded.version WHERE latest.version < excluded.version"
)
_FAIL = "DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{state}'; END $$"

#: SQLSTATEs that pass: deadlock, serialization failure, lock timeout.
CROSSED = ("40P01", "40001", "55P03")
_calls = count()


async def book(session: AsyncSession, run: list[Received[Paid]]) -> None:
    await _trouble(session)
    columns = {
        "event_ids": [one.id for one in run],
        "fact_ids": [one.event.fact_id for one in run],
        "accounts": [one.event.account_id for one in run],
        "versions": [one.aggregate_version for one in run],
        "keys": [one.key for one in run],
        "fen": [one.event.fen for one in run],
    }
    await session.execute(_BOOK, columns)
    sums: Counter[str] = Counter()
    for one in run:
        sums[one.key] += one.event.fen
    await session.execute(_ADD, {"keys": list(sums), "fen": list(sums.values())})


async def keep(session: AsyncSession, run: list[Received[Paid]]) -> None:
    versions = {one.event.account_id: one.aggregate_version for one in run}
    await session.execute(_KEEP, {"accounts": list(versions), "versions": list(versions.values())})


async def _trouble(session: AsyncSession) -> None:
    """Do what the environment asks for: fail in some batches as the database would, have a bug, be slow."""
    match os.environ.get("TROUBLE", "").split():
        case ["crossed", share, seed]:
            chance = random.Random(f"{seed} {next(_calls)}")
            if chance.random() < float(share):
                await session.execute(text(_FAIL.format(state=chance.choice(CROSSED))))
        case ["bug"]:
            raise ValueError("a bug of ours")
        case ["no-table"]:
            await session.execute(text("INSERT INTO boking DEFAULT VALUES"))
        case ["slow", seconds]:
            await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": float(seconds)})


HANDLERS: Handlers = merge({Paid: effect(book, batch=True)}, {Paid: projection(keep, batch=True)})
READER = Reader(SERVICE, HANDLERS, Known(TYPES, frozenset(TYPES)))
