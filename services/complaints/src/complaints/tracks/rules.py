"""Other ways a matter takes beside the company's own procedure: mediation, arbitration, litigation.

None of them stops the legal clock: the measures (CBIRC order 2020 no. 3) leave out only the time of appraisals.
"""

from collections.abc import Mapping

from shared.codes import Code
from shared.errors import Conflict, Invalid


class TrackKind(Code):
    """Which way."""

    MEDIATION = "mediation", "调解"
    ARBITRATION = "arbitration", "仲裁"
    LITIGATION = "litigation", "诉讼"


class TrackOutcome(Code):
    """How it ended."""

    SETTLED = "settled", "达成调解或和解"
    NOT_SETTLED = "not_settled", "调解不成"
    FOR_COMPLAINANT = "for_complainant", "支持投诉人请求"
    FOR_COMPLAINANT_IN_PART = "for_complainant_in_part", "部分支持投诉人请求"
    FOR_COMPANY = "for_company", "不支持投诉人请求"
    WITHDRAWN = "withdrawn", "撤回"


class TrackKnown(Conflict):
    """This track is on record and under way."""

    code = "track_known"


class TrackEnded(Conflict):
    """This track has ended."""

    code = "track_ended"


class OutcomeNotOfKind(Invalid):
    """This way does not end so: a mediation decides for nobody, a court does not fail to settle."""

    code = "outcome_not_of_kind"


_JUDGED = frozenset(TrackOutcome) - {TrackOutcome.NOT_SETTLED}
OUTCOMES: Mapping[TrackKind, frozenset[TrackOutcome]] = {
    TrackKind.MEDIATION: frozenset({TrackOutcome.SETTLED, TrackOutcome.NOT_SETTLED, TrackOutcome.WITHDRAWN}),
    TrackKind.ARBITRATION: _JUDGED,
    TrackKind.LITIGATION: _JUDGED,
}


def require_outcome(kind: TrackKind, outcome: TrackOutcome) -> None:
    """Refuse an outcome that this way cannot have.

    Raises:
        OutcomeNotOfKind: says which are possible.
    """
    possible = sorted(OUTCOMES[kind])
    if outcome not in possible:
        raise OutcomeNotOfKind(f"{kind.zh} ends with one of {', '.join(possible)}.", pointer="/outcome")
