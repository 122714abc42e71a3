"""A channel on one page, bounded however much there is."""

from typing import Any

from shared.ids import new_id
from shared.testing.statements import statements


async def cost(market: Any, path: str) -> int:
    """Return how many statements reading the page takes."""
    with statements(market.kit.database) as asked:
        await market.get(path)
    return len(asked)


async def test_one_read_shows_all_around_a_channel_in_statements_that_do_not_grow(market: Any) -> None:
    product = await market.product()
    channel = await market.selling(product)
    path = f"/v1/channels/{channel}/overview"
    few = await cost(market, path)
    for n in range(12):
        visit = {"kind": "visit", "held_on": "2026-03-01", "topic": f"第{n}次", "summary": "例行", "attendees": 1}
        await market.post("channel_manager", f"/v1/channels/{channel}/visits", visit, status=201)
    risk = {"severity": "severe", "occurred_on": "2026-03-01", "facts": "x", "evidence": "x", "measure": "x"}
    risk |= {"owner_id": str(new_id()), "due_on": "2026-06-01"}
    await market.post("risk", f"/v1/channels/{channel}/risk-events", risk, status=201)
    branch = await market.prospect(parent_id=str(channel))
    quota = {
        "product_id": str(product),
        "amount": {"amount": "9.00"},
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        "plan": "x",
    }
    await market.post("channel_manager", f"/v1/channels/{channel}/quotas", quota, status=201)
    await market.post("compliance", f"/v1/channels/{channel}/exit-proposals", {"note": "x"}, status=201)

    page = await market.get(path)
    assert [one["topic"] for one in page["visits"]] == [f"第{n}次" for n in range(11, 1, -1)]
    assert (page["channel"]["status"], page["branches"]) == ("suspended", [branch["id"]])
    assert [(one["effect"], one["reason"]) for one in page["restrictions"]] == [("sales", "risk_event")]
    counts = {name: len(page[name]) for name in ("risk_events", "quotas", "products", "exit_proposals", "licenses")}
    assert counts == dict.fromkeys(counts, 1)
    assert await cost(market, path) <= few + 1  # what was sold is asked only where there are quotas


async def test_the_page_is_for_those_who_watch_partners(market: Any) -> None:
    channel = await market.selling()
    path = f"/v1/channels/{channel}/overview"
    assert (await market.kit.channel(channel, "commission.read").get(path)).status_code == 403
    assert (await market.staff("marketing").get(path)).status_code == 403
    assert (await market.staff("risk").get(f"/v1/channels/{new_id()}/overview")).status_code == 404
