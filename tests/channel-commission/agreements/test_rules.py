"""The rate card's machine and what a new version may claim."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.agreements.rules import (
    EDGES,
    AlreadyPriced,
    CardNotLatest,
    CardOutsideAgreement,
    CardStatus,
    CardStatusForbids,
    ValidityEmpty,
    next_status,
    require_inside,
    require_second_person,
    require_supersedes,
    require_validity,
)
from shared.errors import SecondPersonNeeded

DAY = date(2026, 7, 1)


@given(st.lists(st.sampled_from(["change", "submit", "approve", "reject"]), max_size=12))
def test_a_random_walk_changes_only_drafts_and_decides_once(walk: list[str]) -> None:
    status, done = CardStatus.DRAFT, list[str]()
    for command in walk:
        if command not in EDGES[status]:
            with pytest.raises(CardStatusForbids):
                next_status(status, command)
            continue
        status = next_status(status, command)
        done.append(command)

    assert done.count("submit") <= 1
    assert done.count("approve") + done.count("reject") <= 1
    assert "change" not in done[done.index("submit") :] if "submit" in done else True


def test_neither_writer_nor_submitter_decides() -> None:
    makers = {UUID(int=1), UUID(int=2), None}
    require_second_person(makers, UUID(int=3))
    for maker in (1, 2):
        with pytest.raises(SecondPersonNeeded):
            require_second_person(makers, UUID(int=maker))


def test_an_agreement_has_days_and_its_card_begins_within_them() -> None:
    require_validity(DAY, None)
    require_inside(DAY, DAY, date(2026, 7, 2))
    with pytest.raises(ValidityEmpty):
        require_validity(DAY, DAY)
    for card_from in (date(2026, 6, 30), date(2026, 7, 2)):
        with pytest.raises(CardOutsideAgreement):
            require_inside(card_from, DAY, date(2026, 7, 2))


def test_a_new_version_begins_after_what_was_approved_and_booked() -> None:
    require_supersedes(DAY, None, None)
    require_supersedes(DAY, DAY, None)
    require_supersedes(DAY, date(2026, 1, 1), date(2026, 6, 30))
    with pytest.raises(CardNotLatest):
        require_supersedes(DAY, date(2026, 7, 2), None)
    with pytest.raises(AlreadyPriced):
        require_supersedes(DAY, date(2026, 1, 1), DAY)
