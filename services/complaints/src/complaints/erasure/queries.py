"""What this service keeps about a client, and for how long once the client is erased."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from shared.erasure.records import PARKED, Records
from shared.erasure.rules import RecordKind
from shared.lineage import clients as lineage

_OF_CLIENT = "complaint_id IN (SELECT id FROM complaint WHERE client_id = :client_id)"
_ANSWERS_CLIENT = (
    "(origin = 'complaint' AND origin_id IN (SELECT id FROM complaint WHERE client_id = :client_id)"
    f" OR origin = 'finding' AND origin_id IN (SELECT id FROM finding WHERE {_OF_CLIENT}))"
)

#: The table of records: what becomes of each kind when a client is erased.
RECORDS: tuple[Records, ...] = (
    Records(
        RecordKind.COMPLAINT_FILE,
        retention="retention.complaint_file_years",
        # A case that still runs counts from today: it is handled to its end all the same.
        last_day=text(
            "SELECT max(ended_on) FROM ("
            "SELECT coalesce(greatest(closed_on, withdrawn_on, informed_on, reclassified_on, rejected_on),"
            " CAST(:today AS date))"
            " AS ended_on FROM complaint WHERE client_id = :client_id"
            " OR id IN (SELECT complaint_id FROM case_party WHERE client_id = :client_id) UNION ALL"
            " SELECT coalesce(CAST(answered_at AT TIME ZONE 'Asia/Shanghai' AS date), CAST(:today AS date))"
            " FROM enquiry WHERE client_id = :client_id) AS file"
        ),
        # The bare case stays for the statistics that the regulator asks for; it names nobody any more.
        delete=(
            text(f"DELETE FROM complainant WHERE {_OF_CLIENT}"),  # no value stands in it
            text(f"DELETE FROM case_party WHERE client_id = :client_id OR {_OF_CLIENT}"),
            text(f"DELETE FROM repeat_filing WHERE {_OF_CLIENT}"),
            text(f"DELETE FROM grey_mark WHERE {_OF_CLIENT}"),
            text(f"DELETE FROM cooperation WHERE {_OF_CLIENT}"),
            text(f"DELETE FROM exchange WHERE {_OF_CLIENT}"),
            text(f"DELETE FROM track WHERE {_OF_CLIENT}"),
            text(f"DELETE FROM case_task WHERE {_OF_CLIENT}"),
            text(
                "UPDATE improvement_round SET evidence = NULL, findings = NULL"
                f" WHERE action_id IN (SELECT id FROM improvement_action WHERE {_ANSWERS_CLIENT})"
            ),
            text(f"UPDATE improvement_action SET what = NULL, end_reason = NULL WHERE {_ANSWERS_CLIENT}"),
            text(
                "UPDATE accountability_case SET facts = NULL, opinion = NULL, decision = NULL, appeal_grounds = NULL,"
                f" appeal_decision = NULL WHERE {_OF_CLIENT}"
            ),
            text(f"UPDATE finding SET what = NULL, basis = NULL WHERE {_OF_CLIENT}"),
            text(
                "UPDATE stored_file SET discarded_at = now() WHERE discarded_at IS NULL"
                f" AND id IN (SELECT file_id FROM evidence WHERE {_OF_CLIENT})"
            ),
            text(f"DELETE FROM evidence WHERE {_OF_CLIENT}"),
            text(f"UPDATE compensation SET agreement = NULL, payment_proof = NULL WHERE {_OF_CLIENT}"),
            text(
                "UPDATE review SET findings = NULL, basis = NULL, remedies = NULL, inform_proof = NULL"
                f" WHERE {_OF_CLIENT}"
            ),
            text(
                "UPDATE complaint SET client_id = NULL, facts = NULL, demand = NULL, decision = NULL, basis = NULL,"
                " remedies = NULL, measures = NULL, review_grounds = NULL, inform_proof = NULL, reason_text = NULL,"
                " withdraw_reason = NULL, withdraw_proof = NULL, reject_reason = NULL,"
                " forwarding_number = NULL, classification_note = NULL WHERE client_id = :client_id"
            ),
            text(
                "UPDATE enquiry SET client_id = NULL, content = NULL, answer = NULL, why_not = NULL, sealed = NULL,"
                " masked_name = NULL, masked_phone = NULL, phone_hash = NULL, forwarding_number = NULL"
                " WHERE client_id = :client_id"
            ),
        ),
    ),
    Records(
        RecordKind.RISK_SIGNAL,
        delete=(
            text("DELETE FROM client_risk WHERE id = :client_id"),
            text("DELETE FROM risk_override WHERE client_id = :client_id"),
            text("DELETE FROM contact WHERE client_id = :client_id"),
            text("DELETE FROM flow WHERE client_id = :client_id"),
            text("DELETE FROM manager_change WHERE client_id = :client_id"),
            text("DELETE FROM changed_client WHERE client_id = :client_id"),
        ),
    ),
    Records(
        RecordKind.PROFILE,
        delete=(
            text("DELETE FROM client_channel WHERE client_id = :client_id"),
            text("DELETE FROM client_sale WHERE client_id = :client_id"),
            text("DELETE FROM manager_term WHERE client_id = :client_id"),
            text("DELETE FROM client_stub WHERE id = :client_id"),
            lineage.FORGET,
        ),
    ),
    PARKED,
)


async def list_cases(session: AsyncSession, client_id: UUID) -> Sequence[Complaint]:
    statement = select(Complaint).where(col(Complaint.client_id) == client_id).order_by(col(Complaint.id))
    return (await session.execute(statement)).scalars().all()
