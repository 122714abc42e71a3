"""Who may speak for a complainant, how many for many, and what the complainant was to the company."""

from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import Level
from complaints.representatives import rules
from complaints.representatives.rules import Paper
from shared.ids import new_id

TODAY = date(2026, 3, 2)
GOOD = Paper(date(2026, 3, 1), date(2026, 3, 2), original_seen=True)


@pytest.mark.parametrize(
    ("paper", "identity_checked", "pointer"),
    [
        (GOOD, True, None),
        (Paper(TODAY, None, original_seen=True), True, None),
        (None, True, "/agent/authority"),
        (Paper(TODAY, None, original_seen=False), True, "/agent/authority/original_seen"),
        (Paper(TODAY + timedelta(days=1), None, original_seen=True), True, "/agent/authority/signed_on"),
        (Paper(date(2026, 1, 1), date(2026, 3, 1), original_seen=True), True, "/agent/authority/valid_until"),
        (Paper(TODAY, date(2026, 1, 1), original_seen=True), True, "/agent/authority/valid_until"),
        (GOOD, False, "/agent/identity_checked"),
    ],
)
def test_an_agent_shows_an_original_in_force_and_who_they_are(
    paper: Paper | None, identity_checked: bool, pointer: str | None
) -> None:
    said = {"identity_checked": identity_checked, "today": TODAY, "at": "/agent", "name": "authority"}
    if pointer is None:
        rules.require_authority(paper, **said)  # type: ignore[arg-type]  # as said
    else:
        with pytest.raises(rules.WithoutAuthority) as refused:
            rules.require_authority(paper, **said)  # type: ignore[arg-type]  # as said
        assert refused.value.pointer == pointer


@given(representatives=st.integers(0, 12), persons=st.integers(1, 30))
def test_at_most_five_speak_for_at_least_as_many(representatives: int, persons: int) -> None:
    refusal: Any = nullcontext()
    if representatives > 5:
        refusal = pytest.raises(rules.TooManyRepresentatives)
    elif persons < representatives or persons == 1:
        refusal = pytest.raises(rules.PersonsTooFew)

    with refusal:
        rules.require_few(representatives, most=5, persons=persons, at="/joint")


def test_a_person_is_a_client_or_has_contact_data_and_takes_part_once() -> None:
    client, other = new_id(), new_id()

    rules.require_person(client_id=client, has_contact=False, others=[other], at="")
    rules.require_person(client_id=None, has_contact=True, others=[other], at="")
    for client_id, has_contact, pointer in (
        (None, False, "/contact"),
        (client, True, "/contact"),
        (other, False, "/client_id"),
    ):
        with pytest.raises(rules.PersonUnclear) as refused:
            rules.require_person(client_id=client_id, has_contact=has_contact, others=[other], at="")
        assert refused.value.pointer == pointer


@pytest.mark.parametrize(("persons", "level"), [(1, "complicated"), (19, "complicated"), (20, "major"), (300, "major")])
def test_a_case_of_twenty_is_a_major_one(persons: int, level: str) -> None:
    assert rules.level_of(Level.COMPLICATED, persons=persons, major_from=20) == level


@pytest.mark.parametrize(
    ("left_on", "kind"), [(None, "client"), (date(2026, 3, 3), "client"), (TODAY, "former_client")]
)
def test_a_former_client_had_left_by_the_day_of_receipt(left_on: date | None, kind: str) -> None:
    assert rules.complainant_kind(new_id(), left_on=left_on, received_on=TODAY) == kind
    assert rules.complainant_kind(None, left_on=left_on, received_on=TODAY) == "stranger"
