"""The books keep an erased client's dealings and fees to the fen, and show nobody whose they were."""

from random import Random
from typing import Any

import pytest

from channel_commission.worker import HANDLERS
from shared.events.erasure import ClientErased
from shared.ids import new_id

AT = "2026-03-02"


def answered(outbox: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [payload for type_, payload in outbox if type_ == "channel-commission.erasure.answered.v1"]


async def erase(market: Any, client_id: Any) -> None:
    await market.receive(ClientErased(occurred_at=market.kit.now, client_id=client_id, ground="service_ended"))


@pytest.mark.parametrize("seed", range(6))
async def test_an_erasure_before_between_or_after_changes_no_fee(market: Any, seed: int) -> None:
    product, client_id, rng = await market.product(), new_id(), Random(seed)
    channel_id = await market.selling(product)
    kept = market.sale(channel_id, product, 100_000_000, AT, client_id=client_id)
    reversed_ = market.sale(channel_id, product, 50_000_000, AT, client_id=client_id)
    erased = ClientErased(occurred_at=market.kit.now, client_id=client_id, ground="service_ended")
    told = [market.kit.received(event) for event in (kept, reversed_, market.reversal(reversed_), erased)]
    mixed = [*told, *told]
    rng.shuffle(mixed)

    for one in mixed:
        await market.kit.receive(HANDLERS, one.event, id=one.id)
    await market.reassess()

    # 0.60 % of a million yuan; what was reversed comes to nothing.
    assert sum(fen for _, fen, _, _ in await market.entries()) == 600_000
    assert len(answered(await market.kit.outbox())) == 1


async def test_the_books_are_restricted_for_thirty_years(market: Any) -> None:
    product, client_id = await market.product(), new_id()
    channel_id = await market.selling(product)
    await market.receive(market.sale(channel_id, product, 100_000_000, AT, client_id=client_id))

    await erase(market, client_id)
    await erase(market, new_id())

    first, second = answered(await market.kit.outbox())
    assert (first["record_kind"], first["outcome"], first["kept_until"]) == ("commission", "restricted", "2056-03-02")
    assert first["legal_basis"] == "retention.commission_years@2016-01-01"
    assert (second["record_kind"], second["outcome"], second["kept_until"]) == ("commission", "deleted", None)


async def test_entries_of_an_erased_client_stand_without_the_client(market: Any) -> None:
    product, client_id, other = await market.product(), new_id(), new_id()
    channel_id = await market.selling(product)
    for one in (client_id, other):
        await market.receive(market.sale(channel_id, product, 100_000_000, AT, client_id=one))
    before = await market.get("/v1/accruals")
    await erase(market, client_id)

    after = await market.get("/v1/accruals")
    assert [one["client_id"] for one in after["items"]] == [None, str(other)]
    assert [one["amount"] for one in after["items"]] == [one["amount"] for one in before["items"]]
    entry_id = after["items"][0]["id"]
    assert (await market.get(f"/v1/accruals/{entry_id}"))["client_id"] is None
    why = await market.get(f"/v1/accruals/{entry_id}/why")
    assert why["accrual"]["client_id"] is None
    assert str(client_id) not in str(why)
    gone = await market.staff("finance").get("/v1/accruals", params={"client_id": str(client_id)})
    assert (gone.status_code, gone.json()["code"]) == (410, "client_erased")


async def test_unaccrued_dealings_stand_without_the_client(market: Any) -> None:
    product, client_id = await market.product(), new_id()
    channel_id = await market.selling()
    await market.receive(market.sale(channel_id, product, 100_000_000, AT, client_id=client_id))
    await erase(market, client_id)

    [one] = (await market.get("/v1/unaccrued-dealings"))["items"]
    assert one["client_id"] is None


async def test_compliance_and_audit_read_whose_fees_they_are_with_a_reason(market: Any) -> None:
    product, client_id = await market.product(), new_id()
    channel_id = await market.selling(product)
    await market.receive(market.sale(channel_id, product, 100_000_000, AT, client_id=client_id))
    path = f"/v1/clients/{client_id}/commission-records"
    assert (await market.staff("compliance").post(path, json={"reason": "审计"})).status_code == 404
    await erase(market, client_id)

    [entry] = (await market.post("auditor", path, {"reason": "审计"}))["items"]
    assert entry["client_id"] == str(client_id)
    assert (await market.staff("finance").post(path, json={"reason": "审计"})).status_code == 403
    [row] = await market.rows("SELECT action, reason FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert (row.action, row.reason) == ("commission_records.disclosed", "审计")
