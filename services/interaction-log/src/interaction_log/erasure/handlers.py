"""Answers the erasure of a client with a receipt for each kind of record."""

from interaction_log.erasure.queries import RECORDS
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.erasure import ClientErased, InteractionLogErasureAnswered

_tell = records.telling(InteractionLogErasureAnswered)

HANDLERS: Handlers = {ClientErased: effect(records.answering(RECORDS, _tell))}
