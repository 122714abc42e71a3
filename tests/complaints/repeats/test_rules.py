"""When a complaint is the same again, and what follows."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import OPEN, Status
from complaints.repeats import rules
from complaints.repeats.rules import Earlier, Matter
from shared.ids import new_id

PLAN, OTHER = new_id(), new_id()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (Matter("pricing", PLAN, "a"), Matter("pricing", PLAN, "b"), True),
        (Matter("pricing", PLAN, "a"), Matter("pricing", OTHER, "a"), False),
        (Matter("pricing", PLAN, "a"), Matter("marketing", PLAN, "a"), False),
        (Matter("pricing", None, "未告知 费用。"), Matter("pricing", None, "未告知费用"), True),
        (Matter("pricing", PLAN, "未告知费用"), Matter("pricing", None, "未告知费用！"), True),
        (Matter("pricing", None, "未告知费用"), Matter("pricing", None, "多收费用"), False),
        (Matter("pricing", None, None), Matter("pricing", None, None), False),
        (Matter("pricing", None, "。"), Matter("pricing", None, "！"), False),
    ],
)
def test_the_same_matter_is_the_same_product_or_the_same_words(one: Matter, other: Matter, is_same: bool) -> None:
    assert rules.is_same(one, other) == rules.is_same(other, one) == is_same


def earlier(status: Status, day: int, reason: str = "pricing") -> Earlier:
    received_on = date(2026, 1, day)
    return Earlier(new_id(), f"TS-{day:06d}", status, received_on, received_on, Matter(reason, PLAN, "a"))


@given(st.lists(st.tuples(st.sampled_from(Status), st.integers(1, 28), st.sampled_from(["pricing", "other"]))))
def test_a_running_case_is_repeated_before_the_latest_that_ended(known: list[tuple[Status, int, str]]) -> None:
    cases = [earlier(*one) for one in known]
    same = [one for one in cases if one.matter.reason == "pricing" and one.status not in ("reclassified", "rejected")]
    running = [one for one in same if one.status in OPEN]

    found = rules.repeated(Matter("pricing", PLAN, "b"), cases)

    if not same:
        assert found is None
    else:
        assert found is not None
        assert found in (running or same)
        assert found.received_on == max(one.received_on for one in running or same)


def test_a_duplicate_of_a_running_case_is_refused_with_it_and_one_of_an_ended_case_is_linked() -> None:
    running, ended = earlier(Status.ASSIGNED, 5), earlier(Status.CLOSED, 3)

    with pytest.raises(rules.AlreadyRegistered) as refused:
        rules.require_new(running, is_other_matter=False, is_staff=True)

    assert refused.value.facts == {
        "complaint_id": str(running.id), "number": "TS-000005", "due_on": "2026-01-05",
        "allowed": ["repeats", "new-facts"],
    }  # fmt: skip
    assert rules.require_new(ended, is_other_matter=False, is_staff=True) == ended.id
    for found in (running, ended, None):
        assert rules.require_new(found, is_other_matter=True, is_staff=True) is None
    assert isinstance(ended.id, UUID)
