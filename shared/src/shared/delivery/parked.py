"""What a consumer could not apply: find it, understand it, replay it. <PREFIX>_DATABASE_URL says where.

python -m shared.delivery.parked complaints list
python -m shared.delivery.parked complaints show client-profile.client <key>
python -m shared.delivery.parked complaints replay client-profile.client <key>
python -m shared.delivery.parked complaints discard client-profile.client <key> --reason "sent by mistake"
"""

import argparse
import asyncio
import getpass
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import trail
from shared.context import Cause, set_cause
from shared.database import Database
from shared.delivery import parking
from shared.delivery.envelope import printable
from shared.delivery.reader import reader
from shared.ids import new_id


async def _list(session: AsyncSession, consumer: str, _given: argparse.Namespace) -> str:
    keys = await parking.list_keys(session, consumer)
    lines = [
        f"{key.parked_at:%Y-%m-%d %H:%M} {key.topic} {key.key} ({key.events} events): {key.reason}" for key in keys
    ]
    return "\n".join(lines) or "nothing is parked"


async def _show(session: AsyncSession, consumer: str, given: argparse.Namespace) -> str:
    events = await parking.events_of(session, consumer, given.topic, given.key)
    return "\n".join(
        f"{event.topic}[{event.partition}] offset {event.offset} {event.headers.get('ce_type')} {event.event_id}\n"
        f"  {event.error}\n  {printable(event.payload)}"
        for event in events
    )


async def _replay(session: AsyncSession, consumer: str, given: argparse.Namespace) -> str:
    importlib.import_module("shared.events.all")
    own = reader(consumer, importlib.import_module(f"{given.service}.worker").HANDLERS)
    applied = await parking.replay(session, own, given.topic, given.key)
    await _audit(session, "parked_events_replayed", given, facts={"applied": applied})
    return f"{applied} events applied; {given.topic} {given.key} is free"


async def _discard(session: AsyncSession, consumer: str, given: argparse.Namespace) -> str:
    offset = await parking.discard_first(session, consumer, given.topic, given.key)
    await _audit(session, "parked_event_discarded", given, facts={"offset": offset})
    return f"the event at offset {offset} is given up; replay the rest of {given.topic} {given.key}"


async def _audit(session: AsyncSession, action: str, given: argparse.Namespace, *, facts: dict[str, Any]) -> None:
    set_cause(Cause(correlation_id=str(new_id()), actor=f"operator:{getpass.getuser()}"))
    facts |= {"topic": given.topic, "key": given.key}
    await trail.record(session, action, kind="parked_key", id=_subject(given.key), reason=given.reason, facts=facts)


def _subject(key: str) -> UUID:
    """Return the id that the key is, or the nil UUID for what another program put on the topic."""
    try:
        return UUID(key)
    except ValueError:
        return UUID(int=0)


_COMMANDS = {"list": _list, "show": _show, "replay": _replay, "discard": _discard}


async def _run(given: argparse.Namespace, url: str) -> str:
    service = given.service.replace("_", "-")
    database = Database(url, service=service)
    try:
        async with database.transaction() as session:
            return await _COMMANDS[given.command](session, given.consumer or service, given)
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.delivery.parked",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("service", help="import name, e.g. complaints")
    parser.add_argument("--consumer", help="name of the consumer, if it is not the service's")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in _COMMANDS:
        command = commands.add_parser(name)
        if name != "list":
            command.add_argument("topic")
            command.add_argument("key")
        command.add_argument("--reason", required=name == "discard", help="why, for the audit trail")
    given = parser.parse_args(arguments)
    url = os.environ.get(f"{given.service.upper()}_DATABASE_URL")
    if not url:
        parser.error(f"set {given.service.upper()}_DATABASE_URL to the database to work on")
    try:
        print(asyncio.run(_run(given, url)))
    except (parking.NotParked, parking.StillBroken) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
