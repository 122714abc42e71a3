"""The reports on complaints, read back through the gateway, as the same tables as `oracle.reports`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oracle.reports import FIGURES, QUARTER

from local_stack.journey.callers import Caller

Json = dict[str, Any]

#: Before the first complaint of the file.
SINCE = date(2020, 1, 1)
BY = ("channel_id", "product_class")


@dataclass(frozen=True)
class Reports:
    """Answers as they came; `opened` are the ids behind each number of the total."""

    by: Mapping[str, Json]
    crossed: Json
    opened: Mapping[str, list[str]]
    ageing: Json
    density: Json
    draft: Json
    register: list[Json]


async def read_reports(desk: Caller, now: date) -> Reports:
    """Return all reports up to `now`, and follow the links behind the numbers of all cases."""
    period = {"received_from": SINCE.isoformat(), "received_to": now.isoformat()}
    by = {one: await desk.get("/v1/complaint-statistics", **period, by=one) for one in BY}
    total = by["channel_id"]["total"]["figures"]
    opened = {figure: await listed(desk, total[figure]["list"]) for figure in FIGURES}
    first, last = (day.isoformat() for day in QUARTER)
    return Reports(
        by=by,
        crossed=await desk.get("/v1/complaint-statistics", **period, by=list(BY)),  # type: ignore[arg-type]  # repeated
        opened={figure: [one["id"] for one in found] for figure, found in opened.items()},
        ageing=await desk.get("/v1/complaint-ageing"),
        density=await desk.get("/v1/complaint-density", **period),
        draft=await desk.get("/v1/regulator-reports/draft", period_from=first, period_to=last),
        register=await listed(desk, f"/v1/complaint-register?received_from={SINCE}&received_to={now}"),
    )


async def listed(caller: Caller, link: str) -> list[Json]:
    """Return all items of the list that a link leads to."""
    parts = urlsplit(link)
    query: dict[str, Any] = {"limit": 200, **dict(parse_qsl(parts.query))}
    found: list[Json] = []
    while True:
        page = await caller.get(parts.path, **query)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


def numbers(group: Json) -> tuple[int, ...]:
    """Return the numbers of a group in the order of `FIGURES`, and what was paid in fen."""
    figures = group["figures"]
    paid = int(Decimal(group["compensation"]["amount"]) * 100)
    return (*(figures[figure]["cases"] for figure in FIGURES), paid)


def ageing(answer: Json) -> dict[tuple[int, int | None], tuple[int, int]]:
    """Return open and overdue cases by first and last day of the age band."""
    return {
        (band["from_days"], band["to_days"]): (band["open"]["cases"], band["overdue"]["cases"])
        for band in answer["bands"]
    }


def summary(draft: Json, names: Mapping[str, int]) -> dict[str, int]:
    """Return the lines of the summary that have these names; amounts in fen."""
    lines = {line["code"]: line for line in draft["lines"] if line["section"] == "summary"}
    return {name: int(Decimal(lines[name]["value"]) * (100 if lines[name]["unit"] == "元" else 1)) for name in names}
