"""The worker process of client-profile: `python -m client_profile.worker`."""

from datetime import timedelta

from client_profile.clients import handlers as clients
from client_profile.contribution import handlers as contribution
from client_profile.erasure import handlers as erasure
from client_profile.erasure import service as erasures
from client_profile.qualifications import service as qualifications
from client_profile.sales import handlers as sales
from client_profile.service_class import service as service_class
from client_profile.settings import Settings
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers, merge
from shared.delivery.worker import Worker
from shared.erasure.guard import unless_erased
from shared.serve import serve_worker, service_worker
from shared.timers import Timer

HANDLERS: Handlers = merge(
    unless_erased(merge(clients.HANDLERS, contribution.HANDLERS)), sales.HANDLERS, erasure.HANDLERS
)
TIMERS = (
    Timer("qualification_lapsed", every=timedelta(seconds=10), run=qualifications.tell_lapsed),
    Timer("service_class_review", every=timedelta(seconds=10), run=service_class.review),
    Timer("erasure_retention", every=timedelta(hours=1), run=erasures.end_retention),
)


def create_worker(settings: Settings, database: Database, clock: Clock | None = None) -> Worker:
    return service_worker(settings, database, handlers=HANDLERS, timers=TIMERS, clock=clock)


if __name__ == "__main__":
    serve_worker("client-profile", Settings(), create_worker)
