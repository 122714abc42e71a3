"""Every status × command, and a long random walk against a plain model."""

from random import Random

import pytest

from client_profile.clients.rules import ClientStatus, ScreeningResult
from client_profile.lifecycle.rules import (
    EDGES,
    ClientHasDealings,
    Command,
    CommandNotAllowed,
    ScreeningNotClear,
    next_status,
    require_screenable,
    require_settled,
)

CLEAR = ScreeningResult.CLEAR
ALLOWED = {
    ("registered", "activate"): "active",
    ("registered", "close"): "closed",
    ("active", "suspend"): "suspended",
    ("active", "close"): "closed",
    ("suspended", "activate"): "active",
    ("suspended", "close"): "closed",
}


@pytest.mark.parametrize("status", ClientStatus)
@pytest.mark.parametrize("command", Command)
def test_a_status_changes_only_along_the_edges(status: ClientStatus, command: Command) -> None:
    expected = ALLOWED.get((status.value, command.value))

    if expected is None:
        with pytest.raises(CommandNotAllowed) as refused:
            next_status(status, command, screening=CLEAR)
        assert refused.value.facts == {"state": status, "allowed": sorted(EDGES[status])}
    else:
        assert next_status(status, command, screening=CLEAR) == expected


@pytest.mark.parametrize("screening", [None, ScreeningResult.POTENTIAL, ScreeningResult.HIT])
@pytest.mark.parametrize("status", [ClientStatus.REGISTERED, ClientStatus.SUSPENDED])
def test_only_a_clear_screening_activates(status: ClientStatus, screening: ScreeningResult | None) -> None:
    with pytest.raises(ScreeningNotClear):
        next_status(status, Command.ACTIVATE, screening=screening)


def test_a_closed_client_is_not_screened() -> None:
    for status in (ClientStatus.REGISTERED, ClientStatus.ACTIVE, ClientStatus.SUSPENDED):
        require_screenable(status)
    with pytest.raises(CommandNotAllowed):
        require_screenable(ClientStatus.CLOSED)


def test_a_client_is_closed_when_nothing_is_left() -> None:
    require_settled(holds_units=False, has_open_dealings=False)
    for holds, has_open, left in ((True, False, ["holdings"]), (True, True, ["holdings", "open_dealings"])):
        with pytest.raises(ClientHasDealings) as refused:
            require_settled(holds_units=holds, has_open_dealings=has_open)
        assert refused.value.facts == {"left": left}


def test_a_random_walk_of_thousands_of_steps_stays_with_the_model() -> None:
    random, seen = Random(20260302), set()
    for _ in range(500):
        status, model = ClientStatus.REGISTERED, "registered"
        screening: ScreeningResult | None = None
        for _ in range(random.randint(1, 20)):
            command = random.choice(list(Command))
            screening = random.choice([*ScreeningResult, None, screening])
            expected = ALLOWED.get((model, command.value))
            if command is Command.ACTIVATE and screening is not CLEAR:
                expected = None
            try:
                status = next_status(status, command, screening=screening)
                assert status.value == expected
                model = status.value
            except (CommandNotAllowed, ScreeningNotClear):
                assert expected is None
            seen.add(status)
    apart = {ClientStatus.MERGED, ClientStatus.ERASED}
    assert seen == set(ClientStatus) - apart, "merging and erasing are no steps of the life"
