"""The worker process of complaints: `python -m complaints.worker`."""

from datetime import timedelta

from complaints.client_rights import handlers as client_rights
from complaints.clocks import service as clocks
from complaints.effects import service as effects
from complaints.enquiries import service as enquiries
from complaints.erasure import handlers as erasure
from complaints.evidence import service as evidence
from complaints.goals import service as goals
from complaints.parties import handlers as parties
from complaints.recusal import service as recusal
from complaints.risk import service as risk
from complaints.settings import Settings
from complaints.signals import handlers as signals
from complaints.systemic import service as systemic
from complaints.watch import service as watch
from shared.clock import Clock
from shared.database import Database
from shared.delivery.handlers import Handlers, Projection, merge
from shared.delivery.worker import Worker
from shared.erasure.guard import unless_erased
from shared.files import keeping
from shared.lineage import clients as lineage
from shared.serve import serve_worker, service_worker
from shared.timers import Timer

HANDLERS: Handlers = merge(
    unless_erased(merge(lineage.HANDLERS, parties.HANDLERS, signals.HANDLERS)),
    # Keeps nothing of a client, so what comes after an erasure counts as what came before.
    client_rights.HANDLERS,
    erasure.HANDLERS,
)

PROJECTIONS = {"client_rights": Projection(client_rights.HANDLERS, ("rights_event",))}

TIMERS = (
    Timer("complaint_overdue", every=timedelta(seconds=30), run=clocks.tell_overdue),
    Timer("complaint_escalation", every=timedelta(seconds=10), run=goals.escalate),
    Timer("complaint_recusal", every=timedelta(seconds=30), run=recusal.watch),
    Timer("enquiry_escalation", every=timedelta(seconds=10), run=enquiries.escalate),
    Timer("complaint_mass_watch", every=timedelta(minutes=1), run=watch.look),
    Timer("improvement_recurrence", every=timedelta(minutes=10), run=effects.find_recurrences),
    Timer("systemic_issues", every=timedelta(minutes=10), run=systemic.look),
    Timer("risk_of_changed_clients", every=timedelta(milliseconds=500), run=risk.assess_changed),
    Timer("risk_daily", every=timedelta(seconds=10), run=risk.assess_daily),
    Timer("evidence_dating", every=timedelta(hours=1), run=evidence.date_files),
    Timer("erasure_retention", every=timedelta(hours=1), run=erasure.end_retention),
)


def create_worker(settings: Settings, database: Database, clock: Clock | None = None) -> Worker:
    timers = (*TIMERS, *keeping.timers(settings.file_store()))
    return service_worker(settings, database, handlers=HANDLERS, timers=timers, clock=clock)


if __name__ == "__main__":
    serve_worker("complaints", Settings(), create_worker)
