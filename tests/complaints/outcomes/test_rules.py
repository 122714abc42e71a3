"""On which days a case can end."""

from datetime import date
from typing import Any

import pytest

from complaints.cases.rules import DayOutOfRange, require_day
from complaints.outcomes.rules import (
    DayMissing,
    ProofMissing,
    SpeaksForThemselves,
    day_received,
    require_another,
    require_proof,
)

FIRST, TODAY = date(2026, 3, 2), date(2026, 3, 20)


@pytest.mark.parametrize(
    ("day", "fits"), [("2026-03-01", False), ("2026-03-02", True), ("2026-03-20", True), ("2026-03-21", False)]
)
def test_a_day_lies_between_the_first_and_today(day: str, fits: bool) -> None:
    if fits:
        require_day(date.fromisoformat(day), first=FIRST, today=TODAY, pointer="/informed_on")
        return
    with pytest.raises(DayOutOfRange) as refusal:
        require_day(date.fromisoformat(day), first=FIRST, today=TODAY, pointer="/informed_on")
    assert refusal.value.pointer == "/informed_on"


@pytest.mark.parametrize(
    ("kind", "given", "received"),
    [
        ("client", None, TODAY),
        ("client", TODAY, TODAY),
        ("client", date(2026, 3, 19), DayOutOfRange),
        ("staff", date(2026, 3, 19), date(2026, 3, 19)),
        ("staff", None, DayMissing),
        ("staff", date(2026, 3, 21), DayOutOfRange),
    ],
)
def test_clients_speak_today_and_staff_say_the_day(kind: Any, given: date | None, received: Any) -> None:
    if isinstance(received, date):
        assert day_received(given, kind=kind, first=FIRST, today=TODAY, pointer="/withdrawn_on") == received
        return
    with pytest.raises(received) as refusal:
        day_received(given, kind=kind, first=FIRST, today=TODAY, pointer="/withdrawn_on")
    assert refusal.value.pointer == "/withdrawn_on"


@pytest.mark.parametrize(
    ("kind", "proof", "may"), [("staff", "录音", True), ("staff", None, False), ("client", None, True)]
)
def test_staff_prove_a_withdrawal_clients_speak_for_themselves(kind: Any, proof: str | None, may: bool) -> None:
    if may:
        require_proof(proof, kind=kind)
        return
    with pytest.raises(ProofMissing) as refusal:
        require_proof(proof, kind=kind)
    assert refusal.value.pointer == "/proof"


@pytest.mark.parametrize(
    ("is_client", "has_speakers", "may"),
    [(True, False, False), (True, True, True), (False, False, True), (False, True, True)],
)
def test_a_client_who_speaks_alone_needs_no_authority(is_client: bool, has_speakers: bool, may: bool) -> None:
    if may:
        require_another(is_client=is_client, has_speakers=has_speakers)
        return
    with pytest.raises(SpeaksForThemselves):
        require_another(is_client=is_client, has_speakers=has_speakers)
