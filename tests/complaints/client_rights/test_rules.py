"""Every reason concerns a right."""

from complaints.cases.rules import Reason
from complaints.client_rights.rules import RIGHT_OF


def test_every_class_of_reasons_concerns_a_right() -> None:
    assert set(RIGHT_OF) == set(Reason)
