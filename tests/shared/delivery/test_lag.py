"""How far consumers are behind, asked again and again over the same connections."""

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from widgets import SERVICE, TOPIC, Workshop, record_some, running

from shared.delivery import lag
from shared.delivery.lag import lag_watch


async def test_lag_is_what_was_sent_and_not_taken_asked_over_connections_that_stay(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def count(**options: object) -> AIOKafkaConsumer:
        made.append(AIOKafkaConsumer(**options))
        return made[-1]

    monkeypatch.setattr(lag, "AIOKafkaConsumer", count)
    look = lag_watch(workshop.bootstrap, [SERVICE], topic_prefix=workshop.prefix)
    await record_some(workshop, 30)
    async with running(workshop.relay(), workshop.consumer()):
        await workshop.until_applied(30)
    before = await look()
    await record_some(workshop, 12)
    await workshop.send_all()

    assert (before, await look()) == ({(SERVICE, TOPIC): 0}, {(SERVICE, TOPIC): 12})
    assert len(made) == 1


async def test_a_broker_that_is_away_is_asked_anew_each_time() -> None:
    look = lag_watch("127.0.0.1:1", [SERVICE])

    for _ in range(2):
        with pytest.raises(KafkaError):
            await look()
