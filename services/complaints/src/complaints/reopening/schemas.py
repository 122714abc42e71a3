from complaints.cases.rules import Source
from shared.http.bodies import Body, Day, LongText, ShortText


class Reopening(Body):
    #: Day on which the new material arrived: the new case's clock starts on it.
    arrived_on: Day
    #: The new facts and reasons.
    facts: LongText
    #: How they came in.
    source: Source
    #: The authority's number of a forwarded case (转办编号).
    forwarding_number: ShortText | None = None
