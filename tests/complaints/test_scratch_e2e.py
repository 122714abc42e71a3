import sys, time
from datetime import UTC, datetime, timedelta, date
from pathlib import Path
from uuid import UUID
from collections import Counter
sys.path.insert(0,'/work/main/tests/acceptance')
import pytest
from sqlalchemy import text
from oracle import reading, service_class as sc
from complaints.worker import HANDLERS
from complaints.risk.service import assess_changed, assess_daily
from complaints.clocks.service import tell_overdue
from shared.clock import start_of_day
from shared.delivery.handlers import deliver
from shared.events.client_profile import *
from shared.events.interaction_log import InteractionRecorded
from shared.money import Money
from shared.ids import new_id
@pytest.mark.timeout(900)
async def test_e2e(kit):
    r=reading.read(Path('/work/shared/data'))
    kit.now=datetime(2026,3,31,4,tzinfo=UTC)
    cid={c:UUID(int=10**6+c) for c in r.book.client_ids}; ch={n:UUID(int=n+1) for n in range(200)}
    async def feed(events):
        t=time.perf_counter()
        for i in range(0,len(events),500):
            batch=[kit.received(e) for e in events[i:i+500]]
            async with kit.database.transaction() as s: await deliver(s,HANDLERS,batch)
        print(len(events), type(events[0]).__name__, time.perf_counter()-t)
    # contacts first, dealings, complaints, then clients: worst order
    await feed([InteractionRecorded(occurred_at=i.started_at,interaction_id=UUID(int=5*10**6+i.external_id),client_id=cid[i.client_id],kind='call',direction='outbound',is_reached=i.reached) for i in r.interactions])
    async def run(fn):
        n=0; t=time.perf_counter()
        while True:
            async with kit.database.transaction() as s: k=await fn(s,kit.now,100)
            n+=k
            if k<100: break
        print(fn.__name__, n, time.perf_counter()-t)
    await run(assess_changed)
    ops=kit.staff('operations')
    items=[]
    for c in r.complaints:
        d=dict(external_id=str(c.external_id),received_on=str(c.received_on),client_id=str(cid[c.client_id]),channel_id=str(ch[c.channel_id]),product_class=c.product_class,reason_text=c.reason)
        if c.informed_on: d['informed_on']=str(c.informed_on)
        if c.compensation_fen: d['compensation']={'amount':'100.00','currency':'CNY'}
        if c.review_requested: d['review_requested']=True
        items.append(d)
    for i in range(0,len(items),1000):
        t=time.perf_counter(); a=await ops.post('/v1/complaints/bulk',json={'origin':'cfpb','items':items[i:i+1000]})
        assert a.status_code==200; print(Counter(x['status'] for x in a.json()['results']), time.perf_counter()-t)
    subs=[];reds=[]
    for n,s in enumerate(r.book.subscriptions):
        subs.append(SubscriptionConfirmed(occurred_at=start_of_day(s.business_date),dealing_id=UUID(int=7*10**6+n),client_id=cid[s.client_id],confirmation_number='B',product_id=UUID(int=3),amount=Money.from_fen(s.amount_fen),applied_on=s.business_date,confirmed_on=s.business_date))
    for n,x in enumerate(r.book.redemptions):
        reds.append(RedemptionConfirmed(occurred_at=start_of_day(x.business_date),dealing_id=UUID(int=8*10**6+n),client_id=cid[x.subscription.client_id],confirmation_number='L',product_id=UUID(int=3),amount=Money.from_fen(x.subscription.amount_fen),applied_on=x.business_date,confirmed_on=x.business_date,original_dealing_id=UUID(int=1),is_full=True))
    await feed(reds); await feed(subs)
    await run(tell_overdue)
    await feed([ClientRegistered(occurred_at=kit.now,client_id=c,kind='person') for c in cid.values()])
    await feed([ServiceClassChanged(occurred_at=kit.now,client_id=cid[c],service_class=r.pictures[c].service_class,rule_version='1') for c in cid])
    await run(assess_changed); await run(assess_daily)
    async with kit.database.session() as s:
        rows={x.id:x for x in await s.execute(text("select id, level, score, reasons from client_risk"))}
        clocks=(await s.execute(text("select count(*) filter (where is_in_time), count(*) filter (where not is_in_time), count(*) filter (where informed_on is null), sum(compensation), count(*) filter (where review_requested) from complaint"))).one()
    print(clocks)
    bad=[c for c,p in r.pictures.items() if rows[cid[c]].level!=p.risk.level.lower() or rows[cid[c]].score!=sum(p.risk.points.values())]
    print('bad',len(bad), Counter(x.level for x in rows.values()), Counter(e for e in await kit.events()))
    assert not bad
    t=time.perf_counter(); a=await kit.staff('admin').post('/v1/risk/recompute',json={'limit':5000}); print(a.text, time.perf_counter()-t)
