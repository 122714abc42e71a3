"""`make faults` and `make soak`: faults on real PostgreSQL and real Kafka. Loopback only, bounded, ends by itself."""

import argparse
import asyncio
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults import campaign, soak, world
from tests.faults.table import SCENARIOS

FIXED_SEED = 20260101


async def main(given: argparse.Namespace, folder: Path) -> int:
    """Run what was asked for; return the exit code."""
    async with world.started(folder) as servers:
        if given.command == "soak":
            seed = random.SystemRandom().randrange(2**31) if given.seed is None else given.seed
            return await soak.run(servers, seed=seed, minutes=given.minutes, every_seconds=given.every)
        return await _campaign(servers, given)


async def _campaign(servers: world.World, given: argparse.Namespace) -> int:
    wanted = [one for one in SCENARIOS if re.search(given.only, one.name) and (one.is_fast or not given.fast)]
    broken = played = 0
    print(f"{'scenario':<58} {'seed':>10} {'took':>8} {'healed':>7} {'events':>6} verdict", flush=True)
    for number in range(given.repeat):
        for scenario in wanted:
            seed = _seed(given.seed, number)
            verdict = await campaign.run(servers, scenario, seed, is_long=given.long)
            played += 1
            print("\n    ".join([verdict.line(), *verdict.problems]), flush=True)
            broken += bool(verdict.problems)
    print(f"{played} played, {broken} broken")
    return 1 if broken or not played else 0


def _seed(given: int | None, number: int) -> int:
    """Return the seed asked for; otherwise a fixed one in the first round and random ones in the others."""
    if given is not None:
        return given
    return FIXED_SEED if number == 0 else random.SystemRandom().randrange(2**31)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="play with this seed only")
    parser.add_argument("--keep", type=Path, help="folder in which data and logs are kept afterwards")
    commands = parser.add_subparsers(dest="command", required=True)
    faults = commands.add_parser("campaign", help="every fault once, or REPEAT times")
    faults.add_argument("--repeat", type=int, default=1)
    faults.add_argument("--only", default="", help="scenarios whose name this regular expression finds")
    faults.add_argument("--fast", action="store_true", help="what `make test` runs")
    faults.add_argument("--long", action="store_true", help="ten minutes are ten minutes")
    mixed = commands.add_parser("soak", help="faults at random under load")
    mixed.add_argument("--minutes", type=float, default=30)
    mixed.add_argument("--every", type=float, default=20, help="seconds between faults")
    return parser.parse_args(given)


if __name__ == "__main__":
    wanted = arguments()
    if wanted.keep is None:
        with tempfile.TemporaryDirectory(prefix="trust-crm-faults-", ignore_cleanup_errors=True) as name:
            sys.exit(asyncio.run(main(wanted, Path(name))))
    wanted.keep.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(wanted, Path(tempfile.mkdtemp(dir=wanted.keep)))))
