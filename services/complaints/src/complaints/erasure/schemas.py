from complaints.cases.schemas import ComplaintRead
from complaints.evidence.schemas import EvidenceRead
from shared.http.bodies import Body, Read, Text


class Disclose(Body):
    reason: Text


class ComplaintFiles(Read):
    """The complaint files that the law keeps of an erased client."""

    items: list[ComplaintRead]
    #: Evidence of these cases, oldest first.
    evidence: list[EvidenceRead]
