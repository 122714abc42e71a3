"""Mergers told in any order, each event more than once, leave what the order in which they happened leaves."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS, TIMERS
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientActivated,
    ClientAssigned,
    ClientRegistered,
    RedemptionConfirmed,
    SubscriptionConfirmed,
)
from shared.events.erasure import ClientErased
from shared.events.interaction_log import InteractionRecorded
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.money import Money
from shared.timers import run_due

MERGED, SURVIVOR = UUID(int=0xA1), UUID(int=0xB2)
DUMPS = (
    "SELECT id, manager_id, unit_id, service_class, registered_at IS NULL FROM client_stub ORDER BY 1",
    "SELECT client_id, interaction_id, is_reached FROM contact ORDER BY 2",
    "SELECT client_id, dealing_id, amount, is_reversed FROM flow ORDER BY 2",
    "SELECT client_id, changed_at FROM manager_change ORDER BY 1, 2",
    "SELECT client_id, merged_into FROM client_lineage WHERE merged_into IS NOT NULL ORDER BY 1",
    "SELECT id, level, score, reasons FROM client_risk ORDER BY 1",
    "SELECT client_id FROM erased_client ORDER BY 1",
)


def of_client(kit: Any, client_id: UUID, number: int, *, leaves: bool) -> list[Event]:
    at, about = kit.now - timedelta(days=100), {"client_id": client_id}
    dealing = {"product_id": UUID(int=4), "confirmation_number": f"B-{number}", "applied_on": at.date()}
    subscribed_id = UUID(int=1000 + number)
    events: list[Event] = [
        ClientRegistered(occurred_at=at, **about, kind="person", channel_id=UUID(int=7)),
        ClientActivated(occurred_at=at, **about),
        ClientAssigned(occurred_at=at, **about, manager_id=UUID(int=8), unit_id=UUID(int=9)),
        SubscriptionConfirmed(
            occurred_at=at, **about, **dealing, dealing_id=subscribed_id,
            amount=Money.from_fen(100_000_000), confirmed_on=at.date(),
        ),
        InteractionRecorded(
            occurred_at=at, **about, interaction_id=UUID(int=3000 + number), kind="call", direction="inbound",
            is_reached=True,
        ),
    ]  # fmt: skip
    if leaves:
        today = kit.now.date()
        events.append(
            RedemptionConfirmed(
                occurred_at=kit.now, **about, **{**dealing, "confirmation_number": f"S-{number}"},
                dealing_id=UUID(int=2000 + number), original_dealing_id=subscribed_id, is_full=True,
                amount=Money.from_fen(100_000_000), confirmed_on=today,
            )
        )  # fmt: skip
    return events


def lineage(kit: Any, kind: type[ClientMerged | ClientUnmerged], step: int) -> list[Event]:
    pair = {"merged_client_id": MERGED, "surviving_client_id": SURVIVOR, "step": step}
    return [kind(occurred_at=kit.now, client_id=client_id, **pair) for client_id in (MERGED, SURVIVOR)]


def story(kit: Any, mergers: int, *, erased: bool) -> list[Received[Event]]:
    """Return what happened, in that order, versions counted as the sender counts them."""
    events = [*of_client(kit, MERGED, 1, leaves=True), *of_client(kit, SURVIVOR, 2, leaves=False)]
    for step in range(1, mergers + 1):
        events += lineage(kit, ClientMerged if step % 2 else ClientUnmerged, step)
    if erased:
        events += [ClientErased(occurred_at=kit.now, client_id=one, ground="x") for one in (MERGED, SURVIVOR)]
    versions: Counter[tuple[str, UUID]] = Counter()
    told = []
    for event in events:
        client_id: UUID = event.client_id  # type: ignore[attr-defined]  # all of these name one
        versions[event.topic(), client_id] += 1
        one = kit.received(event)
        told.append(replace(one, key=str(client_id), aggregate_version=versions[event.topic(), client_id]))
    return told


def shuffled(told: list[Received[Event]], rng: Random) -> list[Received[Event]]:
    """Return the events in an order that the promise allows: per topic and key as told, some of them again later."""
    queues: dict[tuple[str, str], list[Received[Event]]] = {}
    for one in told:
        queues.setdefault((one.topic, one.key), []).append(one)
    mixed: list[Received[Event]] = []
    while queues:
        place = rng.choice(sorted(queues))
        mixed.append(queues[place].pop(0))
        if not queues[place]:
            del queues[place]
        if rng.random() < 0.3:
            mixed.append(rng.choice(mixed))
    return [*mixed, *rng.sample(told, len(told) // 2)]


async def play(kit: Any, events: list[Received[Event]], rng: Random) -> list[list[tuple[Any, ...]]]:
    await kit.reset()
    left = list(events)
    while left:
        batch = {one.id: one for one in (left.pop(0) for _ in range(min(len(left), rng.randint(1, 4))))}
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, list(batch.values()))
        if rng.random() < 0.3:
            await assess(kit)
    await assess(kit)
    async with kit.database.session() as session:
        return [[tuple(row) for row in await session.execute(text(dump))] for dump in DUMPS]


async def assess(kit: Any) -> None:
    for timer in TIMERS:
        if timer.name == "risk_of_changed_clients":
            await run_due(timer, kit.database, clock=lambda: kit.now)


@pytest.mark.parametrize("seed", range(24))
async def test_any_order_the_promise_allows_ends_as_the_order_of_what_happened(kit: Any, seed: int) -> None:
    told = story(kit, mergers=seed % 4, erased=seed % 3 == 0)

    expected = await play(kit, told, Random(0))
    found = await play(kit, shuffled(told, Random(seed)), Random(seed))

    assert found == expected
    if seed % 3 == 0:
        assert not any(found[:6]), "nothing of an erased client comes back"


async def test_the_surviving_client_is_at_risk_for_what_both_did(kit: Any) -> None:
    apart = await play(kit, story(kit, mergers=0, erased=False), Random(1))
    together = await play(kit, story(kit, mergers=1, erased=False), Random(1))
    undone = await play(kit, story(kit, mergers=2, erased=False), Random(1))

    levels = {name: {id_: (level, score) for id_, level, score, _ in dump[5]} for name, dump in
              (("apart", apart), ("together", together), ("undone", undone))}  # fmt: skip
    assert levels["apart"][MERGED][0] != "low"
    assert levels["together"][MERGED] == ("low", 0)
    assert levels["together"][SURVIVOR][1] > levels["apart"][SURVIVOR][1]
    assert levels["undone"] == levels["apart"]
