"""Runs one server for a test run, apart from the tests: `python -m local_stack.keeper postgres|kafka FOLDER PID`.

It writes the server's address to `FOLDER/address` once the server answers, stays until the process PID (the test run)
is gone or until SIGTERM, then stops the server and deletes the folder. So nothing stays behind, however the run ends.
"""

import argparse
import shutil
import signal
import threading
from pathlib import Path
from types import FrameType

import psutil

from local_stack import kafka, postgres
from local_stack.errors import StackError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local_stack.keeper", description=__doc__)
    parser.add_argument("server", choices=["postgres", "kafka"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("pid", type=int)
    wanted = parser.parse_args()
    asked_to_stop = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked_to_stop.set()

    try:
        test_run = psutil.Process(wanted.pid)
    except psutil.NoSuchProcess:
        shutil.rmtree(wanted.folder.parent, ignore_errors=True)
        return
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the test run, which stops us when it has finished.
    keep(wanted.server, wanted.folder, test_run=test_run, asked_to_stop=asked_to_stop)


def keep(server: str, folder: Path, *, test_run: psutil.Process, asked_to_stop: threading.Event) -> None:
    """Start the server in the folder and hold it until the test run is over."""
    try:
        running, address = _start(server, folder)
    except StackError as error:
        raise SystemExit(str(error)) from None
    try:
        partly = folder / "address.new"
        partly.write_text(address)
        partly.rename(folder / "address")
        while not asked_to_stop.wait(1) and _is_alive(test_run):
            pass
    finally:
        running.stop()
        # A test run that was killed cannot delete its own folder, which holds ours.
        shutil.rmtree(folder if _is_alive(test_run) else folder.parent, ignore_errors=True)


def _start(server: str, folder: Path) -> tuple[postgres.PostgresServer | kafka.KafkaBroker, str]:
    if server == "postgres":
        database_server = postgres.start(folder, settings=postgres.FAST)
        return database_server, database_server.url()
    broker = kafka.start(folder)
    return broker, broker.bootstrap_servers


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    main()
