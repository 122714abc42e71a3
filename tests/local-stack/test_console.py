import io
import json

import pytest
from rich.console import Console

from local_stack.console import Terminal, loud_part


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ({"level": "info", "event": "started"}, None),
        ({"level": "debug", "event": "polled"}, None),
        (
            {"level": "warning", "event": "topic blocked", "topic": "complaints.risk"},
            "topic blocked topic=complaints.risk",
        ),
        ({"level": "error", "event": "failed", "exception": "Traceback\nValueError: no"}, "failed ValueError: no"),
    ],
)
def test_only_warnings_and_worse_reach_the_terminal(line: dict[str, str], shown: str | None) -> None:
    result = loud_part(json.dumps(line))

    assert (result and result[1]) == (shown and f"{line['level'].upper()} {shown}")


@pytest.mark.parametrize("line", ["Traceback (most recent call last):", "42", "[1, 2]"])
def test_a_line_that_is_not_of_our_log_format_is_shown_as_it_is(line: str) -> None:
    assert loud_part(line) == ("", line)


def test_an_empty_line_is_not_shown() -> None:
    assert loud_part("") is None


def test_a_log_line_carries_the_name_of_its_part_and_is_never_read_as_markup() -> None:
    screen = io.StringIO()

    Terminal(Console(file=screen, width=120)).log_line("complaints", "[red]not markup[/red]")

    assert screen.getvalue() == "          complaints │ [red]not markup[/red]\n"


def test_the_same_line_again_is_counted_instead_of_shown() -> None:
    screen = io.StringIO()
    terminal = Terminal(Console(file=screen, width=120))

    for name, line in [("complaints", "no connection"), ("complaints", "no connection"), ("gateway", "no connection")]:
        terminal.log_line(name, line)

    assert [shown.split()[0] for shown in screen.getvalue().splitlines()] == ["complaints", "gateway"]


def test_a_step_that_fails_is_marked_so() -> None:
    screen = io.StringIO()
    terminal = Terminal(Console(file=screen, width=120))

    with pytest.raises(RuntimeError), terminal.step("topics"):
        raise RuntimeError

    assert screen.getvalue().startswith("✗ topics")
