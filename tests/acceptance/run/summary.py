"""The totals of a run and how long each part took, as text."""

from collections import Counter
from collections.abc import Iterable

from oracle.reading import Reading

from run.found import fen
from run.whole import Run


def text(run: Run, reading: Reading) -> str:
    """Return what was taken in, what came of it, and the seconds; amounts in yuan."""
    outcome = run.found.outcome
    told = [
        ("refused by the reader", counted(f"{it.file} {it.reason}" for it in reading.refused)),
        *((f"{what} sent", counted_of(statuses)) for what, statuses in run.loaded.statuses.items()),
        ("service classes", counted(run.found.classes().values())),
        ("complaints", counted(_state(one) for one in outcome.complaints)),
        ("clients at risk", counted(one["level"] for one in outcome.risk)),
        ("fee entries", f"{counted(one['kind'] for one in outcome.accruals)}; {_yuan(outcome.accruals, 'amount')}"),
        ("months", counted(one["status"] for one in outcome.periods)),
        ("statements", f"{len(outcome.statements):,}"),
        ("payable", _yuan(outcome.statements, "payable")),
        ("carried at the end", _yuan([it for it in outcome.statements if it["period"] == _last(run)], "carried")),
        ("recomputed risk changed", str(outcome.recomputed)),
    ]
    lines = ["names, phones and resident ids are made up from the client id", ""]
    lines += [f"{name:<28} {value}" for name, value in told]
    seconds = run.phases.seconds
    lines += [f"{name:<28} {spent:>8.1f} s" for name, spent in seconds.items()]
    lines.append(f"{'in all':<28} {sum(seconds.values()):>8.1f} s")
    return "\n".join(lines)


def counted(names: Iterable[str]) -> str:
    """Return how often each name comes."""
    return counted_of(Counter(names))


def counted_of(counts: Counter[str]) -> str:
    """Return the counts by name, sorted."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


def _state(complaint: dict[str, object]) -> str:
    if complaint["is_open"]:
        return "overdue" if complaint["is_overdue"] else "open in time"
    return "informed in time" if complaint["is_in_time"] else "informed late"


def _last(run: Run) -> str:
    return max((one["period"] for one in run.found.outcome.statements), default="")


def _yuan(rows: Iterable[dict[str, dict[str, str]]], name: str) -> str:
    total = sum(fen(row[name]) for row in rows)
    return f"{'-' if total < 0 else ''}{abs(total) // 100:,}.{abs(total) % 100:02d} CNY"
