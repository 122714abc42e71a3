"""The command that plays the at-risk rule over the past: `python -m complaints.backtest.service --help`."""

import asyncio
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.backtest import rules
from complaints.backtest.rules import Score
from complaints.parties import service as parties
from complaints.reasons.rules import POLICIES, RiskPolicy
from complaints.risk import service as risk
from complaints.settings import Settings
from complaints.signals import service as signals
from complaints.signals.rules import Horizon
from shared.clock import business_date, system_clock
from shared.database import Database
from shared.operations.screen import Refused, Screen

#: Clients looked at in one transaction.
BATCH = 500
#: Nothing a client did lies before; every single fact is needed.
_EVERYTHING = Horizon(*[date(1900, 1, 1)] * 4)

_ABOUT = """\
Plays the at-risk rule (流失预警) day by day over what is known of every client, and says what its flags were worth:
how many were followed by a large redemption, how long before (lead), how many were false alarms, what was missed.
Reads only; changes nothing and tells nobody.

  --policy tries other numbers beside those in force, e.g. a file with
      {"risk.at_risk": {"medium_from": 35}, "risk.products": {"product_days": 90}}
  Numbers left out stay as they are; `points` are given by reason, those left out stay too.

Know what it does not know: the service class is today's, product trouble counts from the day it was told, and
judgements in place of the rule (人工认定) are left out. A score over few redemptions proves little."""

_EXAMPLES = """\
examples:
  python -m complaints.backtest.service --first 2025-01-01
  python -m complaints.backtest.service --first 2025-01-01 --last 2026-06-30 --percent 30 --horizon 90
  python -m complaints.backtest.service --first 2025-01-01 --policy candidate.json --json > scores.json

COMPLAINTS_DATABASE_URL and the other COMPLAINTS_… settings say where the data is, as for the service."""


def parse(arguments: Sequence[str] | None, *, today: date) -> Namespace:
    """Return what the command line asks for; ends the program with a message if it cannot be."""
    parser = ArgumentParser(
        prog="python -m complaints.backtest.service",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--first", type=date.fromisoformat, required=True, help="first day, e.g. 2025-01-01")
    parser.add_argument("--last", type=date.fromisoformat, default=today, help="last day (default: today)")
    parser.add_argument("--horizon", type=_positive, default=180, help="days after a flag (default: 180)")
    parser.add_argument(
        "--percent", type=_percent, default=50, help="share of the holdings taken out on one day (default: 50)"
    )
    parser.add_argument("--policy", type=_candidate, default={}, metavar="FILE", help="JSON with other numbers")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    given = parser.parse_args(arguments)
    if not given.first < given.last <= today:
        parser.error("--first comes before --last, and --last is not in the future")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = parse(arguments, today=business_date(system_clock()))
    screen = Screen()
    try:
        return asyncio.run(_work(given, screen))
    except Refused as error:
        screen.note(f"Refused: {error}")
        return 1


async def _work(given: Namespace, screen: Screen) -> int:
    database = Database(Settings().database_url.get_secret_value(), service="complaints", pool_size=1)
    try:
        scores = await play(database, given, screen)
    finally:
        await database.close()
    _show(scores, given, screen)
    return 0


async def play(database: Database, given: Namespace, screen: Screen) -> dict[str, Score]:
    """Return the score of the policy in force, and of the candidate if other numbers are given.

    Raises:
        Refused: the other numbers are no at-risk rule.
    """
    async with database.session() as session:
        policies = await _policies(session, given)
        total = await parties.count_clients(session)
    scores = {name: Score() for name in policies}
    after: UUID | None = None
    with screen.progress("Clients", total) as done:
        while True:
            async with database.session() as session:
                found = await parties.client_ids(session, after=after, limit=BATCH)
                if not found:
                    return scores
                await _batch(session, found, policies, scores, given)
            after = found[-1]
            done(len(found))


async def _batch(
    session: AsyncSession,
    client_ids: Sequence[UUID],
    policies: Mapping[str, RiskPolicy],
    scores: Mapping[str, Score],
    given: Namespace,
) -> None:
    horizon = timedelta(days=given.horizon)
    for facts in (await signals.facts(session, client_ids, _EVERYTHING)).values():
        taken_out = rules.redemptions(facts, given.percent, given.first, given.last)
        for name, tried in policies.items():
            raised = rules.flags(facts, tried, given.first, given.last)
            rules.count(scores[name], raised, taken_out, horizon=horizon, last=given.last)


async def _policies(session: AsyncSession, given: Namespace) -> dict[str, RiskPolicy]:
    rows, in_force = await risk.rule_on(session, given.last)
    found = {"in force": in_force}
    if given.policy:
        other = [_merged(row.value, given.policy.get(code, {})) for code, row in zip(POLICIES, rows, strict=True)]
        try:
            found["candidate"] = RiskPolicy.of(other, "candidate")
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"these numbers are no at-risk rule: {error}") from error
    return found


def _merged(value: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    points = {**value["points"], **other.get("points", {})}
    return {**value, **other, "points": points}


def _show(scores: Mapping[str, Score], given: Namespace, screen: Screen) -> None:
    if given.json:
        screen.say_json({name: summary(score) for name, score in scores.items()})
        return
    names = list(scores)
    lines = {name: summary(score) for name, score in scores.items()}
    figures = [key for key in next(iter(lines.values())) if key != "by_reason"]
    screen.say(f"{given.first} to {given.last}; redemption: {given.percent} % in a day; horizon: {given.horizon} days")
    rows = [[figure, *(lines[name][figure] for name in names)] for figure in figures]
    screen.show(["figure", *(f"#{name}" for name in names)], rows)
    for name in names:
        screen.say("")
        screen.show(
            [f"reason ({name})", "#flags", "#hits"],
            [[reason, *numbers.values()] for reason, numbers in lines[name]["by_reason"].items()],
        )


def summary(score: Score) -> dict[str, Any]:
    """Return a score's figures by name; shares are null where there is nothing to share."""
    decided = score.hits + score.false_alarms
    return {
        "clients": score.clients,
        "flags": score.flags,
        "hits": score.hits,
        "false_alarms": score.false_alarms,
        "undecided": score.undecided,
        "hit_percent": _share(score.hits, decided),
        "redemptions": score.redemptions,
        "caught": score.caught,
        "caught_percent": _share(score.caught, score.redemptions),
        "lead_days_min": min(score.leads, default=None),
        "lead_days_median": score.median_lead,
        "lead_days_max": max(score.leads, default=None),
        "by_reason": {
            f"{reason.value} {reason.zh}": {"flags": number, "hits": score.hits_by_reason[reason]}
            for reason, number in score.flags_by_reason.most_common()
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _positive(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise ArgumentTypeError(f"{given} is no number of days")
    return int(given)


def _percent(given: str) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= 100:
        raise ArgumentTypeError(f"{given} is no percentage from 1 to 100")
    return int(given)


def _candidate(file: str) -> dict[str, Any]:
    try:
        value = json.loads(Path(file).read_text())
    except (OSError, ValueError) as error:
        raise ArgumentTypeError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict) or not set(value) <= set(POLICIES):
        raise ArgumentTypeError(f"{file} holds numbers under {' or '.join(POLICIES)}")
    return value


if __name__ == "__main__":
    sys.exit(main())
