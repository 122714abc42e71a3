"""Answers the erasure of a client with a receipt for each kind of record."""

from channel_commission.erasure.queries import RECORDS
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.erasure import ChannelCommissionErasureAnswered, ClientErased

_tell = records.telling(ChannelCommissionErasureAnswered)

HANDLERS: Handlers = {ClientErased: effect(records.answering(RECORDS, _tell))}
