"""`position`: where a consumer goes on in each partition, shown or moved."""

from aiokafka import TopicPartition

from shared.delivery import positions
from shared.operations.reading import distance, source
from shared.operations.screen import Refused, Screen
from shared.operations.service import Service, audit, transaction


async def show(service: Service, screen: Screen) -> int:
    """Print the next offset of every partition that the service reads, and what Kafka holds of it."""
    async with transaction(service) as session:
        taken = await positions.read(session, service.name)
    async with source(service) as kafka:
        beginnings, ends = await kafka.beginnings(taken.keys()), await kafka.ends(taken.keys())
    rows = [
        (place.topic, place.partition, taken[place], beginnings[place], ends[place], distance(taken, {place: end}))
        for place, end in sorted(ends.items())
    ]
    screen.show(["topic", "#partition", "#next", "#first held", "#end", "#lag"], rows)
    return 0


async def move(service: Service, place: TopicPartition, to: str, screen: Screen, *, reason: str) -> int:
    """Send the service's consumer to an offset, or let it begin there as if it were new (`start`).

    Raises:
        NotConfirmed: nobody said yes.
        Refused: Kafka does not hold this offset.
    """
    offset = None if to == "start" else int(to)
    async with source(service) as kafka:
        beginning, end = (await kafka.beginnings([place]))[place], (await kafka.ends([place]))[place]
    if offset is not None and not beginning <= offset <= end:
        raise Refused(f"{place.topic}[{place.partition}] holds offsets {beginning} to {end}, not {offset}.")
    async with transaction(service) as session:
        before = (await positions.read(session, service.name)).get(place)
    screen.confirm(_plan(service.name, place, before, beginning if offset is None else offset))
    async with transaction(service) as session:
        await positions.move(session, service.name, place, offset)
        facts = {"topic": place.topic, "partition": place.partition, "from": before, "to": to}
        await audit(session, "consumer_position_moved", kind="consumer", reason=reason, facts=facts)
    screen.say(f"{service.name} goes on with {place.topic}[{place.partition}] at {to}; restart its worker")
    return 0


def _plan(consumer: str, place: TopicPartition, before: int | None, to: int) -> list[str]:
    here = f"{place.topic}[{place.partition}]"
    if before is None or to == before:
        return [f"let {consumer} read {here} from offset {to}"]
    if to > before:
        return [
            f"skip {to - before} offsets of {here}: {consumer} will not apply what stands from {before} to {to - 1}"
        ]
    return [
        f"let {consumer} read {before - to} offsets of {here} again, from {to}",
        "apply of them only what its inbox does not know: nothing happens twice",
    ]
