"""Who acts in a case and who may approve its decision."""

from uuid import UUID

import pytest

from complaints.handling.rules import (
    ApproverNotIndependent,
    NotTheHandler,
    require_handler,
    require_independent,
)
from complaints.parties.rules import Exclusion

PERSON, OTHER, AUTHOR = UUID(int=1), UUID(int=2), UUID(int=3)
NAMED, MANAGER = Exclusion.NAMED_STAFF, Exclusion.CLIENTS_MANAGER


@pytest.mark.parametrize(
    ("handler", "roles", "or_supervisor", "may"),
    [
        (PERSON, set(), False, True),
        (OTHER, set(), False, False),
        (None, set(), False, False),
        (OTHER, {"complaint_supervisor"}, False, False),
        (OTHER, {"complaint_supervisor"}, True, True),
        (OTHER, {"complaint_handler"}, True, False),
    ],
)
def test_only_the_handler_acts_or_a_supervisor_where_that_is_said(
    handler: UUID | None, roles: set[str], or_supervisor: bool, may: bool
) -> None:
    if may:
        require_handler(PERSON, roles, handler, or_supervisor=or_supervisor)
        return
    with pytest.raises(NotTheHandler):
        require_handler(PERSON, roles, handler, or_supervisor=or_supervisor)


@pytest.mark.parametrize(
    ("approver", "found", "is_independent"),
    [
        (PERSON, [], True),
        (AUTHOR, [], False),
        (OTHER, [], False),
        (PERSON, [NAMED], False),
        (PERSON, [MANAGER], False),
    ],
)
def test_a_decision_is_approved_by_somebody_else_without_an_interest(
    approver: UUID, found: list[Exclusion], is_independent: bool
) -> None:
    if is_independent:
        require_independent(approver, author_id=AUTHOR, handler_id=OTHER, found=found)
        return
    with pytest.raises(ApproverNotIndependent):
        require_independent(approver, author_id=AUTHOR, handler_id=OTHER, found=found)
