"""What this service keeps about a client. No law keeps any of it, so all is destroyed once the client is erased."""

from sqlalchemy import text

from shared.erasure.records import PARKED, Records
from shared.erasure.rules import RecordKind
from shared.lineage import clients as lineage

#: The table of records: what becomes of each kind when a client is erased.
RECORDS: tuple[Records, ...] = (
    Records(
        RecordKind.INTERACTION,
        delete=(
            text(
                "DELETE FROM interaction_version WHERE interaction_id IN"
                " (SELECT id FROM interaction WHERE client_id = :client_id)"
            ),
            text("DELETE FROM interaction WHERE client_id = :client_id"),
        ),
    ),
    Records(RecordKind.FOLLOW_UP, delete=(text("DELETE FROM follow_up WHERE client_id = :client_id"),)),
    # What happened to a case stays without its client, as for a case whose client was never known.
    Records(
        RecordKind.TIMELINE,
        delete=(
            text("DELETE FROM timeline_entry WHERE client_id = :client_id"),
            text("DELETE FROM case_client WHERE client_id = :client_id"),
        ),
    ),
    Records(RecordKind.PROFILE, delete=(text("DELETE FROM client_stub WHERE id = :client_id"), lineage.FORGET)),
    PARKED,
)
