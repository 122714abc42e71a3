"""Answers the erasure of a client with a receipt for each kind of record."""

from complaints.erasure.queries import RECORDS
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.erasure import ClientErased, ComplaintsErasureAnswered

_tell = records.telling(ComplaintsErasureAnswered)

HANDLERS: Handlers = {ClientErased: effect(records.answering(RECORDS, _tell))}
end_retention = records.ending(RECORDS, _tell)
