from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from complaints.systemic.tables import IssueCase, SystemicIssue
from shared.errors import NotFound

# One statement counts, raises and links, so that the numbers of an issue are those of its cases. A person is a client
# (merged ones are one), a phone number, or else the case; a joint complaint counts its persons.
_DETECT = text(
    "WITH counted AS ("
    " SELECT complaint.id, root_cause, product_id, channel_id, received_on, persons,"
    " coalesce(CAST(coalesce(lineage.merged_into, complaint.client_id) AS text),"
    " encode(complainant.phone_hash, 'hex'), CAST(complaint.id AS text)) AS person,"
    " received_on >= :window_from AND linked.complaint_id IS NULL AS is_counted"
    " FROM complaint LEFT JOIN client_lineage AS lineage ON lineage.client_id = complaint.client_id"
    " LEFT JOIN complainant ON complainant.complaint_id = complaint.id"
    " LEFT JOIN issue_case AS linked ON linked.complaint_id = complaint.id"
    " WHERE root_cause IS NOT NULL AND follows_id IS NULL AND received_on BETWEEN :before_from AND :window_to),"
    " by_person AS ("
    " SELECT root_cause, product_id, channel_id, count(*) FILTER (WHERE is_counted) AS complaints,"
    " max(persons) FILTER (WHERE is_counted) AS persons,"
    " count(*) FILTER (WHERE received_on < :window_from) AS before"
    " FROM counted GROUP BY root_cause, product_id, channel_id, person),"
    " grouped AS ("
    " SELECT root_cause, product_id, channel_id, sum(complaints) AS complaints,"
    " coalesce(sum(persons), 0) AS persons, sum(before) AS before"
    " FROM by_person GROUP BY root_cause, product_id, channel_id),"
    " numbered AS ("
    " SELECT uuidv7() AS id, * FROM grouped WHERE complaints >= :complaints AND persons >= :persons AND ("
    " complaints >= :always OR complaints * :days_before * 100 >= before * :days * :times_percent)),"
    " raised AS ("
    " INSERT INTO systemic_issue (id, version, event_key, root_cause, product_id, channel_id, status, window_from,"
    " window_to, complaints, persons, before_from, before, further, thresholds, rule_version, detected_at)"
    " SELECT id, 1, id, root_cause, product_id, channel_id, 'detected', :window_from, :window_to, complaints, persons,"
    " :before_from, before, 0, CAST(:thresholds AS jsonb), :rule_version, :now FROM numbered"
    " ORDER BY root_cause, product_id, channel_id ON CONFLICT DO NOTHING"
    " RETURNING id, root_cause, product_id, channel_id),"
    " linked AS ("
    " INSERT INTO issue_case (complaint_id, issue_id, is_counted, linked_at)"
    " SELECT counted.id, raised.id, true, :now FROM counted JOIN raised ON raised.root_cause = counted.root_cause"
    " AND raised.product_id IS NOT DISTINCT FROM counted.product_id"
    " AND raised.channel_id IS NOT DISTINCT FROM counted.channel_id WHERE counted.is_counted)"
    " SELECT count(*) FROM raised"
)
_GATHER = text(
    "WITH joined AS ("
    " INSERT INTO issue_case (complaint_id, issue_id, is_counted, linked_at)"
    " SELECT complaint.id, issue.id, false, :now FROM systemic_issue AS issue JOIN complaint"
    " ON complaint.root_cause = issue.root_cause"
    " AND complaint.product_id IS NOT DISTINCT FROM issue.product_id"
    " AND complaint.channel_id IS NOT DISTINCT FROM issue.channel_id"
    " AND complaint.received_on >= issue.window_from AND complaint.follows_id IS NULL"
    " WHERE issue.status IN ('detected', 'confirmed')"
    " AND NOT EXISTS (SELECT FROM issue_case AS known WHERE known.complaint_id = complaint.id)"
    " ORDER BY complaint.id ON CONFLICT DO NOTHING RETURNING issue_id),"
    " many AS (SELECT issue_id, count(*) AS joined FROM joined GROUP BY issue_id)"
    " UPDATE systemic_issue AS issue SET version = version + 1, further = further + many.joined"
    " FROM many WHERE issue.id = many.issue_id RETURNING issue.id"
)


async def detect(session: AsyncSession, values: Mapping[str, Any]) -> int:
    return int((await session.execute(_DETECT, values)).scalar_one())


async def gather(session: AsyncSession, values: Mapping[str, Any]) -> int:
    return len((await session.execute(_GATHER, values)).all())


async def get_issue(session: AsyncSession, issue_id: UUID, *, for_update: bool = False) -> SystemicIssue:
    found = await session.get(SystemicIssue, issue_id, with_for_update=for_update or None)
    if found is None:
        raise NotFound("No systemic issue has this id.")
    return found


def select_issues(equal: Mapping[str, Any]) -> Select[SystemicIssue]:
    wanted = [col(getattr(SystemicIssue, name)) == value for name, value in equal.items() if value is not None]
    return select(SystemicIssue).where(*wanted)


def select_cases(issue_id: UUID, reached: ColumnElement[bool], is_counted: bool | None) -> Select[Complaint, bool]:
    statement = select(Complaint, col(IssueCase.is_counted)).join(
        IssueCase, col(IssueCase.complaint_id) == col(Complaint.id)
    )
    statement = statement.where(col(IssueCase.issue_id) == issue_id, reached)
    return statement if is_counted is None else statement.where(col(IssueCase.is_counted) == is_counted)
