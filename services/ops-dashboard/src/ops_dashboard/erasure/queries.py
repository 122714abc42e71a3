"""What the boards show of a client. The feed of events holds ids and codes only and forgets after thirty days."""

from sqlalchemy import text

from shared.erasure.records import PARKED, Records
from shared.erasure.rules import RecordKind

#: The table of records: what becomes of each kind when a client is erased.
RECORDS: tuple[Records, ...] = (
    Records(
        RecordKind.DASHBOARD,
        delete=(
            text("DELETE FROM client_at_risk WHERE client_id = :client_id"),
            text("DELETE FROM follow_up_on_board WHERE client_id = :client_id"),
            # A case stays on its board without its client.
            text("UPDATE complaint_on_board SET client_id = NULL WHERE client_id = :client_id"),
        ),
    ),
    PARKED,
)
