"""Answers the erasure of a client with a receipt for each kind of record."""

from ops_dashboard.erasure.queries import RECORDS
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.erasure import ClientErased, OpsDashboardErasureAnswered

_tell = records.telling(OpsDashboardErasureAnswered)

HANDLERS: Handlers = {ClientErased: effect(records.answering(RECORDS, _tell))}
