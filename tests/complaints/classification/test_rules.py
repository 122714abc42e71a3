"""Which codes hold, how urgent a case is, and who lowers it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import Level, Reason, Source
from complaints.classification import rules
from complaints.classification.rules import Dimension, Entry, Stir
from complaints.traits.rules import Tag, Urgency
from shared.ids import new_id

DAY = date(2026, 3, 2)
NUMBERS = {"amount_fen": 100_000_000, "complaints": 3}
CALM = Stir(Level.ORDINARY, Source.PHONE, Reason.DISCLOSURE, frozenset(), 0, names_staff=False, earlier=0)


def entry(code: str, parent: str | None = None, **fields: Any) -> Entry:
    given = {"is_other": False, "reason_class": None, "valid_from": date(2020, 3, 1), "valid_to": None}
    return Entry(code, parent, **(given | fields))


KNOWN = {
    (Dimension.BUSINESS, one.code): one
    for one in (
        entry("B05"),
        entry("B05-01", "B05"),
        entry("B05-01-9", "B05-01", is_other=True),
        entry("B90", valid_to=DAY),
        entry("B91", valid_from=date(2026, 3, 3)),
    )
} | {(Dimension.REASON, "C05"): entry("C05", reason_class=Reason.DISCLOSURE)}


@pytest.mark.parametrize(
    ("code", "note", "error", "pointer"),
    [
        ("B05-01", None, None, None),
        ("B05-01-9", "艺术品信托", None, None),
        ("B05-01-9", None, rules.NoteMissing, "/classification_note"),
        ("B90", None, rules.CodeNotInForce, "/business_code"),
        ("B91", None, rules.CodeNotInForce, "/business_code"),
        ("C05", None, rules.CodeNotInForce, "/business_code"),
    ],
)
def test_a_code_is_in_force_on_the_day_of_receipt_and_other_needs_words(
    code: str, note: str | None, error: type[Exception] | None, pointer: str | None
) -> None:
    said: dict[str, Any] = {"note": note, "reason": Reason.DISCLOSURE, "on": DAY}
    if error is None:
        rules.require_codes({Dimension.BUSINESS: code, Dimension.REASON: None}, KNOWN, **said)
    else:
        with pytest.raises(error) as refused:
            rules.require_codes({Dimension.BUSINESS: code}, KNOWN, **said)
        assert refused.value.pointer == pointer  # type: ignore[attr-defined]  # all of them have one


def test_a_reason_belongs_to_its_class() -> None:
    rules.require_codes({Dimension.REASON: "C05"}, KNOWN, note=None, reason=Reason.DISCLOSURE, on=DAY)
    with pytest.raises(rules.ReasonDiffers):
        rules.require_codes({Dimension.REASON: "C05"}, KNOWN, note=None, reason=Reason.PRICING, on=DAY)


@pytest.mark.parametrize(
    ("change", "urgency"),
    [
        ({}, "iii"),
        ({"level": Level.MAJOR}, "i"),
        ({"level": Level.COMPLICATED}, "ii"),
        ({"source": Source.NFRA}, "i"),
        ({"tags": frozenset({Tag.MEDIA, Tag.EMOTIONAL})}, "i"),
        ({"tags": frozenset({Tag.PETITION})}, "ii"),
        ({"reason": Reason.FUND_SAFETY}, "i"),
        ({"names_staff": True}, "i"),
        ({"amount_fen": 100_000_000}, "i"),
        ({"amount_fen": 99_999_999}, "iii"),
        ({"earlier": 2}, "i"),
        ({"earlier": 1}, "iii"),
    ],
)
def test_facts_make_a_case_urgent(change: dict[str, Any], urgency: str) -> None:
    assert rules.urgency_of(replace(CALM, **change), NUMBERS) == urgency


@given(st.sampled_from(Urgency), st.none() | st.sampled_from(Urgency))
def test_the_more_urgent_holds(one: Urgency, other: Urgency | None) -> None:
    values = {"i": 1, "ii": 2, "iii": 3}

    found = rules.more_urgent(one, other)

    assert values[found] == min(values[one], values[other] if other else 9)


@given(
    before=st.tuples(st.sampled_from(Level), st.sampled_from(Urgency)),
    after=st.tuples(st.sampled_from(Level), st.sampled_from(Urgency)),
    is_handler=st.booleans(),
    is_supervisor=st.booleans(),
)
def test_only_a_supervisor_who_does_not_handle_the_case_lowers(
    before: tuple[Level, Urgency], after: tuple[Level, Urgency], is_handler: bool, is_supervisor: bool
) -> None:
    person = new_id()
    grade, haste = {"ordinary": 0, "complicated": 1, "major": 2}, {"iii": 0, "ii": 1, "i": 2}
    is_lowered = grade[after[0]] < grade[before[0]] or haste[after[1]] < haste[before[1]]
    roles = ["complaint_supervisor" if is_supervisor else "complaint_handler"]
    said: dict[str, Any] = {"level": (before[0], after[0]), "urgency": (before[1], after[1])}
    handler_id = person if is_handler else new_id()

    if is_lowered and (is_handler or not is_supervisor):
        with pytest.raises(rules.LoweringNotYours):
            rules.require_may_lower(person, roles, handler_id, **said)
    else:
        rules.require_may_lower(person, roles, handler_id, **said)


@pytest.mark.parametrize(
    ("dimension", "parent", "reason_class", "expected"),
    [
        (Dimension.BUSINESS, None, None, None),
        (Dimension.BUSINESS, "B05-01", None, None),
        (Dimension.REASON, "C05", None, Reason.DISCLOSURE),
        (Dimension.REASON, None, Reason.PRICING, Reason.PRICING),
        (Dimension.BUSINESS, "B05-01-9", None, "/parent"),
        (Dimension.BUSINESS, "B90", None, "/parent"),
        (Dimension.BUSINESS, "B00", None, "/parent"),
        (Dimension.REASON, None, None, "/reason_class"),
        (Dimension.BUSINESS, None, Reason.PRICING, "/reason_class"),
        (Dimension.REASON, "C05", Reason.PRICING, "/reason_class"),
    ],
)
def test_a_new_code_stands_under_one_in_force_at_most_three_deep(
    dimension: Dimension, parent: str | None, reason_class: Reason | None, expected: Any
) -> None:
    if isinstance(expected, str) and expected.startswith("/"):
        with pytest.raises(rules.CodeOutOfPlace) as refused:
            rules.require_place(dimension, parent, reason_class, KNOWN, on=DAY)
        assert refused.value.pointer == expected
    else:
        assert rules.require_place(dimension, parent, reason_class, KNOWN, on=DAY) == expected
