"""The worker process of ops-dashboard: `python -m ops_dashboard.worker`."""

from datetime import timedelta

from ops_dashboard.at_risk.handlers import HANDLERS as AT_RISK
from ops_dashboard.caseload.handlers import HANDLERS as CASELOAD
from ops_dashboard.erasure.handlers import HANDLERS as ERASURE
from ops_dashboard.feed import service as feed
from ops_dashboard.feed.handlers import HANDLERS as FEED
from ops_dashboard.flow import service as flow
from ops_dashboard.flow.handlers import HANDLERS as FLOW
from ops_dashboard.flow.rules import SERVICES
from ops_dashboard.settings import Settings
from ops_dashboard.settlements.handlers import HANDLERS as SETTLEMENTS
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers, Projection, merge
from shared.delivery.lag import lag_watch
from shared.delivery.worker import Worker
from shared.erasure.guard import unless_erased
from shared.serve import serve_worker, service_worker
from shared.timers import Timer

HANDLERS: Handlers = merge(CASELOAD, unless_erased(AT_RISK), SETTLEMENTS, FLOW, FEED, ERASURE)

PROJECTIONS = {
    "caseload": Projection(CASELOAD, ("complaint_on_board", "follow_up_on_board")),
    "at_risk": Projection(AT_RISK, ("client_at_risk",)),
    "settlements": Projection(SETTLEMENTS, ("statement_on_board", "period_on_board")),
}


def create_worker(settings: Settings, database: Database, clock: Clock | None = None) -> Worker:
    ask = lag_watch(settings.kafka_bootstrap_servers, SERVICES, topic_prefix=settings.topic_prefix)
    timers = [
        Timer("look_at_lag", every=timedelta(seconds=15), run=flow.lag_timer(ask)),
        Timer("forget_old_minutes", every=timedelta(hours=1), run=flow.forget_old),
        Timer("forget_old_feed", every=timedelta(hours=1), run=feed.forget_old),
    ]
    return service_worker(settings, database, handlers=HANDLERS, timers=timers, clock=clock, lock=feed.take_turn)


if __name__ == "__main__":
    serve_worker("ops-dashboard", Settings(), create_worker)
