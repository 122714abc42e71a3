from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases.rules import OPEN

# Open cases whose handler may be excluded by now, and those marked so. It may name too many, never too few, since the
# rule itself looks at those it names. A client merged with another one counts under each id.
_DOUBTFUL = text(
    "SELECT complaint.id FROM complaint"
    " LEFT JOIN staff_stub AS handler ON handler.id = complaint.handler_id"
    " LEFT JOIN client_lineage AS own ON own.client_id = complaint.client_id"
    " CROSS JOIN LATERAL (SELECT array_agg(id) AS ids FROM ("
    "SELECT coalesce(own.merged_into, complaint.client_id) AS id UNION ALL SELECT complaint.client_id"
    " UNION ALL SELECT other.client_id FROM client_lineage AS other"
    " WHERE other.merged_into = coalesce(own.merged_into, complaint.client_id)) AS every) AS client"
    f" WHERE complaint.status IN ({', '.join(repr(status.value) for status in sorted(OPEN))})"  # codes, no input
    " AND complaint.handler_id IS NOT NULL AND (complaint.handler_exclusions <> '{}'"
    " OR complaint.handler_id = complaint.named_staff_id"
    " OR handler.left_at IS NOT NULL OR NOT handler.roles @> ARRAY['complaint_handler']"
    " OR (complaint.channel_id IS NOT NULL AND handler.roles @> ARRAY['channel_manager'])"
    " OR EXISTS (SELECT FROM client_stub WHERE client_stub.id = ANY(client.ids) AND manager_id = complaint.handler_id)"
    " OR EXISTS (SELECT FROM manager_term WHERE client_id = ANY(client.ids)"
    " AND complaint.handler_id IN (manager_id, previous_id))"
    " OR EXISTS (SELECT FROM contact WHERE contact.client_id = ANY(client.ids) AND is_reached"
    " AND staff_id = complaint.handler_id AND began_on <= complaint.received_on))"
    " ORDER BY complaint.id"
)


async def list_doubtful(session: AsyncSession) -> list[UUID]:
    return list((await session.execute(_DOUBTFUL)).scalars())
