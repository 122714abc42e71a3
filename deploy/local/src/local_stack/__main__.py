"""The command line of the local stack, behind `make run` and `make reset`."""

import argparse
import asyncio
import sys
from pathlib import Path

from local_stack import kafka_jars, stack, state
from local_stack.console import Terminal
from local_stack.errors import StackError
from local_stack.paths import CACHE_DIR, LOCAL_DIR

ABOUT = """\
The whole of Trust CRM on this machine: a real PostgreSQL, a real Kafka, every service and the gateway.
Everything listens on 127.0.0.1 only and keeps its data in .local/ of the project folder.

  make run                 start everything, show how to call it, stay until Ctrl-C
  make run PORT=9000       the same with the gateway on another port
  .venv/bin/python -m local_stack run --without-demo
                           the same without demo data: a system that knows nobody yet
  make reset               forget all data, keys and logs (downloads are kept)
"""
SWITCHES = """\
Environment variables:
  COMPLAINTS_DATABASE_URL=postgresql://user:password@host/database
                           use this database for the service `complaints` (so for CLIENT_PROFILE_…, INTERACTION_LOG_…,
                           CHANNEL_COMMISSION_…, OPS_DASHBOARD_…, GATEWAY_…); with all six set, no PostgreSQL is started
  KAFKA_BOOTSTRAP_SERVERS=host:port
                           use this Kafka; none is started
  COMPLAINTS_LOG_LEVEL=debug
                           any setting of a part can be given by its variable
Logs: .local/logs/<part>.log has every line, the terminal shows warnings and errors.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local_stack",
        description=ABOUT,
        epilog=SWITCHES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="run | reset | fetch")
    run = commands.add_parser("run", help="start everything and stay until Ctrl-C")
    run.add_argument("--port", type=_port, help=f"of the gateway; {stack.PREFERRED_PORT} or a free one if left out")
    run.add_argument("--without-demo", action="store_true", help="do not play the journey; the system knows nobody yet")
    reset = commands.add_parser("reset", help="forget all data, keys and logs")
    for command in (run, reset):
        command.add_argument("--folder", type=Path, default=LOCAL_DIR, help="keep data here instead of in .local/")
    commands.add_parser("fetch", help="download Kafka into the cache, for later use without a network")
    wanted = parser.parse_args()
    terminal = Terminal()
    try:
        if wanted.command == "run":
            asyncio.run(
                stack.run(
                    folder=wanted.folder.resolve(),
                    wanted_port=wanted.port,
                    with_demo=not wanted.without_demo,
                    terminal=terminal,
                )
            )
        elif wanted.command == "reset":
            _reset(wanted.folder.resolve(), terminal)
        else:
            kafka_jars.fetch(CACHE_DIR)
    except StackError as error:
        terminal.say(str(error), style="red")
        return 1
    return 0


def _port(text: str) -> int:
    """Return a port number, for argparse, which tells people what is wrong with others."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: choose a number from 1 to 65535, e.g. PORT=9000")
    return int(text)


def _reset(folder: Path, terminal: Terminal) -> None:
    with state.held_alone(folder):
        state.reset(folder)
    terminal.say("Data, keys and logs of the local stack are gone. `make run` begins anew.")


if __name__ == "__main__":
    sys.exit(main())
