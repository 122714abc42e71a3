"""What the system says afterwards, read back through the gateway as the staff of the house read it.

Contacts are listed client by client only: asked that way of a sample, and summed up for all in the service's database.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from oracle.reading import Reading

from local_stack.journey.callers import Caller
from run.house import House, each
from run.loading import Loaded
from run.reports import Reports, read_reports
from run.system import System

Json = dict[str, Any]

PAGE = 200
LEVELS = ("low", "medium", "high")
#: Every how many clients one is asked for the reasons behind its class and its risk.
SAMPLE = 50
CONTACT_SUMS = """
SELECT client_id::text, count(*), count(*) FILTER (WHERE is_reached), count(*) FILTER (WHERE outcome = 'interested'),
       sum(duration_seconds)::bigint,
       max((started_at AT TIME ZONE 'Asia/Shanghai')::date) FILTER (WHERE is_reached)::text
  FROM interaction GROUP BY client_id
"""


@dataclass(frozen=True)
class Outcome:
    """Answers of the API as they came; per client by the files' client id."""

    clients: list[Json]
    relationships: dict[int, list[Json]]
    dealings: list[Json]
    contact_sums: list[tuple[Any, ...]]
    contacts: dict[int, list[Json]]
    complaints: list[Json]
    risk: list[Json]
    risk_why: dict[int, Json]
    class_why: dict[int, Json]
    unaccrued: list[Json]
    accruals: list[Json]
    accrual_why: list[Json]
    statements: list[Json]
    periods: list[Json]
    reports: Reports
    recomputed: int


async def read_back(system: System, house: House, reading: Reading, loaded: Loaded) -> Outcome:
    """Return all that is compared."""
    finance, risk, desk = house.staff["FI-01"], house.staff["RK-01"], house.staff["SV-01"]

    def of_each(caller: Caller, path: str, client_ids: Iterable[int]) -> Any:
        return _by_client(client_ids, lambda one: caller.get(path.format(id=loaded.clients[one])))

    def contacts_of(client_id: int) -> Any:
        return desk.get("/v1/interactions", client_id=loaded.clients[client_id])

    sample = sorted(loaded.clients)[::SAMPLE]

    owners = [owner for owner, _ in reading.book.agents][:: SAMPLE // 10]
    asked = _worth_asking(reading)
    accruals = await every(finance, "/v1/accruals")
    return Outcome(
        recomputed=await _recompute(risk),
        clients=await every(risk, "/v1/clients"),
        relationships=_items(await of_each(risk, "/v1/clients/{id}/relationships", owners)),
        dealings=await every(finance, "/v1/dealings"),
        contact_sums=await _contact_sums(system),
        contacts=_items(await _by_client(sample, contacts_of)),
        complaints=await every(desk, "/v1/complaints"),
        risk=[row for level in LEVELS for row in await every(risk, "/v1/risk", level=level)],
        risk_why=await of_each(risk, "/v1/clients/{id}/risk", asked),
        class_why=await of_each(risk, "/v1/clients/{id}/service-class", asked),
        unaccrued=await every(finance, "/v1/unaccrued-dealings"),
        accruals=accruals,
        accrual_why=await each(accruals[::SAMPLE], lambda one: finance.get(f"/v1/accruals/{one['id']}/why")),
        statements=await every(finance, "/v1/settlements"),
        periods=await every(finance, "/v1/periods"),
        reports=await read_reports(desk, reading.now),
    )


async def _contact_sums(system: System) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(system.database("interaction-log")) as connection:
        return await (await connection.execute(CONTACT_SUMS.encode())).fetchall()


async def every(caller: Caller, path: str, **params: str) -> list[Json]:
    """Return all items of a list."""
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        wanted: dict[str, Any] = {"limit": PAGE, **params, **cursor}
        page = await caller.get(path, **wanted)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def _by_client(client_ids: Iterable[int], ask: Callable[[int], Any]) -> dict[int, Json]:
    wanted = list(client_ids)
    return dict(zip(wanted, await each(wanted, ask), strict=True))


def _items(pages: dict[int, Json]) -> dict[int, list[Json]]:
    assert all(page["next_cursor"] is None for page in pages.values()), "a client has more than a page of these"
    return {client_id: page["items"] for client_id, page in pages.items()}


def _worth_asking(reading: Reading) -> list[int]:
    """Return the clients with a class above C or a level above LOW, and a sample of the others."""
    pictures = reading.pictures
    stand_out = {one for one, it in pictures.items() if it.service_class != "C" or it.risk.level != "LOW"}
    return sorted(stand_out | set(sorted(pictures)[::SAMPLE]))


async def _recompute(caller: Caller) -> int:
    """Let every client be assessed anew and return for how many that changed anything."""
    changed, after = 0, None
    while True:
        answer = await caller.post("/v1/risk/recompute", {"after": after, "limit": 2000})
        changed, after = changed + answer["changed"], answer["after"]
        if after is None:
            return int(changed)
