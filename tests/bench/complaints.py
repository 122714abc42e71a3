"""The complaints service with the cases of many years and a million clients: lists, proofs, the scan, the at-risk rule.

The service's own application and timers, asked in this process: what is measured is the service and its database.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from complaints.clocks import service as clocks
from complaints.main import create_app
from complaints.risk import service as risk
from complaints.settings import Settings
from complaints.worker import HANDLERS
from local_stack import postgres
from shared import timers
from shared.events.client_profile import RedemptionConfirmed
from shared.ids import new_id
from shared.money import Money
from shared.testing.postgres import TestPostgres
from shared.testing.run import Run
from shared.testing.service import START, ServiceKit, service_kit

CASES, OPEN_CASES = 200_000, 10_000
CLIENTS = int(os.environ.get("BENCH_CLIENTS", "1000000"))
REQUESTS, WARM_UP = 200, 20
#: Causes a second, for so many seconds, and how often the worker's timer looks.
CAUSES_PER_SECOND, SECONDS, LOOKS_EVERY = 200, 10, timedelta(milliseconds=500)
PART = 2000

# Of seven clients one has not been reached for long, of fifty one took money out, of twenty one complained.
_CLIENTS = """
INSERT INTO client_stub (id, heard_at, registered_at, service_class, assigned_version, classified_version)
SELECT uuidv7(), :now, CAST(:now AS timestamptz) - INTERVAL '900 days', (ARRAY['A', 'B', 'C'])[1 + n % 3], 0, 0
FROM generate_series(1, :clients) AS n
"""
_NUMBERED = "CREATE TABLE bench_client AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM client_stub"
_CONTACTS = """
INSERT INTO contact (interaction_id, client_id, began_on, is_reached, told_version)
SELECT uuidv7(), id, CAST(:today AS date) - CAST(times * 20 + CASE WHEN n % 7 = 0 THEN 400 ELSE n % 15 END AS int),
  true, 1
FROM bench_client, generate_series(0, 2) AS times
"""
_FLOWS = """
INSERT INTO flow (dealing_id, client_id, confirmed_on, amount, is_reversed)
SELECT uuidv7(), id, CAST(:today AS date) - CAST(CASE times WHEN 0 THEN 500 ELSE 20 END AS int),
  CASE times WHEN 0 THEN 100000000 ELSE -60000000 END, false
FROM bench_client, generate_series(0, 1) AS times WHERE times = 0 OR n % 50 = 0
"""
_CASES = """
INSERT INTO complaint (id, version, event_key, number, status, level, source, reason, client_id, received_at,
  received_on, registered_at, registered_by, facts, due_on, late_spans, handler_id, review_requested, informed_on,
  is_in_time, closed_on, root_cause, is_upheld)
SELECT made.id, 2, made.id, 'B' || lpad(n::text, 9, '0'), CASE WHEN is_open THEN 'assigned' ELSE 'closed' END,
  (ARRAY['ordinary', 'complicated', 'major'])[1 + (n % 10) / 7], 'phone', 'disclosure', client_id,
  received_on, received_on, received_on, 'bench', repeat('客户称购买时未被告知产品可能延期兑付。', 5),
  received_on + 15, '{}', (CAST(:handlers AS uuid[]))[1 + n % 20], false,
  CASE WHEN NOT is_open THEN received_on + 10 END, CASE WHEN NOT is_open THEN true END,
  CASE WHEN NOT is_open THEN received_on + 12 END, CASE WHEN NOT is_open THEN 'disclosure' END, NOT is_open
FROM (SELECT uuidv7() AS id, n, n <= :open AS is_open, client.id AS client_id,
    CAST(:today AS date) - CAST(CASE WHEN n <= :open THEN n % 17 ELSE 30 + n % 2000 END AS int) AS received_on
  FROM generate_series(1, :cases) AS n (n)
  JOIN LATERAL (SELECT id FROM bench_client WHERE bench_client.n = 1 + (n.n % (:clients / 20)) * 20)
    AS client ON true) AS made
"""
_ENTRIES = """
INSERT INTO clock_entry (complaint_id, event_version, event_type, kind, happened_on, recorded_at, recorded_by,
  limit_days, rule_version, rule_source, due_on)
SELECT id, 1, 'complaints.complaint.registered.v1', 'started', received_on, registered_at, 'bench', 15,
  'complaint.decision_days@2020-01-01', '银行业保险业消费投诉处理管理办法', due_on FROM complaint
"""


async def measure(folder: Path) -> dict[str, float]:
    """Return milliseconds (p50 and p95) of a list page and a proof, and seconds of scan, recompute and risk events."""
    async with service(folder, "complaints", create_app, Settings) as kit:
        handler = new_id()
        await _fill(kit, handler)
        supervisor = kit.staff("complaint_supervisor")
        pages = await times(lambda number: _page(supervisor, handler, number))
        ids = await _column(kit, "SELECT id FROM complaint WHERE status = 'assigned' ORDER BY id LIMIT 1000")
        proofs = await times(lambda number: _read(supervisor, f"/v1/complaints/{ids[number]}/clock"))
        scan, overdue = await _timed(_scan(kit))
        scan_again, _ = await _timed(_scan(kit))
        await _drop_marks(kit)
        recompute, changed = await _timed(_recompute(kit))
        again, _ = await _timed(_recompute(kit))
        delays = await _risk_events(kit)
    return {
        **{f"page_{name}": value for name, value in pages.items()},
        **{f"proof_{name}": value for name, value in proofs.items()},
        **{f"risk_event_{name}": value for name, value in delays.items()},
        "scan_s": scan,
        "scan_again_s": scan_again,
        "overdue": overdue,
        "recompute_s": recompute,
        "changed": changed,
        "recompute_again_s": again,
        "clients": CLIENTS,
        "cases": CASES,
        "open": OPEN_CASES,
    }


async def _page(caller: httpx.AsyncClient, handler: UUID, number: int) -> None:
    lists = ("?open=true", f"?open=true&handler_id={handler}", "?overdue=true", "?open=true&level=major", "")
    await _read(caller, f"/v1/complaints{lists[number % len(lists)]}")


async def _read(caller: httpx.AsyncClient, path: str) -> None:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text


async def times(ask: Callable[[int], Awaitable[object]]) -> dict[str, float]:
    """Ask again and again, each time with another number; return milliseconds, p50 and p95."""
    taken = []
    for number in range(WARM_UP + REQUESTS):
        began = time.perf_counter()
        await ask(number)
        taken.append((time.perf_counter() - began) * 1000)
    return _percentiles(taken[WARM_UP:])


def _percentiles(found: list[float]) -> dict[str, float]:
    cuts = quantiles(found, n=20)
    return {"p50": cuts[9], "p95": cuts[18]}


async def _timed(work: Awaitable[int]) -> tuple[float, int]:
    began = time.perf_counter()
    found = await work
    return time.perf_counter() - began, found


async def _scan(kit: ServiceKit) -> int:
    """Tell of every case whose due date has passed, as the worker's timer does; return how many."""
    return await _all(kit, clocks.tell_overdue)


async def _all(kit: ServiceKit, work: Callable[..., Awaitable[int]]) -> int:
    done = 0
    while True:
        async with kit.database.transaction() as session:
            taken = await work(session, kit.now, timers.LIMIT)
        done += taken
        if not taken:
            return done


async def _recompute(kit: ServiceKit) -> int:
    """Assess every client anew through the API; return of how many something was told."""
    after, changed = None, 0
    while True:  # A token holds for a minute, all parts take longer.
        answer = await kit.staff("admin").post("/v1/risk/recompute", json={"after": after, "limit": PART}, timeout=60)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        changed += found["changed"]
        if (after := found["after"]) is None:
            return int(changed)


async def _risk_events(kit: ServiceKit) -> dict[str, float]:
    """Return milliseconds from a cause to the risk event that it brings, while causes come at a steady rate."""
    calm = "SELECT id FROM bench_client WHERE n % 7 <> 0 AND n % 50 <> 0 AND n % 20 <> 1 LIMIT :many"
    clients = await _column(kit, calm, many=CAUSES_PER_SECOND * SECONDS)
    caused: dict[str, float] = {}
    stopping = asyncio.Event()

    async def look() -> None:
        while not stopping.is_set():
            await _all(kit, risk.assess_changed)
            await asyncio.sleep(LOOKS_EVERY.total_seconds())

    looking, began = asyncio.create_task(look()), time.time()
    for number, client in enumerate(clients):
        await asyncio.sleep(max(0.0, began + number / CAUSES_PER_SECOND - time.time()))
        event = RedemptionConfirmed(
            occurred_at=kit.now,
            dealing_id=new_id(),
            client_id=client,
            confirmation_number=f"R{number}",
            product_id=new_id(),
            amount=Money.from_fen(90_000_000),
            applied_on=kit.now.date(),
            confirmed_on=kit.now.date(),
            original_dealing_id=new_id(),
            is_full=False,
        )
        caused[str(client)] = time.time()
        await kit.receive(HANDLERS, event)
    await asyncio.sleep(2 * LOOKS_EVERY.total_seconds())
    stopping.set()
    await looking
    told = "SELECT key, extract(epoch FROM recorded_at) AS at FROM outbox WHERE recorded_at >= to_timestamp(:began)"
    async with kit.database.session() as session:
        rows = (await session.execute(text(told), {"began": began})).all()
    delays = [(float(row.at) - caused[row.key]) * 1000 for row in rows if row.key in caused]
    assert len(delays) == len(clients), f"{len(delays)} of {len(clients)} causes were told of"
    return _percentiles(delays)


async def _column(kit: ServiceKit, query: str, **values: object) -> list[UUID]:
    async with kit.database.session() as session:
        return list((await session.execute(text(query), values)).scalars())


async def _drop_marks(kit: ServiceKit) -> None:
    async with kit.database.transaction() as session:
        await session.execute(text("TRUNCATE changed_client"))


async def _fill(kit: ServiceKit, handler: UUID) -> None:
    handlers = [handler, *(new_id() for _ in range(19))]
    values = {"now": START, "today": START.date(), "clients": CLIENTS, "cases": CASES, "open": OPEN_CASES}
    for statement in (_CLIENTS, _NUMBERED, "CREATE INDEX ON bench_client (n)", _CONTACTS, _FLOWS, _CASES, _ENTRIES):
        wanted = {name: value for name, value in {**values, "handlers": handlers}.items() if f":{name}" in statement}
        async with kit.database.transaction() as session:
            await session.execute(text("SET LOCAL transaction_timeout = '10min'"))
            await session.execute(text(statement), wanted)
    async with kit.database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


@asynccontextmanager
async def service(folder: Path, name: str, create: Any, settings: Any) -> AsyncIterator[ServiceKit]:
    """Yield a service with a PostgreSQL of its own, set as in production."""
    run = Run.new()
    server = await asyncio.to_thread(postgres.start, folder)
    try:
        extra = {"data_key": "11" * 32}
        if name == "complaints":
            extra["files_url"] = f"file://{folder}/files"
        known = TestPostgres(admin_url=server.url(), run=run)
        async with service_kit(name, create, settings, known, folder, extra=extra) as kit:
            yield kit
    finally:
        await asyncio.to_thread(server.stop)
        run.finish()
