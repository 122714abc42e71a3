"""What an ended case counts as."""

import pytest

from complaints.channels.rules import Outcome, outcome_of


@pytest.mark.parametrize(
    ("is_withdrawn", "is_upheld", "outcome"),
    [
        (False, True, Outcome.UPHELD),
        (False, False, Outcome.NOT_UPHELD),
        (False, None, Outcome.UNSTATED),
        (True, None, Outcome.WITHDRAWN),
        # A decision of which nobody was informed before the withdrawal decides nothing.
        (True, True, Outcome.WITHDRAWN),
    ],
)
def test_an_ended_case_counts_as_one_outcome(is_withdrawn: bool, is_upheld: bool | None, outcome: Outcome) -> None:
    assert outcome_of(is_withdrawn=is_withdrawn, is_upheld=is_upheld) is outcome
