"""The ledger: which event tells of an entry."""

from collections.abc import Mapping

from channel_commission.accruals.rules import EntryKind
from shared.events.base import Event
from shared.events.channel_commission import AccrualClawedBack, AccrualReleased, AccrualReversed, AccrualWithheld
from shared.events.guarantees import AccrualTruedUp

#: All others are told of as booked.
EVENTS: Mapping[EntryKind, type[Event]] = {
    EntryKind.REVERSE: AccrualReversed,
    EntryKind.CLAWBACK: AccrualClawedBack,
    EntryKind.HOLD: AccrualWithheld,
    EntryKind.RELEASE: AccrualReleased,
    EntryKind.TRUE_UP: AccrualTruedUp,
}
