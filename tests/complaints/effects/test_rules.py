"""When an effect is judged, by what, and until when the same complaint counts as one that came again."""

from datetime import date

import pytest

from complaints.effects import rules
from complaints.improvement.rules import Origin
from shared.ids import new_id

POLICY = {"check_days": {"complaint": 30, "issue": 60, "finding": 0}, "recurrence_days": 90}
DAY = date(2028, 2, 28)


@pytest.mark.parametrize(
    ("origin", "check_from"),
    [
        (Origin.COMPLAINT, date(2028, 3, 29)),  # over the leap day
        (Origin.ISSUE, date(2028, 4, 28)),
        (Origin.FINDING, DAY),
    ],
)
def test_the_effect_is_judged_after_the_days_of_its_origin(origin: Origin, check_from: date) -> None:
    assert rules.watch(POLICY, origin, DAY) == rules.Watch(check_from, date(2028, 5, 28))


def test_the_first_day_of_the_check_is_not_too_early() -> None:
    rules.require_can_show(DAY, DAY)
    with pytest.raises(rules.EffectCheckTooEarly) as refused:
        rules.require_can_show(DAY, date(2028, 2, 27))
    assert refused.value.facts == {"check_from": "2028-02-28"}


@pytest.mark.parametrize(("is_effective", "due_on"), [(True, DAY), (False, None)])
def test_what_had_no_effect_is_due_again_and_nothing_else(is_effective: bool, due_on: date | None) -> None:
    rules.require_clear(is_effective=is_effective, due_on=None if is_effective else DAY)
    with pytest.raises(rules.NextDueDateUnclear):
        rules.require_clear(is_effective=is_effective, due_on=due_on)


def test_only_the_owner_says_that_it_was_done() -> None:
    owner = new_id()
    rules.require_owns(owner, owner)
    with pytest.raises(rules.NotTheActionOwner):
        rules.require_owns(new_id(), owner)
