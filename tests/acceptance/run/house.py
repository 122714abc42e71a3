"""The house that the data comes into: units, staff, products, channels with their agreements and authorizations."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from oracle.berka import NO_SYMBOL, PRODUCTS, Book

from local_stack.journey.callers import Caller, Door
from run.bulk import Bulk

#: Number, unit, role. Two people wherever the house asks for a second one.
STAFF = (
    *((f"RM-{number:02d}", "wealth", "relationship_manager") for number in range(1, 9)),
    ("TL-01", "wealth", "team_lead"),
    ("CH-01", "head", "channel_manager"),
    ("CP-01", "head", "compliance"),
    ("PM-01", "head", "product_manager"),
    ("FI-01", "head", "finance"),
    ("OP-01", "head", "operations"),
    ("SV-01", "head", "complaint_supervisor"),
    ("RK-01", "head", "risk"),
)
MANAGERS = [number for number, _, role in STAFF if role == "relationship_manager"]
FIRST_DAY = "2021-01-01"
KINDS = {"R1": "fixed_income", "R2": "fixed_income", "R3": "mixed", "R4": "equity"}
RATES = {"SIPO": "0.0060", "UVER": "0.0085", "LEASING": "0.0075", NO_SYMBOL: "0.0050"}
TIERS = {"POJISTNE": [("1000000.00", "0.0030"), ("5000000.00", "0.0045"), (None, "0.0060")]}
CLAWBACK = {"months": 60, "form": "linear_whole_months"}
LICENSE = {
    "kind": "financial",
    "number": "B0001",
    "issuer": "国家金融监督管理总局",
    "valid_from": "2010-01-01",
    "valid_to": "2030-12-31",
}
AT_ONCE = 6


@dataclass(frozen=True)
class House:
    """Who calls, and the ids of what was made.

    Attributes:
        staff: callers by staff number.
        products: ids by code of the files.
        channels: ids by district; the head office is not among them.
    """

    staff: dict[str, Caller]
    products: dict[str, str]
    channels: dict[int, str]


async def open_house(door: Door, book: Book) -> House:
    """Make everything that must be there before the first client."""
    staff = await _hire(door)
    products = await _list_products(staff["PM-01"])
    channels = await _register_channels(staff["CH-01"], book)
    house = House(staff, products, channels)
    await each(channels.values(), lambda channel_id: _admit(house, channel_id))
    return house


async def each(things: Iterable[Any], do: Callable[[Any], Awaitable[Any]]) -> list[Any]:
    """Return what `do` gives for each thing, a few at the same time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(thing: Any) -> Any:
        async with free:
            return await do(thing)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(thing)) for thing in things]
    return [task.result() for task in tasks]


async def _hire(door: Door) -> dict[str, Caller]:
    admin = await door.admin()
    head = await admin.post("/v1/organization-units", {"name": "总部"})
    wealth = await admin.post("/v1/organization-units", {"name": "财富中心", "parent_id": head["id"]})
    units = {"head": head["id"], "wealth": wealth["id"]}
    for number, unit, role in STAFF:
        person = {"number": number, "name": f"员工{number}", "unit_id": units[unit], "roles": [role]}
        await admin.post("/v1/staff", person)
    return {number: await door.staff(number) for number, _, _ in STAFF}


async def _list_products(manager: Caller) -> dict[str, str]:
    items = [
        {
            "external_id": code,
            "number": f"XT-{code}",
            "name": f"{code} 集合资金信托计划",
            "kind": KINDS[grade],
            "grade": grade,
            "established_on": FIRST_DAY,
        }
        for code, grade in PRODUCTS.items()
    ]
    return await Bulk(manager, "/v1/products/bulk", "berka").all_taken(items)


async def _register_channels(manager: Caller, book: Book) -> dict[int, str]:
    bulk = Bulk(manager, "/v1/channels/bulk", "berka")
    bank = {"kind": "bank", "license": LICENSE}
    office = await bulk.all_taken([{"external_id": "head-office", "name": "总行", **bank}])
    branches = [
        {"external_id": str(district), "name": name, "parent_id": office["head-office"], **bank}
        for district, name in book.channels.items()
    ]
    ids = await bulk.all_taken(branches)
    return {district: ids[str(district)] for district in book.channels}


async def _admit(house: House, channel_id: str) -> None:
    manager, approver = house.staff["CH-01"], house.staff["CP-01"]
    channel = f"/v1/channels/{channel_id}"
    await manager.post(f"{channel}/start-due-diligence")
    for topic in ("license", "penalties", "sales_capability", "recording"):
        finding = {"topic": topic, "outcome": "satisfied", "finding": "核查无异常。", "evidence": [f"JD-{topic}"]}
        await manager.post(f"{channel}/findings", finding)
    await approver.post(f"{channel}/approve", {"opinion": "金融许可证有效，同意准入。"})
    agreement = await manager.post(
        "/v1/agreements",
        {
            "channel_id": channel_id,
            "number": f"DX-{channel_id[-12:]}",
            "valid_from": FIRST_DAY,
            "rules": _rate_card(house.products),
        },
    )
    card = f"/v1/agreements/{agreement['id']}/rate-cards/1"
    await manager.post(f"{card}/submit")
    await approver.post(f"{card}/approve")
    await manager.post(f"{channel}/sign", {"in_force_on": FIRST_DAY, "evidence": "合同档案室"})
    await manager.post(f"{channel}/activate", {"active_from": FIRST_DAY})
    for product_id in house.products.values():
        terms = {"product_id": product_id, "bearer": "company", "valid_from": FIRST_DAY}
        await manager.post(f"{channel}/products", terms)


def _rate_card(products: dict[str, str]) -> list[dict[str, Any]]:
    """Return the first rate card as the README says it."""
    percent = [
        {"product_id": products[code], "kind": "percent", "rate": rate, "clawback": CLAWBACK}
        for code, rate in RATES.items()
    ]
    marginal = [
        {
            "product_id": products[code],
            "kind": "marginal",
            "tiers": [{"rate": rate, **({"up_to": {"amount": up_to}} if up_to else {})} for up_to, rate in tiers],
        }
        for code, tiers in TIERS.items()
    ]
    return percent + marginal
