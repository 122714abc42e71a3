"""Who examines a case, when a sample is done with, and when findings are put right."""

import pytest

from complaints.findings import rules
from complaints.findings.rules import Severity
from shared.ids import new_id


def test_only_named_inspectors_examine() -> None:
    one = new_id()
    rules.require_inspector(one, {one: None})
    with pytest.raises(rules.NotAnInspector):
        rules.require_inspector(new_id(), {one: None})


def test_nobody_examines_what_they_or_their_unit_handled() -> None:
    person, unit, other = new_id(), new_id(), new_id()
    rules.require_independent(person, unit, involved=(other, None), handling_unit=new_id())
    rules.require_independent(person, None, involved=(other,), handling_unit=None)
    with pytest.raises(rules.InspectorNotIndependent):
        rules.require_independent(person, unit, involved=(None, person), handling_unit=None)
    with pytest.raises(rules.InspectorNotIndependent):
        rules.require_independent(person, unit, involved=(), handling_unit=unit)


def test_what_was_not_examined_is_explained_and_nothing_else() -> None:
    rules.require_all_examined(0, None)
    rules.require_all_examined(2, "客户信息已删除")
    with pytest.raises(rules.CasesNotExamined) as refused:
        rules.require_all_examined(2, None)
    assert refused.value.facts == {"left": 2}
    with pytest.raises(rules.NothingLeftOut):
        rules.require_all_examined(0, "x")


@pytest.mark.parametrize(
    ("severity", "effective", "waiting", "is_settled"),
    [
        (Severity.MINOR, 0, 0, True),
        (Severity.MINOR, 0, 1, False),
        (Severity.SERIOUS, 0, 0, False),
        (Severity.SERIOUS, 1, 0, True),
        (Severity.GRAVE, 1, 1, False),
        (Severity.GRAVE, 2, 0, True),
    ],
)
def test_serious_findings_are_put_right_and_no_action_waits(
    severity: Severity, effective: int, waiting: int, is_settled: bool
) -> None:
    finding = new_id()
    found = rules.unsettled({finding: severity}, effective={finding: effective}, waiting={finding: waiting})

    assert found == ([] if is_settled else [finding])
    if found:
        with pytest.raises(rules.FindingsNotPutRight):
            rules.require_settled(found)
