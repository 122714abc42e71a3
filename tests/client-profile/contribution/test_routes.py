from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from uuid import UUID

from client_profile.contribution import queries
from client_profile.contribution.handlers import HANDLERS
from shared.events.channel_commission import AccrualBooked, AccrualClawedBack
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import ServiceKit

CENT = Decimal("0.01")


def accrual(
    kit: ServiceKit, client: dict[str, Any], amount: str, period: str, kind: Any = AccrualBooked, **fields: Any
) -> Any:
    corrects = {} if kind is AccrualBooked else {"corrects_id": new_id()}
    defaults = {
        "occurred_at": kit.now,
        "accrual_id": new_id(),
        "client_id": UUID(client["id"]),
        "channel_id": new_id(),
        "product_id": new_id(),
        "dealing_id": new_id(),
        "bearer": "company",
        "amount": Money(amount=Decimal(amount)),
        "earned_period": period,
        "booked_period": period,
    }
    return kind(**{**defaults, **corrects, **fields})


async def history(desk: Any, *items: dict[str, Any]) -> None:
    answer = await desk.operations.post("/v1/dealings/bulk", json={"origin": "test", "items": list(items)})
    assert {result["status"] for result in answer.json()["results"]} == {"created"}, answer.text


def subscribed(number: int, client: dict[str, Any], product: dict[str, Any], amount: str, on: str) -> dict[str, Any]:
    return {
        "external_id": f"B-{number}",
        "kind": "subscription",
        "client_id": client["id"],
        "product_id": product["id"],
        "amount": {"amount": amount, "currency": "CNY"},
        "confirmed_on": on,
    }


def redeemed(number: int, original: int, amount: str, on: str) -> dict[str, Any]:
    return {
        "external_id": f"L-{number}",
        "kind": "redemption",
        "original_external_id": f"B-{original}",
        "amount": {"amount": amount, "currency": "CNY"},
        "confirmed_on": on,
    }


async def read(desk: Any, client: dict[str, Any], begins: str, ends: str) -> dict[str, Any]:
    answer = await desk.operations.get(f"/v1/clients/{client['id']}/contribution", params={"from": begins, "to": ends})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_fees_less_rebate_less_cost_are_the_contribution_and_each_shows_its_facts(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    client, product = await house.client(), await desk.product(fee_rate="0.0080")
    await history(
        desk,
        subscribed(1, client, product, "1000000.00", "2025-01-01"),
        redeemed(1, 1, "400000.00", "2025-07-01"),
    )
    await kit.receive(
        HANDLERS,
        accrual(kit, client, "6000.00", "2025-01"),
        accrual(kit, client, "-500.00", "2025-07", AccrualClawedBack),
        accrual(kit, client, "999.00", "2024-12"),
        accrual(kit, client, "777.00", "2025-01", bearer="trust_plan"),
    )

    found = await read(desk, client, "2025-01-01", "2026-01-01")

    # 181 days of 1,000,000 and 184 of 600,000: 291,400,000 yuan-days at 0.8 % a year.
    [line] = found["fee_lines"]
    assert line["yuan_days"] == "291400000.00"
    assert (line["fee_rate"], line["fee"]["amount"]) == ("0.008", "6386.85")
    assert found["rebate"]["amount"] == "5500.00"
    assert [entry["amount"]["amount"] for entry in found["rebate_lines"]] == ["6000.00", "-500.00"]
    assert (found["service_class"], found["service_cost"]["amount"]) == ("C", "1200.00")
    assert found["contribution"]["amount"] == "-313.15"
    assert found["rule_version"] == "contribution.rule@2020-01-01"


async def test_large_holdings_over_years_exceed_no_bound(house: Any, desk: Any) -> None:
    client, product = await house.client(), await desk.product(fee_rate="0.0010")
    await history(desk, subscribed(1, client, product, "30000000000.00", "2016-01-01"))

    found = await read(desk, client, "2016-01-01", "2026-01-01")

    # 3,653 days of 30 billion at 0.1 % a year.
    assert found["fee_lines"][0]["yuan_days"] == "109590000000000.00"
    assert found["fees"]["amount"] == "300246575.34"


async def test_a_ranking_takes_more_clients_than_a_statement_takes_parameters(kit: ServiceKit, house: Any) -> None:
    client = UUID((await house.client())["id"])

    async with kit.database.session() as session:
        classes = await queries.service_classes(session, [client, *(new_id() for _ in range(70_000))])

    assert classes == {client: "C"}


async def test_a_client_without_anything_costs_its_service(house: Any, desk: Any) -> None:
    found = await read(desk, await house.client(), "2026-01-01", "2026-01-02")
    assert (found["fees"]["amount"], found["contribution"]["amount"]) == ("0.00", "-3.29")


async def test_bad_periods_are_pointed_at(house: Any, desk: Any) -> None:
    client = await house.client()
    path = f"/v1/clients/{client['id']}/contribution"
    for query, pointer in (
        ({"from": "2026-01-01"}, "/query/to"),
        ({"from": "soon", "to": "2026-01-01"}, "/query/from"),
        ({"from": "2026-01-01", "to": "2026-01-01"}, "/query/to"),
        ({"from": "2000-01-01", "to": "2026-01-01"}, "/query/to"),
        ({"from": "2026-01-01", "to": "2026-02-01", "currency": "USD"}, "/query/currency"),
    ):
        answer = await desk.operations.get(path, params=query)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), query
    ranking = await desk.house.kit.staff("executive").get("/v1/contribution/ranking", params={"period": "2026-13"})
    assert (ranking.status_code, ranking.json()["code"]) == (422, "period_invalid")


async def test_only_who_reaches_the_client_reads_the_contribution(kit: ServiceKit, house: Any) -> None:
    manager, other = await house.manager(), await house.manager()
    client = await house.client(manager=manager)
    path, query = f"/v1/clients/{client['id']}/contribution", {"from": "2026-01-01", "to": "2026-02-01"}

    assert (await house.as_staff(manager).get(path, params=query)).status_code == 200
    assert (await house.as_staff(other).get(path, params=query)).status_code == 404
    assert (await kit.client(UUID(client["id"])).get(path, params=query)).status_code == 403


def by_hand(dealings: list[tuple[date, int, Decimal]], begins: date, ends: date) -> Decimal:
    """Walk through the days of the period: what was held each evening, summed per rate, rounded at the end."""
    fees = Decimal(0)
    for rate in {rate for _, _, rate in dealings}:
        total, day = 0, begins
        while day < ends:
            total += sum(fen for on, fen, of in dealings if of == rate and on <= day)
            day += timedelta(days=1)
        fees += (Decimal(total) / 100 * rate / 365).quantize(CENT, ROUND_HALF_UP)
    return fees


async def test_the_fees_are_what_walking_through_every_day_gives(house: Any, desk: Any) -> None:
    random = Random(20260302)
    rates = [Decimal("0.0050"), Decimal("0.0123")]
    products = [await desk.product(fee_rate=str(rate)) for rate in rates]
    client = await house.client()
    dealings: list[tuple[date, int, Decimal]] = []
    items = []
    for number in range(12):
        place, fen = number % 2, random.randrange(10**6, 10**9)
        on = date(2024, 1, 1) + timedelta(days=random.randrange(500))
        dealings.append((on, fen, rates[place]))
        items.append(subscribed(number, client, products[place], f"{fen // 100}.{fen % 100:02d}", on.isoformat()))
        if number % 3 == 0:
            part, later = random.randrange(1, fen), on + timedelta(days=random.randrange(200))
            dealings.append((later, -part, rates[place]))
            items.append(redeemed(number, number, f"{part // 100}.{part % 100:02d}", later.isoformat()))
    await history(desk, *items)

    for begins, ends in ((date(2024, 1, 1), date(2025, 1, 1)), (date(2024, 6, 15), date(2025, 9, 1))):
        found = await read(desk, client, begins.isoformat(), ends.isoformat())
        assert Decimal(found["fees"]["amount"]) == by_hand(dealings, begins, ends)


async def test_the_ranking_names_the_makers_and_counts_both_groups(kit: ServiceKit, house: Any, desk: Any) -> None:
    product = await desk.product(fee_rate="0.0100")
    amounts = ["50000000.00", "20000000.00", "10000000.00", "5000000.00", "5000000.00", "1000.00"]
    clients = [await house.client() for _ in amounts]
    items = [
        subscribed(number, client, product, amount, "2024-01-01")
        for number, (client, amount) in enumerate(zip(clients, amounts, strict=True))
    ]
    await history(desk, *items)
    executive = kit.staff("executive")

    found = (await executive.get("/v1/contribution/ranking", params={"period": "2025"})).json()

    # Yearly: 1 % of the assets less 24,000 for A, 6,000 for B, 1,200 for C.
    alone = [476_000, 176_000, 76_000, 44_000, 44_000]
    assert found["total"]["amount"] == f"{sum(alone)}.00"
    assert found["makers"]["clients"] == 2  # 476,000 are 58 % of 816,000, so one does not reach 60 %
    assert [row["client_id"] for row in found["clients"]] == [clients[0]["id"], clients[1]["id"]]
    assert found["makers"]["by_class"] == {"A": 2, "B": 0, "C": 0}
    assert (found["others"]["clients"], found["others"]["by_class"]) == (3, {"A": 1, "B": 2, "C": 0})
    assert found["others"]["average"]["amount"] == "54666.67"
    assert found["without_contribution"] == 1
    assert (found["begins"], found["ends"], found["top_share"]) == ("2025-01-01", "2026-01-01", "0.60")
    one = (await executive.get("/v1/contribution/ranking", params={"period": "2025", "limit": 1})).json()
    assert len(one["clients"]) == 1
    lead = kit.staff("team_lead", unit_id=new_id())
    assert (await lead.get("/v1/contribution/ranking", params={"period": "2025"})).json()["makers"]["clients"] == 0
