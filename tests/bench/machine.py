"""The machine that is measured on, and the memory of our processes on it."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

#: Additions of the piece of Python by which the machine's own speed is told.
LOOPS = 30_000_000


def line() -> str:
    """Return processor, cores, memory, system and Python in one line."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def loops_ms() -> tuple[float, float]:
    """Return how long a fixed piece of Python takes in ms: alone, and on every processor at once (the slowest)."""
    alone = _loops(1)
    return alone, _loops(os.cpu_count() or 1)


def _loops(many: int) -> float:
    code = f"import time; t = time.perf_counter(); sum(range({LOOPS})); print((time.perf_counter() - t) * 1000)"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(many)
    ]  # our own line
    return max(float(process.communicate()[0]) for process in running)


def memory_mib() -> dict[str, float]:
    """Return resident memory, and memory with shared pages counted once, of all processes we started, in MiB."""
    resident = proportional = 0
    for process in psutil.Process().children(recursive=True):
        try:
            found = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        resident += found.rss
        # Only Linux tells the proportional part; elsewhere what no other process has.
        proportional += getattr(found, "pss", 0) or found.uss
    return {"rss_mib": resident / 2**20, "pss_mib": proportional / 2**20}


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for told in cpuinfo.read_text().splitlines():
            if told.startswith("model name"):
                return told.partition(":")[2].strip()
    return platform.processor() or platform.machine()
