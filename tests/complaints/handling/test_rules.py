"""Who may handle a case and who may approve its decision."""

from uuid import UUID

import pytest

from complaints.handling.rules import (
    ApproverNotIndependent,
    Exclusion,
    HandlerExcluded,
    NotTheHandler,
    exclusions,
    interests,
    require_handler,
    require_independent,
    require_may_handle,
)

PERSON, OTHER, AUTHOR = UUID(int=1), UUID(int=2), UUID(int=3)
NAMED, MANAGER = Exclusion.NAMED_STAFF, Exclusion.CLIENTS_MANAGER


@pytest.mark.parametrize(
    ("named", "manager", "expected"),
    [
        (None, None, []),
        (OTHER, OTHER, []),
        (PERSON, OTHER, [NAMED]),
        (OTHER, PERSON, [MANAGER]),
        (None, PERSON, [MANAGER]),
        (PERSON, PERSON, [NAMED, MANAGER]),
    ],
)
def test_a_direct_interest_is_being_named_or_managing_the_client(
    named: UUID | None, manager: UUID | None, expected: list[Exclusion]
) -> None:
    assert interests(PERSON, named_staff_id=named, manager_ids={manager} - {None}) == expected


@pytest.mark.parametrize(
    ("roles", "has_left", "named", "expected"),
    [
        (["complaint_handler"], False, None, []),
        (["complaint_handler", "relationship_manager"], False, None, []),
        (["relationship_manager"], False, None, [Exclusion.NOT_A_HANDLER]),
        (["complaint_handler"], True, None, [Exclusion.HAS_LEFT]),
        ([], True, PERSON, [NAMED, Exclusion.NOT_A_HANDLER, Exclusion.HAS_LEFT]),
    ],
)
def test_a_handler_holds_the_office_is_at_work_and_has_no_interest(
    roles: list[str], has_left: bool, named: UUID | None, expected: list[Exclusion]
) -> None:
    found = exclusions(PERSON, roles=roles, has_left=has_left, named_staff_id=named, manager_ids=())

    assert found == expected


def test_an_excluded_handler_is_refused_with_every_reason() -> None:
    require_may_handle([], pointer=None)
    with pytest.raises(HandlerExcluded) as refusal:
        require_may_handle([NAMED, MANAGER], pointer="/handler_id")

    assert refusal.value.facts["exclusions"] == [NAMED, MANAGER]
    assert "被投诉人员、客户的管户经理" in refusal.value.detail


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
