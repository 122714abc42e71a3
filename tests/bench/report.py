"""What was measured, as `docs/benchmarks.md`."""

import os
from collections.abc import Mapping
from datetime import date

from tests.bench import machine

HEAD = """\
# Benchmarks

Measured on {day} by `make bench`, everything on one machine over loopback:
{machine}.
Load average when it began: {load:.1f}.

What runs on other machines differs; the ratios are what to compare. Each pair was measured in the same run, in turn,
and is the median of its rounds.
"""

BUSY = """
**Others used the machine during this run**: absolute figures are too low, delays too long, and the comparison with the
direct call means little. Repeat it on a quiet machine.
"""

REPEAT = """
## How to repeat

`make bench` starts the whole system in a temporary folder, measures, writes this file and stops everything. It takes
twenty minutes; nothing else should run on the machine. `BENCH_INBOX_ROWS` and `BENCH_WAITING_ROWS` say how large
inbox and outbox are made, `BENCH_CLIENTS` of how many clients the risk is assessed, `BENCH_ACCRUALS` how many fees
a month has. The code is in `tests/bench/`.
"""


def text(
    *,
    day: date,
    machine_line: str,
    load: float,
    gateway: Mapping[str, Mapping[str, float]],
    events: Mapping[str, float],
    imports: Mapping[str, float],
    complaints: Mapping[str, float],
    commission: Mapping[str, float],
    stack: Mapping[str, float],
) -> str:
    """Return the page."""
    head = HEAD.format(day=day, machine=machine_line, load=load) + (BUSY if is_busy(load) else "")
    parts = [
        head,
        _gateway(gateway),
        _events(events),
        _imports(imports),
        _complaints(complaints),
        _commission(commission),
        _stack(stack),
        REPEAT.lstrip(),
    ]
    return "\n".join(parts)


def is_busy(load: float) -> bool:
    """Return whether this load average, before anything was started, means that others use the machine."""
    return load > (os.cpu_count() or 1) / 2


def _gateway(found: Mapping[str, Mapping[str, float]]) -> str:
    direct, naive, own = found["upstream"], found["naive proxy"], found["gateway"]
    rows = [
        f"| {name} | {it['per_second']:,.0f} | {it['per_second'] / direct['per_second']:.2f} "
        f"| {it['p50_ms']:.1f} | {it['p99_ms']:.1f} | {it['cpu_us']:,.0f} |"
        for name, it in (("upstream, called directly", direct), ("through the gateway", own), ("naive proxy", naive))
    ]
    return "\n".join(
        [
            "## Gateway",
            "",
            "A GET with a staff token through all the gateway does (routing, authentication, internal token, checks of",
            "the request, access log) before a bare upstream; against that upstream, and against a FastAPI + httpx",
            "proxy that checks nothing. 32 connections, one process each.",
            "",
            "| | requests/s | of direct | p50 ms | p99 ms | processor µs a request |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"The gateway passes **{own['per_second'] / naive['per_second']:.1f} times** as many requests as the",
            f"naive proxy; a request costs it **{own['cpu_us'] / naive['cpu_us']:.2f}** of the processor time.",
            "",
        ]
    )


def _events(found: Mapping[str, float]) -> str:
    return "\n".join(
        [
            "## Events",
            "",
            "From the commit of a change in one database to the commit of its effect in another: outbox, relay, Kafka,",
            "consumer with inbox and witness, a handler that writes one row. By PostgreSQL's own commit times.",
            "",
            "| | |",
            "|---|---|",
            f"| at 200 events/s, p50 | {found['p50_ms']:.0f} ms |",
            f"| at 200 events/s, p99 | {found['p99_ms']:.0f} ms |",
            f"| at 20 events/s beside an import of 2,000 events/s, p50 | {found['live_p50_ms']:.0f} ms |",
            f"| at 20 events/s beside an import of 2,000 events/s, p99 | {found['live_p99_ms']:,.0f} ms |",
            f"| 10,000 events at once, until all had their effect | {found['drained_per_second']:,.0f} events/s |",
            f"| the same rows written directly in batches of 500 | {found['direct_per_second']:,.0f} rows/s |",
            f"| ratio | {found['drained_per_second'] / found['direct_per_second']:.2f} |",
            "",
            "Each side alone, 50,000 events. Bare `send_batch` sends the same messages from memory;",
            "bare SQL inserts the same effects from memory in batches of 500.",
            "",
            "| | events/s | of bare |",
            "|---|---|---|",
            f"| bare aiokafka `send_batch` | {found['bare_send']:,.0f} | 1.00 |",
            _side("relay", found["relay"], found["bare_send"]),
            _side(f"relay, {found['waiting_rows']:,.0f} waiting", found["relay_waiting"], found["bare_send"]),
            f"| bare batched SQL | {found['direct_per_second']:,.0f} | 1.00 |",
            _side("bare aiokafka and SQL", found["bare_consumer"], found["direct_per_second"]),
            _side("consumer", found["consumer"], found["direct_per_second"]),
            _side(
                f"consumer, inbox of {found['inbox_rows']:,.0f}", found["consumer_large"], found["direct_per_second"]
            ),
            "",
            "Bare aiokafka and SQL is the shortest loop there is: fetch, parse, three statements for each batch; the",
            f"consumer applies **{found['consumer'] / found['bare_consumer']:.2f}** of what it does. Fastest rounds:",
            f"relay {found['fastest_relay']:,.0f}, consumer {found['fastest_consumer']:,.0f}. A piece of Python",
            f"({machine.LOOPS:,} additions) took {found['loop_ms']:.0f} ms alone and {found['loops_ms']:.0f} ms on all",
            "processors at once, medians over the run: where others use the host, the second figure is the larger one.",
            "",
            "A change as a command makes it (the row locked and changed, the audit trail), with and without its event:",
            f"{found['recorded_per_second']:,.0f} and {found['changes_per_second']:,.0f} a second, ratio",
            f"**{found['recorded_per_second'] / found['changes_per_second']:.2f}**.",
            "",
        ]
    )


def _side(name: str, per_second: float, bare: float) -> str:
    return f"| {name} | {per_second:,.0f} | {per_second / bare:.2f} |"


def _imports(found: Mapping[str, float]) -> str:
    return "\n".join(
        [
            "## Imports",
            "",
            "1,000 contacts a call through the gateway's bulk endpoint (checked item by item, upserted, follow-ups",
            "planned, an event each, one transaction), against COPY of those very rows into a table indexed alike.",
            "",
            "| | rows/s |",
            "|---|---|",
            f"| `POST /v1/interactions/bulk` | {found['bulk_per_second']:,.0f} |",
            f"| bare COPY | {found['copy_per_second']:,.0f} |",
            f"| ratio | {found['bulk_per_second'] / found['copy_per_second']:.3f} |",
            "",
        ]
    )


def _complaints(found: Mapping[str, float]) -> str:
    return "\n".join(
        [
            "## Complaints",
            "",
            f"{found['cases']:,.0f} cases, {found['open']:,.0f} of them open, {found['clients']:,.0f} clients.",
            "The service's own application and timers, asked in one process; PostgreSQL as in production.",
            "",
            "| | p50 | p95 |",
            "|---|---|---|",
            *(
                f"| {what} | {found[f'{name}_p50']:.0f} ms | {found[f'{name}_p95']:.0f} ms |"
                for what, name in (
                    ("page of a work list", "page"),
                    ("proof of a legal clock", "proof"),
                    ("from a cause to its risk event, at 200 causes/s", "risk_event"),
                )
            ),
            "",
            "| | |",
            "|---|---|",
            f"| tell of {found['overdue']:,.0f} cases that became overdue | {found['scan_s']:.1f} s |",
            f"| scan again, nothing new | {found['scan_again_s'] * 1000:.0f} ms |",
            f"| assess all clients anew, {found['changed']:,.0f} change | {found['recompute_s']:.0f} s |",
            f"| assess them again, none changes | {found['recompute_again_s']:.0f} s |",
            "",
        ]
    )


def _commission(found: Mapping[str, float]) -> str:
    rows = {
        f"close a month of {found['accruals']:,.0f} fees": f"{found['close_s']:.1f} s",
        "sums and digests of the same fees by bare SQL": f"{found['bare_s']:.1f} s",
        "ratio": f"{found['close_s'] / found['bare_s']:.1f}",
        "close a month of a tenth of them": f"{found['close_few_s']:.1f} s",
        "ratio of ten times as many": f"{found['close_s'] / found['close_few_s']:.1f}",
        "close again": f"{found['close_again_s'] * 1000:.0f} ms",
        "sales booked, in batches of 500": f"{found['booked_per_second']:,.0f} a second",
        f"the same taken again, {found['replay_entries']:.0f} new entries": (
            f"{found['replayed_per_second']:,.0f} a second"
        ),
        "a statement of 20,000 lines as CSV": f"{found['csv_s']:.1f} s",
        "the same as XLSX": f"{found['xlsx_s']:.1f} s",
        "why an entry has its amount, p50": f"{found['why_p50']:.0f} ms",
        "why an entry has its amount, p95": f"{found['why_p95']:.0f} ms",
    }
    return "\n".join(
        [
            "## Commission",
            "",
            f"{found['channels']:,.0f} channels with {found['versions']:,.0f} versions of rate cards. The",
            "service's own application and handlers, asked in one process; PostgreSQL as in production.",
            "",
            "| | |",
            "|---|---|",
            *(f"| {what} | {value} |" for what, value in rows.items()),
            "",
        ]
    )


def _stack(found: Mapping[str, float]) -> str:
    return "\n".join(
        [
            "## The whole system",
            "",
            "PostgreSQL, Kafka, five services with their workers, and the gateway, as `make run` starts them.",
            "",
            "| | |",
            "|---|---|",
            f"| first start, empty folder (downloads already cached) | {found['first_start_s']:.1f} s |",
            f"| second start | {found['second_start_s']:.1f} s |",
            f"| memory, idle: shared pages counted once (PSS) | {found['pss_mib']:,.0f} MiB |",
            f"| memory, idle: sum of resident sizes (RSS) | {found['rss_mib']:,.0f} MiB |",
            f"| processes | {found['processes']:.0f} |",
            "",
        ]
    )
