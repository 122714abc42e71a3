"""The channel machine against a plain model, spans, and notices of licenses."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.admission.rules import (
    EDGES,
    ActiveFromOutOfRange,
    CommandNotAllowed,
    LicenseNotInDate,
    NoAgreementInForce,
    Span,
    Unlicensed,
    license_notice,
    next_status,
    require_activity_start,
    require_may_be_active,
    require_second_person,
    standing,
)
from channel_commission.channels.rules import ChannelKind, ChannelStatus, Validity
from shared.errors import SecondPersonNeeded

TODAY = date(2026, 3, 2)
LICENSED = [Validity(date(2020, 1, 1), date(2030, 1, 1))]
COMMANDS = ["start-due-diligence", "approve", "activate", "suspend", "resume", "terminate"]


@given(st.lists(st.sampled_from(COMMANDS), max_size=40))
def test_a_random_walk_is_active_only_after_both_steps_of_admission_and_never_after_its_end(walk: list[str]) -> None:
    status, done = ChannelStatus.PROSPECT, list[str]()
    for command in walk:
        if command not in EDGES[status]:
            with pytest.raises(CommandNotAllowed) as refused:
                next_status(status, command)
            assert refused.value.facts == {"state": status.value, "allowed": sorted(EDGES[status])}
            continue
        status = next_status(status, command)
        done.append(command)
        if status in (ChannelStatus.ACTIVE, ChannelStatus.SUSPENDED):
            assert done[:3] == ["start-due-diligence", "approve", "activate"]
        assert ("terminate" in done) == (status is ChannelStatus.TERMINATED)
        assert done.count("terminate") <= 1


def test_due_diligence_is_approved_by_another_person() -> None:
    require_second_person(UUID(int=1), UUID(int=2))
    with pytest.raises(SecondPersonNeeded):
        require_second_person(UUID(int=1), UUID(int=1))


def test_a_partner_without_a_financial_license_is_never_active_whatever_it_shows() -> None:
    with pytest.raises(Unlicensed):
        require_may_be_active(ChannelKind.UNLICENSED, LICENSED, has_agreement=True, on=TODAY)


def test_license_and_agreement_are_needed_on_the_day() -> None:
    require_may_be_active(ChannelKind.BANK, LICENSED, has_agreement=True, on=TODAY)
    with pytest.raises(LicenseNotInDate):
        require_may_be_active(ChannelKind.BANK, [], has_agreement=True, on=TODAY)
    with pytest.raises(NoAgreementInForce):
        require_may_be_active(ChannelKind.BANK, LICENSED, has_agreement=False, on=TODAY)


def test_activity_begins_today_or_before_and_never_inside_an_earlier_span() -> None:
    earlier = [Span(date(2026, 1, 1), date(2026, 2, 1))]
    require_activity_start(date(2026, 2, 1), earlier, today=TODAY)
    for day in (date(2026, 1, 31), TODAY + timedelta(days=1)):
        with pytest.raises(ActiveFromOutOfRange):
            require_activity_start(day, earlier, today=TODAY)
    with pytest.raises(ActiveFromOutOfRange):
        require_activity_start(TODAY, [Span(date(2026, 1, 1), None)], today=TODAY)


@pytest.mark.parametrize(
    ("day", "active"), [(1, False), (2, True), (4, True), (5, False), (7, False), (8, True), (9, True)]
)
def test_the_last_day_of_a_span_is_no_longer_active(day: int, active: bool) -> None:
    spans = [
        Span(date(2026, 1, 2), date(2026, 1, 5)),
        Span(date(2026, 1, 7), date(2026, 1, 7)),
        Span(date(2026, 1, 8), None),
    ]

    assert standing(ChannelKind.BANK, spans, LICENSED, on=date(2026, 1, day)).is_active is active


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(0, 90))
def test_each_notice_is_given_once_at_the_latest_threshold_reached(steps: list[int], first: int) -> None:
    valid_to, today, given_, notices = TODAY + timedelta(days=first), TODAY, None, []
    for step in steps:
        today += timedelta(days=step)
        notice = license_notice(valid_to, today=today, thresholds=[60, 30], given=given_)
        if notice is not None:
            assert 0 <= (valid_to - today).days <= notice
            notices.append(notice)
            given_ = notice

    assert notices in ([], [60], [30], [60, 30])


@pytest.mark.parametrize(
    ("left", "given_", "due"),
    [(61, None, None), (60, None, 60), (31, 60, None), (30, 60, 30), (30, None, 30), (0, 30, None), (-1, None, None)],
)
def test_a_notice_is_due_at_sixty_and_thirty_days(left: int, given_: int | None, due: int | None) -> None:
    assert license_notice(TODAY + timedelta(days=left), today=TODAY, thresholds=[60, 30], given=given_) == due
