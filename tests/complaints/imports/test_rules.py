"""What a history can be, which state it ends in, and what a further import may add."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import MOVES, Command, Level, Reason, RootCause, Status
from complaints.imports.rules import (
    AlreadyRecorded,
    HandledHere,
    History,
    HistoryImpossible,
    Step,
    added,
    further_steps,
    require_possible,
    status_of,
    steps_of,
)

TODAY = date(2026, 3, 31)
OPEN = History(received_on=date(2025, 1, 10), reason=Reason.OTHER, level=Level.ORDINARY)
INFORMED = replace(OPEN, informed_on=date(2025, 1, 20))
CLIENT = UUID(int=7)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"received_on": date(2026, 4, 1)}, "/received_on"),
        ({"received_on": date(2020, 2, 29)}, "/received_on"),
        ({"informed_on": date(2025, 1, 9)}, "/informed_on"),
        ({"informed_on": date(2026, 4, 1)}, "/informed_on"),
        ({"withdrawn_on": date(2025, 1, 9)}, "/withdrawn_on"),
        ({"informed_on": date(2025, 1, 20), "withdrawn_on": date(2025, 1, 21)}, "/withdrawn_on"),
        ({"compensation_fen": 100}, "/compensation"),
        ({"review_requested": True}, "/review_requested"),
        ({"root_cause": RootCause.PROCESS}, "/root_cause"),
        ({"is_upheld": True}, "/is_upheld"),
    ],
)
def test_an_impossible_history_is_pointed_at(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(HistoryImpossible) as refusal:
        require_possible(replace(OPEN, **fields), today=TODAY)

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(
    ("history", "status", "steps"),
    [
        (OPEN, Status.REGISTERED, []),
        (INFORMED, Status.INFORMED, [Step.INFORMED]),
        (replace(INFORMED, is_upheld=False), Status.INFORMED, [Step.DECIDED, Step.INFORMED]),
        (replace(INFORMED, compensation_fen=10_000), Status.INFORMED, [Step.INFORMED]),
        (replace(INFORMED, root_cause=RootCause.SYSTEM), Status.CLOSED, [Step.INFORMED, Step.CLOSED]),
        (replace(INFORMED, review_requested=True), Status.REVIEW_REQUESTED, [Step.INFORMED, Step.REVIEW_REQUESTED]),
        (
            replace(INFORMED, is_upheld=True, root_cause=RootCause.SYSTEM, review_requested=True),
            Status.REVIEW_REQUESTED,
            [Step.DECIDED, Step.INFORMED, Step.CLOSED, Step.REVIEW_REQUESTED],
        ),
        (replace(OPEN, withdrawn_on=date(2025, 1, 12)), Status.WITHDRAWN, [Step.WITHDRAWN]),
    ],
)
def test_the_state_follows_from_what_happened(history: History, status: Status, steps: list[Step]) -> None:
    require_possible(history, today=TODAY)

    assert status_of(history) is status
    assert steps_of(history) == [Step.REGISTERED, *steps]


def test_an_imported_case_ends_in_a_state_that_its_commands_lead_to() -> None:
    reached = {Status.REGISTERED} | {status for moves in MOVES.values() for status in moves.values()}
    for history in (OPEN, INFORMED, replace(INFORMED, root_cause=RootCause.STAFF)):
        assert status_of(history) in reached
    assert Command.CLOSE in MOVES[status_of(INFORMED)]


@pytest.mark.parametrize(
    ("known", "wanted", "new"),
    [
        (OPEN, OPEN, set()),
        (OPEN, replace(OPEN, reason=None, level=None), set()),
        (OPEN, INFORMED, {"informed_on"}),
        (OPEN, replace(OPEN, client_id=CLIENT), {"client_id"}),
        (INFORMED, OPEN, set()),
        (INFORMED, replace(INFORMED, review_requested=True), {"review_requested"}),
        (replace(OPEN, client_id=CLIENT), replace(INFORMED, client_id=CLIENT), {"informed_on"}),
    ],
)
def test_a_further_import_adds_what_became_known(known: History, wanted: History, new: set[str]) -> None:
    assert added(known, wanted) == new


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"received_on": date(2025, 1, 11)}, "/received_on"),
        ({"reason": Reason.PRICING}, "/reason"),
        ({"level": Level.MAJOR}, "/level"),
        ({"facts": "新的说法"}, "/facts"),
        ({"informed_on": date(2025, 1, 21)}, "/informed_on"),
        ({"compensation_fen": 5}, "/compensation"),
    ],
)
def test_what_is_on_record_is_not_rewritten(fields: dict[str, Any], pointer: str) -> None:
    known = replace(INFORMED, compensation_fen=10_000)

    with pytest.raises(AlreadyRecorded) as refusal:
        added(known, replace(known, **fields))

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(
    ("new", "steps"),
    [
        ({"client_id"}, [Step.CLIENT_LINKED]),
        ({"informed_on", "client_id"}, [Step.CLIENT_LINKED, Step.INFORMED]),
        ({"compensation_fen"}, []),
        ({"review_requested"}, [Step.REVIEW_REQUESTED]),
    ],
)
def test_further_steps_follow_from_what_is_new(new: set[str], steps: list[Step]) -> None:
    assert further_steps(INFORMED, new, has_handler=False) == steps


def test_a_case_in_handling_here_is_not_ended_from_outside() -> None:
    assert further_steps(OPEN, {"client_id"}, has_handler=True) == [Step.CLIENT_LINKED]
    with pytest.raises(HandledHere):
        further_steps(INFORMED, {"informed_on"}, has_handler=True)


@st.composite
def histories(draw: st.DrawFn) -> History:
    if not draw(st.booleans()):
        return replace(OPEN, client_id=draw(st.none() | st.just(CLIENT)))
    return replace(
        INFORMED,
        client_id=draw(st.none() | st.just(CLIENT)),
        is_upheld=draw(st.none() | st.booleans()),
        root_cause=draw(st.none() | st.sampled_from(RootCause)),
        compensation_fen=draw(st.none() | st.just(10_000)),
        review_requested=draw(st.booleans()),
    )


@given(histories())
def test_importing_the_same_again_adds_nothing(history: History) -> None:
    assert added(history, history) == set()
    assert added(history, OPEN) == set()


@given(histories())
def test_adding_later_tells_the_same_as_importing_at_once(history: History) -> None:
    new = added(OPEN, history)

    later = set(further_steps(history, new, has_handler=False)) - {Step.CLIENT_LINKED}
    assert [Step.REGISTERED, *(step for step in Step if step in later)] == steps_of(history)
