"""Who owns and answers what is no complaint, and in which states."""

from itertools import product

import pytest

from complaints.cases.rules import ContactKind
from complaints.enquiries import rules
from complaints.enquiries.rules import EnquiryCommand, EnquiryStatus
from shared.ids import new_id

ENQUIRY, SUGGESTION, REPORT = ContactKind.ENQUIRY, ContactKind.SUGGESTION, ContactKind.VIOLATION_REPORT


@pytest.mark.parametrize(
    ("kind", "is_adopted", "why_not", "pointer"),
    [
        (ENQUIRY, None, None, None),
        (ENQUIRY, True, None, "/is_adopted"),
        (ENQUIRY, None, "不适用", "/why_not"),
        (REPORT, False, "不属实", "/is_adopted"),
        (SUGGESTION, True, None, None),
        (SUGGESTION, False, "系统改造成本过高", None),
        (SUGGESTION, None, None, "/is_adopted"),
        (SUGGESTION, False, None, "/why_not"),
        (SUGGESTION, True, "已采纳", "/why_not"),
    ],
)
def test_a_suggestion_is_adopted_or_the_answer_says_why_not(
    kind: ContactKind, is_adopted: bool | None, why_not: str | None, pointer: str | None
) -> None:
    if pointer is None:
        rules.require_answer(kind, is_adopted=is_adopted, why_not=why_not)
    else:
        with pytest.raises(rules.AnswerIncomplete) as refused:
            rules.require_answer(kind, is_adopted=is_adopted, why_not=why_not)
        assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("kind", "has_client", "has_contact", "is_taken"),
    [
        (ENQUIRY, True, False, True),
        (ENQUIRY, False, True, True),
        (ENQUIRY, False, False, False),
        (ENQUIRY, True, True, False),
        (SUGGESTION, False, False, False),
        (REPORT, False, False, True),
        (REPORT, True, True, False),
    ],
)
def test_only_a_report_of_violation_may_be_anonymous(
    kind: ContactKind, has_client: bool, has_contact: bool, is_taken: bool
) -> None:
    client_id = new_id() if has_client else None
    if is_taken:
        rules.require_enquirer(kind, client_id=client_id, has_contact=has_contact)
    else:
        with pytest.raises(rules.EnquirerUnclear):
            rules.require_enquirer(kind, client_id=client_id, has_contact=has_contact)


def test_an_owner_is_at_work_not_the_one_it_is_about_and_fit_for_reports() -> None:
    person = new_id()
    refused = []
    for kind, role, has_left, is_named in product((ENQUIRY, REPORT), ("finance", "compliance"), (0, 1), (0, 1)):
        try:
            rules.require_owner(
                kind, person, roles=[role], has_left=bool(has_left), named_staff_id=person if is_named else None
            )
        except rules.OwnerUnfit:
            refused.append((kind, role, has_left, is_named))

    every = set(product((ENQUIRY, REPORT), ("finance", "compliance"), (0, 1), (0, 1)))
    assert every - set(refused) == {
        (ENQUIRY, "finance", 0, 0),
        (ENQUIRY, "compliance", 0, 0),
        (REPORT, "compliance", 0, 0),
    }


def test_what_may_follow_in_which_state() -> None:
    found = {status.value: [command.value for command in rules.allowed(status)] for status in EnquiryStatus}

    assert found == {
        "received": ["assign", "reclassify"],
        "assigned": ["answer", "assign", "reclassify"],
        "answered": ["reclassify"],
        "reclassified": [],
    }
    with pytest.raises(rules.EnquiryCommandNotAllowed) as refused:
        rules.after(EnquiryCommand.ANSWER, EnquiryStatus.RECEIVED)
    assert refused.value.facts["allowed"] == ["assign", "reclassify"]


def test_after_the_answer_only_a_complaint_can_come_of_it() -> None:
    rules.require_other_kind(EnquiryStatus.ANSWERED, ENQUIRY, ContactKind.COMPLAINT)
    rules.require_other_kind(EnquiryStatus.ASSIGNED, ENQUIRY, SUGGESTION)
    with pytest.raises(rules.KindUnchanged):
        rules.require_other_kind(EnquiryStatus.ASSIGNED, ENQUIRY, ENQUIRY)
    with pytest.raises(rules.EnquiryCommandNotAllowed):
        rules.require_other_kind(EnquiryStatus.ANSWERED, ENQUIRY, SUGGESTION)
