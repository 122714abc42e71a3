from complaints.clocks.rules import Stage
from shared.http.bodies import Body, Day, Text


class Extension(Body):
    reason: Text
    #: Left out: the next one.
    stage: Stage | None = None
    #: Required for the second extension.
    complainant_told_on: Day | None = None
