"""The worker process of interaction-log: `python -m interaction_log.worker`."""

from datetime import timedelta

from interaction_log.erasure.handlers import HANDLERS as ERASURE
from interaction_log.parties.handlers import HANDLERS as PARTIES
from interaction_log.parties.handlers import lock_clients
from interaction_log.planning import service as planning
from interaction_log.planning.handlers import HANDLERS as PLANNING
from interaction_log.settings import Settings
from interaction_log.timeline.handlers import HANDLERS as TIMELINE
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers, Projection, merge
from shared.delivery.worker import Worker
from shared.erasure.guard import unless_erased
from shared.lineage import clients as lineage
from shared.serve import serve_worker, service_worker
from shared.timers import Timer

# Parties first: follow-ups are planned by what is known of clients and staff. The timeline keeps what concerns a case.
HANDLERS: Handlers = merge(unless_erased(merge(lineage.HANDLERS, PARTIES, PLANNING)), TIMELINE, ERASURE)

PROJECTIONS = {"timeline": Projection(TIMELINE, ("timeline_entry", "case_client"))}

TIMERS = (
    Timer("plan_follow_ups", every=timedelta(seconds=1), run=planning.plan_unplanned),
    Timer("miss_follow_ups", every=timedelta(seconds=30), run=planning.miss_past_due),
)


def create_worker(settings: Settings, database: Database, clock: Clock | None = None) -> Worker:
    return service_worker(settings, database, handlers=HANDLERS, timers=TIMERS, clock=clock, lock=lock_clients)


if __name__ == "__main__":
    serve_worker("interaction-log", Settings(), create_worker)
