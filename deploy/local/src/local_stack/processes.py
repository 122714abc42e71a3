"""Child processes that end with their parent: start, stop with a bound, and clear away what a crash left behind."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from local_stack.errors import StackError


def tied_to_parent(argv: Sequence[str], *, with_signal: signal.Signals = signal.SIGKILL) -> list[str]:
    """Return the command that runs `argv` under the same pid and sends it `with_signal` when its parent dies.

    Only Linux can do this (`setpriv` from util-linux asks the kernel for it). Elsewhere the command stays as it is: a
    parent that is killed outright leaves its children behind, to be cleared away by `stop_leftover` at the next start.
    The kernel watches the *thread* that started the child: start children from a thread that lives as long as they do.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return list(argv)
    return [setpriv, f"--pdeathsig={with_signal.name.removeprefix('SIG')}", "--", *argv]


def start_logged(
    argv: Sequence[str], *, log_file: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `argv` in a process group of its own, so that Ctrl-C reaches only us; both outputs go to `log_file`."""
    keep_one_older(log_file)
    with log_file.open("wb") as log:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            process_group=0,
        )


def keep_one_older(log_file: Path) -> None:
    """Move the log of the start before out of the way, to the same name with `.1` added."""
    if log_file.exists():
        log_file.replace(log_file.with_name(log_file.name + ".1"))


def stop(process: subprocess.Popen[bytes], *, with_signals: Sequence[signal.Signals], seconds_each: float) -> None:
    """Send the signals in turn, waiting `seconds_each` after each, then SIGKILL. Returns when the process has ended."""
    for wanted in with_signals:
        if process.poll() is not None:
            return
        process.send_signal(wanted)
        try:
            process.wait(seconds_each)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
        process.wait(seconds_each)


def stop_leftover(pid_file: Path, *, marker: str, with_signal: signal.Signals, seconds: float = 20) -> None:
    """Stop the server that an earlier run left on our data, if the pid in `pid_file` is still that server.

    `marker` must appear in its command line: a pid alone may long belong to somebody else. Only for a data directory
    whose lock the caller holds.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if marker not in " ".join(process.cmdline()):
            return
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
        return
    process.send_signal(with_signal)
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(seconds)


def last_lines(file: Path, count: int = 15) -> str:
    """Return the end of a log file, indented, for an error message."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return "    (no log was written)"
    return "\n".join(f"    {line}" for line in lines[-count:]) or "    (the log is empty)"


def unprivileged(argv: Sequence[str], *, with_signal: signal.Signals, tied: bool) -> list[str]:
    """Return the command that runs `argv` as the account `nobody` when we are root; unchanged otherwise.

    PostgreSQL refuses to run as root. The account keeps one right of root, to pass through folders such as `/root` that
    are closed to others, so that no permission on the way to the project has to be opened.
    """
    if os.geteuid() != 0:
        return tied_to_parent(argv, with_signal=with_signal) if tied else list(argv)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError(
            "PostgreSQL does not run as root, and `setpriv`, which lets it run as another account, is missing.\n"
            "Install the package util-linux, or run this as an ordinary user."
        )
    user, group = nobody()
    only = "-all,+dac_override"
    drop = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    keep = [f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]
    tie = [f"--pdeathsig={with_signal.name.removeprefix('SIG')}"] if tied else []
    return [setpriv, *drop, *keep, *tie, "--", *argv]


def nobody() -> tuple[int, int]:
    """Return user and group id of the account without rights that every Unix has."""
    import pwd

    account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid
