"""The machine that is measured on, and the memory of our processes on it."""

import os
import platform
from pathlib import Path

import psutil


def line() -> str:
    """Return processor, cores, memory, system and Python in one line."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


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
