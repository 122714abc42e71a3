import sys, time, random
from datetime import datetime, UTC
from pathlib import Path
from uuid import UUID
sys.path.insert(0, "/work/main/tests/acceptance")
from oracle import berka, commission, generate
from oracle.dates import MONTHS
from shared.ids import new_id
import pytest

def data(tmp_path, kind):
    return Path("/work/shared/data") if kind == "real" else generate.write(tmp_path)

@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["real", "generated"])
async def test_berka(market, tmp_path, kind):
    book = berka.read(data(tmp_path, kind))
    market.kit.now = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
    t = time.time()
    names = ["SIPO", "UVER", "LEASING", "NONE", "POJISTNE"]
    products = {n: await market.product() for n in names}
    rate = {"SIPO": "0.0060", "UVER": "0.0085", "LEASING": "0.0075", "NONE": "0.0050"}
    rules = [{**market.percent, "rate": rate[n], "product_id": str(products[n])} for n in rate] + [{**market.tiered, "product_id": str(products["POJISTNE"])}]
    items = [{"external_id": str(i), "name": n, "kind": "bank", "license": {"kind":"financial","number":"B","issuer":"I","valid_from":"2020-01-01","valid_to":"2030-01-01"}} for i, n in book.channels.items()]
    res = (await market.post("channel_manager", "/v1/channels/bulk", {"origin": "berka", "items": items}))["results"]
    chan = {int(r["external_id"]): UUID(r["id"]) for r in res}
    for c in chan.values():
        await market.post("channel_manager", f"/v1/channels/{c}/start-due-diligence")
        await market.post("compliance", f"/v1/channels/{c}/approve", {"opinion": "x"})
        await market.agreement(c, rules)
        for p in products.values():
            await market.authorize(c, p)
        await market.post("channel_manager", f"/v1/channels/{c}/activate", {"active_from": "2021-01-01"})
    print("setup", time.time() - t); t = time.time()
    clients = {}
    sale = {}
    events = []
    for s in book.subscriptions:
        cl = clients.setdefault(s.client_id, new_id())
        e = market.sale(chan[s.channel_id], products[s.product], s.amount_fen, s.business_date, client_id=cl).model_copy(update={"confirmation_number": s.confirmation_number})
        sale[s.confirmation_number] = e
        events.append(e)
    for r in book.redemptions:
        e = market.redemption(sale[r.subscription.confirmation_number], r.business_date).model_copy(update={"confirmation_number": r.confirmation_number})
        events.append(e)
    random.Random(1).shuffle(events)
    t = time.time()
    for i in range(0, len(events), 500):
        await market.receive(*events[i:i+500])
    print("booked", len(events), time.time() - t); t = time.time()
    for m in MONTHS:
        await market.close(m)
    print("closed", time.time() - t)
    want = {}
    for s in commission.statements(book):
        if s.opening or s.net or s.accrued or s.clawed_back:
            want[chan[s.channel_id], s.month] = (s.opening, s.net, s.payable, s.carried)
    rows = await market.rows("SELECT channel_id, period, opening_fen, entries_fen, closing_fen, entries, bearer FROM statement")
    got = {(r.channel_id, r.period): (r.opening_fen, r.entries_fen, max(r.closing_fen,0), min(r.closing_fen,0)) for r in rows}
    assert len(got) == len(rows)
    assert got == want
    print(kind, len(want), sum(v[2] for v in got.values()), sum(r.entries for r in rows))
    rest = await market.rows("SELECT count(*), sum(amount_fen) FROM accrual_entry WHERE booked_period > '2025-12'")
    print(rest, await market.rows("SELECT count(*) FROM dealing WHERE refusal IS NOT NULL"))
