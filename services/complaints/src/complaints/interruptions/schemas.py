from shared.http.bodies import Body, Day, LongText, ShortText, Text


class Suspension(Body):
    #: Day on which the appraisal was commissioned; the first that does not count.
    began_on: Day
    #: Who appraises, tests or values (鉴定、检测、评估机构).
    appraiser: ShortText
    #: What is to be found out, and why the case needs it.
    reason: Text
    complainant_told_on: Day


class Resumption(Body):
    #: Day on which the result arrived; it counts again from the day after.
    ended_on: Day
    result: Text


class NewFacts(Body):
    #: Day on which the new material arrived: the clock starts anew on it.
    arrived_on: Day
    #: The new facts and reasons; they are added to those of the case.
    facts: LongText
