from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from client_profile.sales import queries
from client_profile.sales.handlers import HANDLERS
from client_profile.sales.rules import ChannelFacts, ChannelStatus
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.channel_commission import (
    ChannelActivated,
    ChannelProductAuthorized,
    ChannelRegistered,
    ChannelSuspended,
    ChannelTerminated,
)
from shared.ids import new_id
from shared.testing.service import ServiceKit

ON = date(2026, 3, 2)


def told(kit: ServiceKit, *events: Event) -> list[Received[Event]]:
    """Return the events of one channel as they arrive: each with the next version of its aggregate."""
    return [replace(kit.received(event), aggregate_version=version) for version, event in enumerate(events, start=1)]


async def hand_over(kit: ServiceKit, batch: list[Received[Event]]) -> None:
    async with kit.database.transaction() as session:
        await deliver(session, HANDLERS, batch)


async def facts(kit: ServiceKit, channel_id: UUID, product_id: UUID, on: date = ON) -> ChannelFacts | None:
    async with kit.database.transaction() as session:
        return await queries.find_channel(session, channel_id, product_id, on)


def life(kit: ServiceKit, channel_id: UUID, product_id: UUID, parent_id: UUID | None = None) -> list[Event]:
    channel: dict[str, Any] = {"channel_id": channel_id}
    return [
        ChannelRegistered(occurred_at=kit.now, kind="bank", parent_id=parent_id, **channel),
        ChannelActivated(occurred_at=kit.now + timedelta(minutes=1), **channel),
        ChannelProductAuthorized(
            occurred_at=kit.now + timedelta(minutes=2),
            product_id=product_id,
            bearer="company",
            valid_from=date(2026, 1, 1),
            valid_to=date(2027, 1, 1),
            **channel,
        ),
        ChannelSuspended(occurred_at=kit.now + timedelta(minutes=3), reason="decision", **channel),
    ]


async def test_nothing_is_known_of_a_channel_not_heard_of(kit: ServiceKit) -> None:
    assert await facts(kit, new_id(), new_id()) is None


async def test_any_order_and_any_repetition_end_in_the_same_state(kit: ServiceKit) -> None:
    for order in permutations(range(4)):
        channel_id, product_id = new_id(), new_id()
        batch = told(kit, *life(kit, channel_id, product_id))

        await hand_over(kit, [batch[place] for place in order])
        await hand_over(kit, [batch[order[0]], batch[order[-1]]])

        assert await facts(kit, channel_id, product_id) == ChannelFacts(ChannelStatus.SUSPENDED, True), order


async def test_an_authorization_counts_from_its_first_day_to_the_day_before_its_end(kit: ServiceKit) -> None:
    channel_id, product_id = new_id(), new_id()
    await hand_over(kit, told(kit, *life(kit, channel_id, product_id)))

    for on, expected in (
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ):
        known = await facts(kit, channel_id, product_id, on)
        assert known is not None
        assert known.is_authorized is expected, on
    other = await facts(kit, channel_id, new_id())
    assert other is not None
    assert not other.is_authorized


async def test_a_branch_sells_what_its_head_office_may_sell(kit: ServiceKit) -> None:
    head_id, branch_id, product_id = new_id(), new_id(), new_id()
    await hand_over(kit, told(kit, *life(kit, head_id, product_id)[:3]))
    branch = told(kit, ChannelRegistered(occurred_at=kit.now, channel_id=branch_id, kind="bank", parent_id=head_id))
    await hand_over(kit, branch)

    assert await facts(kit, branch_id, product_id) == ChannelFacts(ChannelStatus.REGISTERED, True)


async def test_a_branch_sells_no_longer_than_its_head_office(kit: ServiceKit) -> None:
    head_id, branch_id, product_id = new_id(), new_id(), new_id()
    await hand_over(kit, told(kit, *life(kit, branch_id, product_id, parent_id=head_id)[:3]))
    before = await facts(kit, branch_id, product_id)
    *first, suspended = told(kit, *life(kit, head_id, product_id))
    await hand_over(kit, first)
    active = await facts(kit, branch_id, product_id)
    await hand_over(kit, [suspended])

    assert before == active == ChannelFacts(ChannelStatus.ACTIVE, True)
    assert await facts(kit, branch_id, product_id) == ChannelFacts(ChannelStatus.SUSPENDED, True)


async def test_an_authorization_ended_early_is_no_longer_one(kit: ServiceKit) -> None:
    channel_id, product_id = new_id(), new_id()
    events = life(kit, channel_id, product_id)
    ended = events[2].model_copy(update={"valid_to": date(2026, 2, 1), "occurred_at": kit.now + timedelta(hours=1)})
    batch = told(kit, *events, ended)

    await hand_over(kit, batch)
    await hand_over(kit, [batch[2]])

    known = await facts(kit, channel_id, product_id)
    assert known is not None
    assert not known.is_authorized


async def test_a_terminated_channel_stays_terminated_when_its_activation_comes_late(kit: ServiceKit) -> None:
    channel_id = new_id()
    activated = ChannelActivated(occurred_at=kit.now, channel_id=channel_id)
    terminated = ChannelTerminated(occurred_at=kit.now + timedelta(days=1), channel_id=channel_id)
    first, second = told(kit, activated, terminated)

    await hand_over(kit, [second])
    await hand_over(kit, [first])

    known = await facts(kit, channel_id, new_id())
    assert known is not None
    assert known.status is ChannelStatus.TERMINATED
