"""How a process runs: `api` with uvicorn, `worker` with the relay, consumers and timers; both stop cleanly."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared import log
from shared.audit import trail
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers
from shared.delivery.worker import Lock, Worker
from shared.http import idempotency
from shared.settings import ProcessSettings, ServiceSettings
from shared.timers import Timer

S = TypeVar("S", bound=ServiceSettings)

#: Longer than the slowest request, shorter than what an orchestrator waits.
DRAIN_SECONDS = 10


def serve_api(app: FastAPI, settings: ProcessSettings) -> None:
    """Serve `app` until SIGTERM or SIGINT; open requests get `DRAIN_SECONDS` to finish."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="uvloop",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def service_worker(
    settings: ServiceSettings,
    database: Database,
    *,
    handlers: Handlers,
    timers: Sequence[Timer] = (),
    clock: Clock | None = None,
    lock: Lock | None = None,
) -> Worker:
    """Return the worker of a service: relay, consumers, its timers, and the housekeeping every service needs.

    Args:
        settings: What the process was told.
        database: The service's database.
        handlers: Which events it handles and how.
        timers: Its due work.
        clock: Replaces the settings' clock in tests.
        lock: Locks the rows a batch of events will touch, in one sorted statement.
    """
    housekeeping = [
        Timer("seal_audit", every=timedelta(seconds=1), run=trail.seal),
        Timer("forget_idempotency_keys", every=timedelta(hours=1), run=idempotency.forget_old),
    ]
    return Worker(
        service=database.service,
        database=database,
        kafka_bootstrap=settings.kafka_bootstrap_servers,
        topic_prefix=settings.topic_prefix,
        handlers=handlers,
        timers=[*housekeeping, *timers],
        clock=clock or settings.clock,
        lock=lock,
    )


def serve_worker(service: str, settings: S, create: Callable[[S, Database], Worker]) -> None:
    """Run the worker of a service (folder name) until SIGTERM or SIGINT; the batch at hand is finished first."""
    log.configure(service, settings.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        database = Database(settings.database_url.get_secret_value(), service=service)
        worker = create(settings, database)
        await worker.start()
        try:
            await stop.wait()
        finally:
            await worker.stop()
            await database.close()

    asyncio.run(run())
