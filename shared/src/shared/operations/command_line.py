"""What can be said on the command line, and which function does it."""

import argparse
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from shared.operations import parked, past, position, rebuild, service, status
from shared.operations.screen import Screen

ABOUT = """\
Operate the flow of events of Trust CRM: see what is stuck, understand it, set it going again.

A command that changes something says first what it will do and asks; --yes answers for scripts. Everything that was
changed or shown is in the audit trail, with the operator's name on this machine and the reason given.
"""
EXAMPLES = """\
Begin here:
  trust-crm status                                   every service: what waits, who leads, what needs you
  trust-crm parked list                              the events that could not be applied, and why

A stuck client, from finding to replaying:
  trust-crm parked show complaints client-profile.client 0199…
  trust-crm parked replay complaints client-profile.client 0199…

Which services: those whose …_DATABASE_URL is set, with KAFKA_BOOTSTRAP_SERVERS; if none is set, those that `make run`
has started in the present folder.

Exit codes: 0 done; 1 refused or failed, or `status` and `rebuild --dry-run` found something; 2 wrong usage;
3 nobody said yes; 130 interrupted. An interrupted command can be run again.
"""


def parse(arguments: Sequence[str] | None) -> Namespace:
    """Return what the command line says, or end the process with the usage if that makes no sense."""
    top = ArgumentParser(
        prog="trust-crm", description=ABOUT, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_status(commands)
    _add_parked(commands)
    _add_position(commands)
    _add_replay(commands)
    _add_rebuild(commands)
    _add_backfill(commands)
    given = top.parse_args(arguments)
    problem = given.check(given)
    if problem:
        top.error(problem)
    return given


async def work(given: Namespace, screen: Screen) -> int:
    """Do what the command line asks for and return the exit code."""
    code: int = await given.do(given, screen)
    return code


def _command(commands: Any, name: str, about: str, examples: str, do: Any) -> ArgumentParser:
    command: ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=examples,
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.set_defaults(do=do, check=lambda _given: None)
    return command


def _changes(command: ArgumentParser, *, needs_reason: bool = True) -> None:
    command.add_argument("--reason", required=needs_reason, help="why, for the audit trail")
    command.add_argument("--yes", action="store_true", help="do it without asking")


def _service(command: ArgumentParser, *, is_optional: bool = False) -> None:
    command.add_argument("service", nargs="?" if is_optional else None, help="e.g. complaints or client-profile")


def _lane(command: ArgumentParser) -> None:
    command.add_argument("topic", help="e.g. client-profile.client")
    command.add_argument("key", help="the Kafka key, as `parked list` shows it")


def _add_status(commands: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = {given.service: service.one(given.service)} if given.service else service.find()
        return await status.show(found, screen, as_json=given.json)

    examples = """\
Examples:
  trust-crm status
  trust-crm status complaints --json | jq '.[0].lag'

Exit code 1 says that something needs an operator; the lines below the table say what.
"""
    command = _command(commands, "status", "show how events flow in one service, or in all", examples, do)
    _service(command, is_optional=True)
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_parked(commands: Any) -> None:
    examples = """\
An event that cannot be applied is parked, and with it every later event of its key, in order. Other keys flow.

Examples:
  trust-crm parked list
  trust-crm parked show complaints client-profile.client 0199…
  trust-crm parked replay complaints client-profile.client 0199…
  trust-crm parked replay complaints --because NumericValueOutOfRange --reason "fixed in 1.4.2"
  trust-crm parked discard complaints client-profile.client 0199… --reason "sent by a test"
"""
    command = _command(commands, "parked", "list, show, replay or give up what could not be applied", examples, None)
    steps = command.add_subparsers(dest="step", required=True, metavar="list | show | replay | discard")
    _add_parked_list(steps)
    _add_parked_show(steps)
    _add_parked_replay(steps)
    _add_parked_discard(steps)


def _add_parked_list(steps: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = [service.one(given.service)] if given.service else list(service.find().values())
        return await parked.show_keys(found, screen)

    _service(_command(steps, "list", "list the keys held back, oldest first", "", do), is_optional=True)


def _add_parked_show(steps: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        return await parked.show_events(found, given.topic, given.key, screen, as_is=given.as_is, reason=given.reason)

    command = _command(steps, "show", "show the parked events of a key, with their errors", "", do)
    _service(command)
    _lane(command)
    command.add_argument("--as-is", action="store_true", help="show payloads as they are, unmasked")
    command.add_argument("--reason", help="why, for the audit trail")


def _add_parked_replay(steps: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        if given.because is not None:
            lanes = await parked.lanes_with_reason(found, given.because)
        else:
            lanes = [(given.topic, given.key)]
        return await parked.replay(found, lanes, screen, reason=given.reason)

    command = _command(steps, "replay", "apply the parked events of a key, or of all keys of a reason", "", do)
    _service(command)
    which = command.add_argument_group("which", "a topic and a key, or --because")
    which.add_argument("topic", nargs="?", help="e.g. client-profile.client")
    which.add_argument("key", nargs="?", help="the Kafka key")
    which.add_argument("--because", metavar="TEXT", help="every key whose reason contains this text")
    _changes(command, needs_reason=False)
    command.set_defaults(check=_check_replay)


def _add_parked_discard(steps: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        return await parked.discard(found, given.topic, given.key, screen, reason=given.reason)

    command = _command(steps, "discard", "give up the first parked event of a key", "", do)
    _service(command)
    _lane(command)
    _changes(command)


def _add_position(commands: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        if given.to is None:
            return await position.show(found, screen)
        place = TopicPartition(given.topic, given.partition)
        return await position.move(found, place, given.to, screen, reason=given.reason)

    examples = """\
Examples:
  trust-crm position complaints
  trust-crm position complaints client-profile.client 3 --to start --reason "topic made anew after a disk loss"

Moving back does nothing twice: the inbox drops what was taken. Moving on skips events for good; `replay` brings them
back as long as Kafka has them. Restart the worker afterwards.
"""
    command = _command(commands, "position", "show or move where a consumer goes on", examples, do)
    _service(command)
    command.add_argument("topic", nargs="?", help="e.g. client-profile.client")
    command.add_argument("partition", nargs="?", type=int)
    command.add_argument("--to", type=_place, help="an offset, or `start`: where it would begin if it were new")
    _changes(command, needs_reason=False)
    command.set_defaults(check=_check_position)


def _add_replay(commands: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.consumer)
        wish = past.replay_wish(found, given.topic, given.since)
        return await past.hand_over(found, wish, screen, reason=given.reason)

    examples = """\
Hands over what the consumer never took: events that were skipped by moving its position, or lost before they took
effect. What it took is dropped by its inbox, so that nothing happens twice; that holds for projections too, whose lost
rows come back by `rebuild`.

Example:
  trust-crm replay client-profile.client --from 2026-11-24T09:00 --consumer complaints --reason "skipped by mistake"
"""
    command = _command(commands, "replay", "hand a topic to one consumer again from a time", examples, do)
    command.add_argument("topic", help="e.g. client-profile.client")
    command.add_argument(
        "--from",
        dest="since",
        type=datetime.fromisoformat,
        required=True,
        help="ISO 8601; Shanghai time without a zone",
    )
    command.add_argument("--consumer", required=True, help="the service that reads, e.g. complaints")
    _changes(command)


def _add_rebuild(commands: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        wanted = rebuild.chosen(found, given.projection)
        return await rebuild.rebuild(found, wanted, screen, is_dry=given.dry_run, reason=given.reason)

    examples = """\
Reads every event from the beginning into temporary tables, compares them with the live ones at the same offsets, and
replaces the rows that differ in one transaction. Readers and the API go on; the worker waits for the last moments.

Examples:
  trust-crm rebuild ops-dashboard --dry-run
  trust-crm rebuild ops-dashboard caseload --reason "new column is_overdue"
"""
    command = _command(commands, "rebuild", "rebuild projections from all events, compare and swap", examples, do)
    _service(command)
    command.add_argument("projection", nargs="?", help="one of the service's; all if left out")
    command.add_argument("--dry-run", action="store_true", help="compare only")
    _changes(command, needs_reason=False)
    command.set_defaults(check=_check_rebuild)


def _add_backfill(commands: Any) -> None:
    async def do(given: Namespace, screen: Screen) -> int:
        found = service.one(given.service)
        wish = past.backfill_wish(found, given.type)
        return await past.hand_over(found, wish, screen, reason=given.reason)

    examples = """\
A service that begins to handle a type on a topic it already reads gets new events of it only. This hands it the past
ones, at most 399 days old, once each. To keep their order, run it before the workers with the new handler start, and
once more after the old ones have stopped.

Example:
  trust-crm backfill complaints client-profile.client.handed_over.v1 --reason "risk counts handovers"
"""
    command = _command(commands, "backfill", "hand over all past events of a newly handled type", examples, do)
    _service(command)
    command.add_argument("type", help="e.g. client-profile.client.assigned.v1")
    _changes(command)


def _place(text: str) -> str:
    if text != "start" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is neither an offset nor `start`")
    return text


def _check_replay(given: Namespace) -> str | None:
    is_one = given.topic is not None and given.key is not None and given.because is None
    is_many = given.topic is None and given.because is not None
    return None if is_one or is_many else "say a topic and a key, or --because"


def _check_position(given: Namespace) -> str | None:
    if given.to is None:
        return None if given.topic is None else "say where to go on: --to OFFSET, or --to start"
    if given.partition is None:
        return "say which topic and partition"
    return None if given.reason else "say why: --reason"


def _check_rebuild(given: Namespace) -> str | None:
    return None if given.dry_run or given.reason else "say why: --reason (or only compare: --dry-run)"
