"""The journey: from the channel's first word to its last fee, played through the gateway on a shifted clock."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from local_stack.journey import admission, care, complaint, house, sale, settlement
from local_stack.journey.callers import Door, Unexpected
from local_stack.journey.clock import StoryClock
from local_stack.journey.world import World

__all__ = ["Unexpected", "begins_on", "play"]

ACTS = (
    house.open_house,
    house.list_products,
    admission.refuse_finder,
    admission.admit_channel,
    admission.conclude_agreement,
    admission.connect_channel,
    sale.refer_client,
    sale.sell,
    sale.establish,
    care.call_in_vain,
    care.visit,
    complaint.complain,
    complaint.flag,
    complaint.answer,
    complaint.clear,
    settlement.close_month,
    settlement.redeem,
    settlement.settle,
    settlement.settle_clawback,
)


def begins_on(today: date) -> date:
    """Return the first day of the story: a month's first, early enough that all of it lies in the past."""
    return (today - timedelta(days=110)).replace(day=1)


async def play(address: str, *, clock_file: Path, say: Callable[[str], None]) -> World:
    """Play the whole journey at the gateway and tell it line by line.

    Args:
        address: The gateway of a system that knows nobody yet, in the dev environment.
        clock_file: The file that shifts the clock of its processes; the present instant again afterwards.
        say: Prints a line.

    Raises:
        Unexpected: an answer is not what the story needs.
    """
    clock = StoryClock(clock_file)
    world = World(door=Door.at(address), clock=clock, say=say)
    world.days["begin"] = begins_on(clock.today())
    clock.go_to(world.days["begin"], hour=9)
    try:
        for act in ACTS:
            await act(world)
    finally:
        clock.go_to_present()
        await world.door.close()
    return world
