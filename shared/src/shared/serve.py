"""How a process runs: `api` with uvicorn, `worker` with the relay, consumers and timers; both stop cleanly."""

import gc
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import FrameType
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared.audit import trail
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers
from shared.delivery.worker import Lock, Worker
from shared.http import idempotency
from shared.http.app import create_worker_app
from shared.settings import ProcessSettings, ServiceSettings
from shared.timers import Timer

S = TypeVar("S", bound=ServiceSettings)

#: Longer than the slowest request, shorter than what an orchestrator waits.
DRAIN_SECONDS = 10


class _Server(uvicorn.Server):
    """A server that tells its application when it begins to stop, so that live feeds end themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.stopping = True
        super().handle_exit(sig, frame)


def serve_api(app: FastAPI, settings: ProcessSettings) -> None:
    """Serve `app` until SIGTERM or SIGINT; open requests get `DRAIN_SECONDS` to finish."""
    config = uvicorn.Config(
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
    spare_collections()
    _Server(config).run()


def spare_collections() -> None:
    """Let the garbage collector walk through little, and seldom; to be called when everything is imported.

    Some 160,000 objects of models and routes live as long as the process. What a batch of events makes dies with it by
    itself: looking for cycles among it after every 700 objects is a tenth of a consumer's work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
    """Run a service's worker, with health and metrics on the settings' port, until SIGTERM or SIGINT.

    The batch at hand is finished or rolled back before it ends.
    """
    serve_api(create_worker_app(service, settings, create), settings)
