"""`make bench`: measures the system on this machine and writes docs/benchmarks.md. Ends by itself."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

# What starts the whole system for the acceptance run starts it here too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "acceptance"))

from run.system import System, with_system
from run.waiting import until_quiet
from tests.bench import commission, complaints, events, gateway, imports, machine, report

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "benchmarks.md"
SETTLES_SECONDS = 10


async def main() -> None:
    """Measure everything in one folder that is deleted afterwards."""
    argparse.ArgumentParser(prog="make bench", description=__doc__).parse_args()
    load = os.getloadavg()[0]
    if report.is_busy(load):
        print(f"Others use this machine (load average {load:.1f}): absolute figures will be too low.", flush=True)
    with tempfile.TemporaryDirectory(prefix="trust-crm-bench-", ignore_cleanup_errors=True) as name:
        found = await _measure(Path(name))
    page = report.text(day=datetime.now().astimezone().date(), machine_line=machine.line(), load=load, **found)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page)
    print(page)
    print(f"Written to {PAGE.relative_to(PROJECT)}.")


async def _measure(folder: Path) -> dict[str, Any]:
    stack: dict[str, float] = {}
    began = time.monotonic()

    async def started(_system: System) -> None:
        stack["first_start_s"] = time.monotonic() - began

    _say("start the whole system, twice")
    await with_system(folder, started)
    began = time.monotonic()

    async def work(system: System) -> dict[str, Any]:
        stack["second_start_s"] = time.monotonic() - began
        await until_quiet(system)
        await asyncio.sleep(SETTLES_SECONDS)
        stack.update(machine.memory_mib())
        stack["processes"] = len(psutil.Process().children(recursive=True))
        _say("gateway")
        measured: dict[str, Any] = {"gateway": await gateway.measure(system)}
        _say("imports")
        measured["imports"] = await imports.measure(system)
        return measured

    measured = await with_system(folder, work)
    _say("events, with nothing else running")
    measured["events"] = await events.measure(folder / "events")
    _say(f"complaints, {complaints.CLIENTS:,} clients")
    measured["complaints"] = await complaints.measure(folder / "complaints")
    _say(f"commission, {commission.ACCRUALS:,} fees")
    measured["commission"] = await commission.measure(folder / "commission")
    return {**measured, "stack": stack}


def _say(what: str) -> None:
    print(f"measuring: {what} …", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
