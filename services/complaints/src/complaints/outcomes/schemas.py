from complaints.cases.rules import InformMethod, RootCause
from shared.http.bodies import Body, Day, LongText, ShortText, Text
from shared.money import PositiveMoney


class Informing(Body):
    informed_on: Day
    method: InformMethod
    #: Where the proof is kept: number of the recording, of the registered letter, of the message.
    proof: ShortText


class Closing(Body):
    root_cause: RootCause
    #: What is done so that it does not happen again.
    measures: LongText
    #: What the complainant was paid, as agreed and proven; may be left out.
    compensation: PositiveMoney | None = None


class Withdrawal(Body):
    #: Day on which the withdrawal was received; clients leave it out.
    withdrawn_on: Day | None = None
    reason: Text
    #: Where the complainant's word is kept: number of the recording, of the letter. Clients leave it out.
    proof: ShortText | None = None


class Declining(Body):
    """The notice to who filed that they have no authority, with its proof."""

    #: Why they have none, e.g. an authority that is not the client's.
    reason: Text
    told_on: Day
    method: InformMethod
    #: Where the proof of the notice is kept.
    proof: ShortText
