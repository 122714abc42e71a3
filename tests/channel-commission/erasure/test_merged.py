"""A merger changes no fee; entries of a merged client are found by either id."""

from random import Random
from typing import Any

import pytest

from channel_commission.worker import HANDLERS
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.ids import new_id

AT = "2026-03-02"


@pytest.mark.parametrize("seed", range(6))
async def test_a_merger_before_between_or_after_changes_no_fee_and_finds_every_entry(market: Any, seed: int) -> None:
    product, merged, survivor, rng = await market.product(), new_id(), new_id(), Random(seed)
    channel_id = await market.selling(product)
    sales = [
        market.sale(channel_id, product, 100_000_000, AT, client_id=merged),
        market.sale(channel_id, product, 50_000_000, AT, client_id=survivor),
    ]
    pair = {"merged_client_id": merged, "surviving_client_id": survivor}
    told = [
        market.kit.received(kind(occurred_at=market.kit.now, client_id=client_id, **pair, step=step))
        for step, kind in ((1, ClientMerged), (2, ClientUnmerged), (3, ClientMerged))
        for client_id in (merged, survivor)
    ]
    mixed = [*map(market.kit.received, sales), *told, *told]
    rng.shuffle(mixed)

    for one in mixed:
        await market.kit.receive(HANDLERS, one.event, id=one.id)
    await market.reassess()

    # 0.60 % of a million and of half a million yuan.
    assert sorted(fen for _, fen, _, _ in await market.entries()) == [300_000, 600_000]
    for client_id in (merged, survivor):
        listed = await market.kit.staff("finance").get(f"/v1/accruals?client_id={client_id}")
        assert {one["client_id"] for one in listed.json()["items"]} == {str(merged), str(survivor)}
