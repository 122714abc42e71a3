"""Who has a direct interest in a case: named, manager, in the sale, or of the office that looks after channels."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.parties.rules import Exclusion, Term
from complaints.recusal.rules import (
    HandlerExcluded,
    Interest,
    Matter,
    Window,
    exclusions,
    interests,
    kinds,
    require_may_handle,
)
from complaints.signals.rules import Sale, Talk

PERSON, OTHER, THIRD, CLIENT = (UUID(int=number) for number in range(1, 5))
NAMED, MANAGER, SOLD, SPOKE, CHANNEL = list(Exclusion)[:5]
RECEIVED = date(2026, 3, 2)
WINDOW = Window.of({"days_before": 30, "days_after": 15}, version="v")
SALE = Sale(UUID(int=50), date(2026, 1, 12), date(2026, 1, 15))


@pytest.mark.parametrize(
    ("named", "managers", "expected"),
    [
        (None, set(), []),
        (OTHER, {OTHER}, []),
        (PERSON, {OTHER}, [NAMED]),
        (OTHER, {PERSON}, [MANAGER]),
        (None, {PERSON, OTHER}, [MANAGER]),
        (PERSON, {PERSON}, [NAMED, MANAGER]),
    ],
)
def test_being_named_or_managing_the_client_is_an_interest(
    named: UUID | None, managers: set[UUID], expected: list[Exclusion]
) -> None:
    matter = Matter(RECEIVED, named_staff_id=named, manager_ids=managers)

    assert kinds(interests(matter, WINDOW), PERSON) == expected


@pytest.mark.parametrize(
    ("on", "is_part"),
    [
        ("2025-12-12", False),
        ("2025-12-13", True),
        ("2026-01-14", True),
        ("2026-01-30", True),
        ("2026-01-31", False),
        ("2026-03-02", False),
    ],
)
def test_a_conversation_around_the_sale_is_part_of_it(on: str, is_part: bool) -> None:
    talk = Talk(UUID(int=60), PERSON, date.fromisoformat(on))

    found = interests(Matter(RECEIVED, sales=[SALE], talks=[talk]), WINDOW)

    expected = Interest(PERSON, SPOKE, on=talk.on, dealing_id=SALE.dealing_id, interaction_id=talk.interaction_id)
    assert found == ([expected] if is_part else [])


def test_what_came_after_the_complaint_is_no_part_of_the_sale() -> None:
    late = Sale(UUID(int=51), RECEIVED, RECEIVED + timedelta(days=1))
    on_the_day = Sale(UUID(int=52), RECEIVED, RECEIVED)
    talk = Talk(UUID(int=60), PERSON, RECEIVED + timedelta(days=1))

    assert interests(Matter(RECEIVED, sales=[late], talks=[talk]), WINDOW) == []
    assert interests(Matter(RECEIVED, sales=[on_the_day], talks=[talk]), WINDOW) == []


@pytest.mark.parametrize(
    ("terms", "sellers"),
    [
        ([], set()),
        ([("2025-01-01", PERSON, None)], {PERSON}),
        ([("2026-01-16", PERSON, None)], set()),
        ([("2026-01-15", PERSON, None)], {PERSON}),
        ([("2026-01-16", PERSON, OTHER)], {OTHER}),
        ([("2025-01-01", PERSON, None), ("2025-06-01", OTHER, PERSON)], {OTHER}),
        ([("2025-06-01", OTHER, PERSON), ("2025-01-01", PERSON, None)], {OTHER}),
        ([("2025-01-01", PERSON, None), ("2026-01-13", OTHER, PERSON)], {PERSON, OTHER}),
        ([("2025-01-01", PERSON, None), ("2026-01-12", OTHER, PERSON)], {PERSON, OTHER}),
        ([("2025-01-01", PERSON, None), ("2026-02-01", OTHER, THIRD)], {PERSON, THIRD}),
    ],
    ids=[
        *("nobody known", "before", "after", "on the day of confirmation", "the one before is told", "handed over"),
        *("told in another order", "in between", "on the day of application", "a change was missed"),
    ],
)
def test_who_managed_the_client_when_it_was_sold_sold_it(
    terms: list[tuple[str, UUID, UUID | None]], sellers: set[UUID]
) -> None:
    held = [Term(CLIENT, date.fromisoformat(since), manager, previous) for since, manager, previous in terms]

    found = interests(Matter(RECEIVED, sales=[SALE], terms=held), WINDOW)

    assert {one.person_id for one in found} == sellers
    assert all((one.why, one.on, one.dealing_id) == (SOLD, SALE.confirmed_on, SALE.dealing_id) for one in found)


def test_terms_of_merged_clients_follow_each_other_by_client() -> None:
    terms = [Term(CLIENT, date(2025, 1, 1), PERSON, None), Term(UUID(int=5), date(2025, 6, 1), OTHER, None)]

    found = interests(Matter(RECEIVED, sales=[SALE], terms=terms), WINDOW)

    assert {one.person_id for one in found} == {PERSON, OTHER}


def test_those_who_look_after_channels_have_an_interest_where_one_sold() -> None:
    assert interests(Matter(RECEIVED, channel_staff={PERSON}), WINDOW) == [Interest(PERSON, CHANNEL)]


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
    found = interests(Matter(RECEIVED, named_staff_id=named), WINDOW)

    assert exclusions(found, PERSON, roles=roles, has_left=has_left) == expected


def test_an_excluded_handler_is_refused_with_every_reason() -> None:
    require_may_handle([], pointer=None)
    with pytest.raises(HandlerExcluded) as refusal:
        require_may_handle([NAMED, MANAGER], pointer="/handler_id")

    assert refusal.value.facts["exclusions"] == [NAMED, MANAGER]
    assert "被投诉人员、客户的管户经理" in refusal.value.detail


DAYS = st.dates(date(2025, 11, 1), date(2026, 4, 1))
SALES = st.builds(
    lambda day, waited, id: Sale(id, day - timedelta(days=waited), day), DAYS, st.integers(0, 10), st.uuids()
)


@given(
    sales=st.lists(SALES, max_size=3),
    talks=st.lists(st.tuples(st.sampled_from([PERSON, OTHER]), DAYS), max_size=6),
    received_on=DAYS,
)
def test_every_conversation_found_lies_around_a_sale_before_the_complaint(
    sales: list[Sale], talks: list[tuple[UUID, date]], received_on: date
) -> None:
    said = [Talk(UUID(int=number), person, on) for number, (person, on) in enumerate(talks)]
    found = {one.interaction_id for one in interests(Matter(received_on, sales=sales, talks=said), WINDOW)}

    for talk in said:
        is_part = talk.on <= received_on and any(
            sale.confirmed_on <= received_on
            and (sale.applied_on - talk.on).days <= 30
            and (talk.on - sale.confirmed_on).days <= 15
            for sale in sales
        )
        assert (talk.interaction_id in found) == is_part
