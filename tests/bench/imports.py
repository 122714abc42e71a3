"""Rows a second through a bulk endpoint, against a bare COPY of the very same rows into a table like theirs."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg
from run.system import System
from run.waiting import until_quiet

from local_stack.journey.callers import Door
from shared.ids import new_id

ROUNDS, ROWS, ORIGIN = 5, 1000, "bench"
CLIENTS = 500


async def measure(system: System) -> dict[str, float]:
    """Return rows per second of `POST /v1/interactions/bulk` and of COPY, medians of rounds in turn.

    Each round waits until all events of the one before had their effect, so that nothing else runs beside it.
    """
    clients = [str(new_id()) for _ in range(CLIENTS)]
    bulk, copy = [], []
    door = Door.at(system.address)
    async with door.http:
        caller = await door.admin()
        for number in range(ROUNDS + 1):
            body = {"origin": ORIGIN, "items": [_contact(number, place, clients) for place in range(ROWS)]}
            began = time.perf_counter()
            answer = await caller.post("/v1/interactions/bulk", body)
            bulk.append(ROWS / (time.perf_counter() - began))
            assert {result["status"] for result in answer["results"]} == {"created"}
            await until_quiet(system)
            copy.append(await asyncio.to_thread(_copy, system.database("interaction-log"), number))
    # The first round makes connections and statements warm.
    return {"bulk_per_second": median(bulk[1:]), "copy_per_second": median(copy[1:])}


def _contact(number: int, place: int, clients: list[str]) -> dict[str, Any]:
    return {
        "external_id": f"{number}-{place}",
        "client_id": clients[place % CLIENTS],
        "kind": "call",
        "direction": "outbound",
        "started_at": (datetime.now(UTC) - timedelta(days=30, minutes=place)).isoformat(),
        "duration_seconds": place,
        "is_reached": True,
        "attributes": {"campaign": number, "previous": place, "poutcome": "unknown"},
    }


def _copy(url: str, number: int) -> float:
    """Copy the rows of a round, as the service wrote them, into an empty table with the same columns and indexes."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_copy")
        connection.execute("CREATE TABLE bench_copy (LIKE interaction INCLUDING ALL)")
        wanted = "SELECT * FROM interaction WHERE origin = %s AND external_id LIKE %s"
        query = psycopg.ClientCursor(connection).mogrify(wanted, [ORIGIN, f"{number}-%"])
        with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT".encode()) as out:
            rows = b"".join(bytes(part) for part in out)
        connection.commit()
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(b"COPY bench_copy FROM STDIN") as into:
            into.write(rows)
        connection.commit()
        seconds = time.perf_counter() - began
        count = connection.execute("SELECT count(*) FROM bench_copy").fetchall()[0][0]
        assert count == ROWS, count
        connection.execute("DROP TABLE bench_copy")
    return ROWS / seconds
