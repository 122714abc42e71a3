"""How events flow: counted once by arrival, minutes forgotten without a loss, lag only while it is fresh."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from ops_dashboard.flow import rules
from ops_dashboard.flow.service import forget_old, lag_timer
from shared.clock import system_clock
from shared.events.base import Event
from shared.events.client_profile import ClientActivated
from shared.events.complaints import ComplaintWithdrawn
from shared.ids import new_id
from shared.testing.service import START, ServiceKit
from shared.timers import LIMIT, Timer, run_due


def _event(rng: Random) -> Event:
    if rng.random() < 0.5:
        return ClientActivated(occurred_at=START, client_id=new_id())
    return ComplaintWithdrawn(occurred_at=START, complaint_id=new_id())


async def _services(world: Any) -> dict[str, dict[str, Any]]:
    return {one["service"]: one for one in (await world.shown("/v1/operations/flow"))["services"]}


async def test_every_event_is_counted_by_its_service_however_batches_are_cut(world: Any) -> None:
    rng, told = Random(5), Counter[str]()
    for size in (1, 7, 20):
        batch = [_event(rng) for _ in range(size)]
        told.update(event.topic().split(".")[0] for event in batch)
        await world.hear(*batch)

    flow = await world.shown("/v1/operations/flow")

    shown = {one["service"]: (one["events_last_hour"], one["events_total"]) for one in flow["services"]}
    assert shown == {service: (told[service], told[service]) for service in rules.SERVICES}
    assert sum(one["events"] for one in flow["last_minutes"]) == 28


async def test_minutes_are_forgotten_after_a_day_and_totals_stay(kit: ServiceKit, world: Any) -> None:
    await world.hear(*(_event(Random(n)) for n in range(6)))
    async with kit.database.transaction() as session:
        ago = {"by": rules.MINUTES_KEPT + timedelta(minutes=1)}
        await session.execute(text("UPDATE minute_count SET minute = minute - CAST(:by AS interval)"), ago)
    await world.hear(ClientActivated(occurred_at=START, client_id=new_id()))

    taken = await run_due(Timer("forget", every=timedelta(hours=1), run=forget_old), kit.database)

    assert taken == 2
    assert await kit.count("minute_count") == 1
    services = (await _services(world)).values()
    assert sum(one["events_total"] for one in services) == 7
    assert sum(one["events_last_hour"] for one in services) == 1


async def test_lag_is_summed_over_topics_and_unknown_once_it_is_old(kit: ServiceKit, world: Any) -> None:
    found = {("complaints", "client-profile.client"): 5, ("complaints", "client-profile.staff"): 2}

    async def ask() -> dict[tuple[str, str], int]:
        return found

    look = lag_timer(ask)
    async with kit.database.transaction() as session:
        await look(session, system_clock(), LIMIT)
    found["complaints", "client-profile.client"] = 0
    async with kit.database.transaction() as session:
        await look(session, system_clock(), LIMIT)

    services = await _services(world)
    assert (services["complaints"]["waiting"], services["client-profile"]["waiting"]) == (2, None)

    async with kit.database.transaction() as session:
        await session.execute(text("UPDATE consumer_lag SET looked_at = looked_at - interval '61 seconds'"))
    assert (await _services(world))["complaints"]["waiting"] is None


async def test_a_broker_without_groups_is_no_error(kit: ServiceKit, world: Any) -> None:
    async def ask() -> dict[tuple[str, str], int]:
        return {}

    async with kit.database.transaction() as session:
        assert await lag_timer(ask)(session, system_clock(), LIMIT) == 0

    assert (await _services(world))["complaints"]["waiting"] is None
