from decimal import Decimal
from typing import Any
from uuid import UUID

from client_profile.contribution.handlers import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.channel_commission import AccrualBooked, AccrualClawedBack, AccrualReversed
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import ServiceKit


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


async def read(desk: Any, client: dict[str, Any], begins: str, ends: str) -> dict[str, Any]:
    answer = await desk.operations.get(f"/v1/clients/{client['id']}/contribution", params={"from": begins, "to": ends})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_entries_are_kept_once_per_event_in_any_order(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()
    booked = kit.received(accrual(kit, client, "600.00", "2026-01"))
    reversed_ = kit.received(accrual(kit, client, "-600.00", "2026-01", AccrualReversed))
    clawed = kit.received(accrual(kit, client, "-50.00", "2026-02", AccrualClawedBack))
    early = kit.received(accrual(kit, {"id": str(new_id())}, "1.00", "2026-01"))
    for batch in ([clawed, early, reversed_], [booked, clawed], [reversed_, booked]):
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, batch)

    assert await kit.count("rebate_entry") == 4
    found = await read(desk, client, "2026-01-01", "2026-03-01")
    assert found["rebate"]["amount"] == "-50.00"
    january = await read(desk, client, "2026-01-01", "2026-02-01")
    assert january["rebate"]["amount"] == "0.00"
