"""The worker process of channel-commission: `python -m channel_commission.worker`."""

from datetime import timedelta

from channel_commission.admission.service import watch_licenses
from channel_commission.bookings import handlers as bookings
from channel_commission.bookings.service import accrue_trailing
from channel_commission.erasure import handlers as erasure
from channel_commission.evaluations.service import watch as watch_evaluations
from channel_commission.hierarchy.service import keep_up
from channel_commission.investors import handlers as investors
from channel_commission.payments.service import watch_answers
from channel_commission.periods.service import open_present
from channel_commission.plans.service import watch as watch_quotas
from channel_commission.products import handlers as products
from channel_commission.reassessments.service import reassess
from channel_commission.scorecards import handlers as scorecards
from channel_commission.settings import Settings
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers, merge
from shared.delivery.worker import Worker
from shared.lineage import clients as lineage
from shared.serve import serve_worker, service_worker
from shared.timers import Timer

HANDLERS: Handlers = merge(
    lineage.HANDLERS, products.HANDLERS, investors.HANDLERS, bookings.HANDLERS, erasure.HANDLERS, scorecards.HANDLERS
)

TIMERS = (
    Timer("license_watch", every=timedelta(seconds=30), run=watch_licenses),
    Timer("hierarchy", every=timedelta(minutes=1), run=keep_up),
    Timer("evaluation_watch", every=timedelta(minutes=1), run=watch_evaluations),
    Timer("quota_watch", every=timedelta(minutes=1), run=watch_quotas),
    Timer("payment_answer_watch", every=timedelta(minutes=1), run=watch_answers),
    Timer("dealing_reassessment", every=timedelta(seconds=1), run=reassess),
    Timer("trailing_fees", every=timedelta(minutes=1), run=accrue_trailing),
    Timer("period_opening", every=timedelta(minutes=1), run=open_present),
)


def create_worker(settings: Settings, database: Database, clock: Clock | None = None) -> Worker:
    return service_worker(settings, database, handlers=HANDLERS, timers=TIMERS, clock=clock)


if __name__ == "__main__":
    serve_worker("channel-commission", Settings(), create_worker)
