from complaints.cases.schemas import ComplaintRead
from shared.http.bodies import Body, Read, Text


class Disclose(Body):
    reason: Text


class ComplaintFiles(Read):
    """The complaint files that the law keeps of an erased client."""

    items: list[ComplaintRead]
