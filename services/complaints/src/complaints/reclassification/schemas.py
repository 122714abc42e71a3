from uuid import UUID

from complaints.cases.rules import ContactKind, Reason
from complaints.parties.schemas import ComplainantCreate
from shared.http.bodies import Body, Text


class CaseReclassification(Body):
    #: What it is.
    kind: ContactKind
    #: Why; kept in the audit trail.
    reason: Text


class EnquiryReclassification(Body):
    kind: ContactKind
    #: Why; kept in the audit trail.
    reason: Text
    #: For a complaint: what it is about.
    reason_class: Reason | None = None
    #: For a complaint out of an anonymous report: who complains.
    client_id: UUID | None = None
    complainant: ComplainantCreate | None = None
