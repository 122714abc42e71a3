import pytest

import shared.events.all  # noqa: F401  # declares every event
from interaction_log.timeline import rules
from interaction_log.timeline.rules import SHOWN_TO_CLIENT, TITLES, TimelineKind, TimelineService
from shared.events.base import catalogue
from shared.events.erasure import ClientErased, ErasureAnswered

#: An erasure ends a timeline; it stands on none.
CONCERNS_CLIENT = {
    type_
    for type_, event in catalogue().items()
    if "client_id" in event.model_fields and not issubclass(event, (ClientErased, ErasureAnswered))
}


def test_every_event_that_concerns_a_client_has_a_chinese_title() -> None:
    assert set(TITLES) == CONCERNS_CLIENT
    for type_, title in TITLES.items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in title), type_
    assert len(set(TITLES.values())) == len(TITLES)


def test_every_entry_has_a_service_and_a_kind() -> None:
    assert {rules.service_of(type_) for type_ in TITLES} == set(TimelineService)
    assert {rules.kind_of(type_) for type_ in TITLES} == set(TimelineKind)


@pytest.mark.parametrize(
    "hidden",
    ["risk", "follow_up", "accrual", "interaction", "assigned", "service_class_changed", "overdue", "decided"],
)
def test_a_client_never_sees_what_is_internal(hidden: str) -> None:
    assert [
        type_ for type_ in rules.wanted_types(kind=None, service=None, for_client=True) if f".{hidden}." in type_
    ] == []


def test_a_client_sees_only_fields_that_the_events_have_and_none_that_name_staff_or_channels() -> None:
    for type_, fields in SHOWN_TO_CLIENT.items():
        assert fields <= set(catalogue()[type_].model_fields), type_
        assert not fields & {"client_id", "channel_id", "handler_id", "staff_id", "manager_id", "root_cause", "level"}


def test_staff_see_all_facts_and_a_client_its_own() -> None:
    data = {"complaint_id": "1", "level": "major", "reason": "misselling", "received_on": "2026-03-02"}

    assert rules.shown("complaints.complaint.registered.v1", data, for_client=False) == data
    assert rules.shown("complaints.complaint.registered.v1", data, for_client=True) == {
        "complaint_id": "1",
        "received_on": "2026-03-02",
    }


def test_entries_are_asked_for_by_kind_and_service() -> None:
    risk = rules.wanted_types(kind=TimelineKind.RISK, service=None, for_client=False)
    none = rules.wanted_types(kind=TimelineKind.RISK, service=TimelineService.CLIENT_PROFILE, for_client=False)

    assert {rules.kind_of(type_) for type_ in risk} == {TimelineKind.RISK}
    assert len(risk) == 3
    assert none == []
