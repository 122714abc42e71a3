import asyncio
import io
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from local_stack import ports
from local_stack.console import Terminal
from local_stack.errors import StackError
from local_stack.parts import Part
from local_stack.supervisor import Supervisor

FAKE_SERVICE = Path(__file__).with_name("fake_service.py")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def part(journal: Path) -> Callable[..., Part]:
    def make(name: str, behavior: str = "good") -> Part:
        port = ports.find_free()
        command = (sys.executable, str(FAKE_SERVICE), behavior, str(journal), name, str(port))
        return Part(name, command, port=port)

    return make


@asynccontextmanager
async def supervising(tmp_path: Path, screen: io.StringIO) -> AsyncIterator[Supervisor]:
    terminal = Terminal(Console(file=screen, width=200))
    async with Supervisor(
        logs_dir=tmp_path, terminal=terminal, ready_within_seconds=10, stops_within_seconds=1
    ) as running:
        yield running


def lines(journal: Path) -> list[str]:
    return journal.read_text().splitlines()


async def test_a_round_starts_only_when_the_one_before_is_ready(
    tmp_path: Path, screen: io.StringIO, journal: Path, part: Callable[..., Part]
) -> None:
    async with supervising(tmp_path, screen) as running:
        await running.start([part("complaints", "slow"), part("ops-dashboard")])
        await running.start([part("gateway")])
        seen = lines(journal)

    assert seen[-2:] == ["gateway started", "gateway listens"]
    assert seen.index("ops-dashboard started") < seen.index("complaints listens"), "the parts of a round start together"


async def test_parts_stop_in_the_reverse_order_of_their_start(
    tmp_path: Path, screen: io.StringIO, journal: Path, part: Callable[..., Part]
) -> None:
    async with supervising(tmp_path, screen) as running:
        for name in ("complaints", "ops-dashboard", "gateway"):
            await running.start([part(name)])

    stopped = [line for line in lines(journal) if line.endswith("stopped")]
    assert stopped == ["gateway stopped", "ops-dashboard stopped", "complaints stopped"]


async def test_every_part_that_is_ready_is_shown_with_its_address(
    tmp_path: Path, screen: io.StringIO, part: Callable[..., Part]
) -> None:
    complaints = part("complaints")

    async with supervising(tmp_path, screen) as running:
        await running.start([complaints])

    assert f"✓ complaints           http://127.0.0.1:{complaints.port}" in screen.getvalue()


async def test_a_part_that_ends_while_starting_is_named_with_the_end_of_its_log(
    tmp_path: Path, screen: io.StringIO, part: Callable[..., Part]
) -> None:
    with pytest.raises(StackError) as caught:
        async with supervising(tmp_path, screen) as running:
            await running.start([part("complaints", "crash")])

    assert "complaints ended with exit code 1" in str(caught.value)
    assert "the settings are wrong" in str(caught.value)
    assert "✗ complaints" in screen.getvalue()


async def test_a_part_that_does_not_get_ready_is_named_with_what_it_answers(
    tmp_path: Path, part: Callable[..., Part]
) -> None:
    terminal = Terminal(Console(file=io.StringIO()))

    with pytest.raises(StackError, match=r"complaints was not ready within 2 s: it answers 503 .* is missing"):
        async with Supervisor(logs_dir=tmp_path, terminal=terminal, ready_within_seconds=2) as running:
            await running.start([part("complaints", "unready")])


async def test_one_part_that_fails_stops_the_others_too(
    tmp_path: Path, screen: io.StringIO, journal: Path, part: Callable[..., Part]
) -> None:
    async with supervising(tmp_path, screen) as running:
        await running.start([part("client-profile")])
        with pytest.raises(StackError):
            await running.start([part("complaints", "crash"), part("gateway", "slow")])

    assert "client-profile stopped" in lines(journal)
    assert "gateway listens" not in lines(journal)


async def test_a_part_that_does_not_stop_is_killed_with_what_it_started(
    tmp_path: Path, screen: io.StringIO, journal: Path, part: Callable[..., Part]
) -> None:
    async with supervising(tmp_path, screen) as running:
        await running.start([part("complaints", "stubborn")])
        (child,) = [line.split()[-1] for line in lines(journal) if "has child" in line]

    assert "complaints did not stop within 1 s: killed" in screen.getvalue()
    await until_gone(int(child))


async def test_who_cannot_wait_kills_all_at_once(tmp_path: Path, part: Callable[..., Part]) -> None:
    terminal = Terminal(Console(file=io.StringIO()))
    began = time.monotonic()

    async with Supervisor(logs_dir=tmp_path, terminal=terminal, stops_within_seconds=60) as running:
        await running.start([part("complaints", "stubborn")])
        running.kill_all()

    assert time.monotonic() - began < 30


async def test_a_part_that_ends_by_itself_later_is_reported(
    tmp_path: Path, screen: io.StringIO, part: Callable[..., Part]
) -> None:
    complaints = part("complaints")

    async with supervising(tmp_path, screen) as running:
        await running.start([complaints])
        (process,) = [child for child in psutil.Process().children() if str(complaints.port) in child.cmdline()]
        process.send_signal(signal.SIGKILL)
        with pytest.raises(StackError, match="complaints was ended by SIGKILL"):
            await asyncio.wait_for(running.until_one_ends(), 10)


async def test_a_command_that_fails_shows_the_end_of_its_log(tmp_path: Path, screen: io.StringIO) -> None:
    command = (sys.executable, "-c", "raise SystemExit('relation outbox does not exist')")

    with pytest.raises(StackError, match=r"(?s)complaints-migrations failed.*relation outbox does not exist"):
        async with supervising(tmp_path, screen) as running:
            await running.run(Part("complaints-migrations", command))


async def test_the_environment_of_a_part_is_ours_and_its_own(
    tmp_path: Path, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOLD_BY_CALLER", "a")
    code = "import os; print(os.environ['TOLD_BY_CALLER'] + os.environ['COMPLAINTS_PORT'])"

    async with supervising(tmp_path, screen) as running:
        await running.run(Part("complaints", (sys.executable, "-c", code), {"COMPLAINTS_PORT": "b"}))

    assert (tmp_path / "complaints.log").read_text() == "ab\n"


async def test_the_log_of_the_run_before_is_kept(tmp_path: Path, screen: io.StringIO) -> None:
    async with supervising(tmp_path, screen) as running:
        for number in ("1", "2"):
            await running.run(Part("topics", (sys.executable, "-c", f"print({number})")))

    assert (tmp_path / "topics.log").read_text() == "2\n"
    assert (tmp_path / "topics.log.1").read_text() == "1\n"


async def until_gone(pid: int) -> None:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"process {pid} is still there")
