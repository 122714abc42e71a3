"""What complaints came to and what channels are held to account for: told late or twice, the newest word counts."""

import random
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from channel_commission.worker import HANDLERS
from shared.events.complaints import ComplaintChannelOutcomeRecorded
from shared.events.improvement import AccountabilityOutcomeRecorded
from shared.ids import new_id

AT = datetime(2027, 2, 1, 4, 0, tzinfo=UTC)
QUARTER = {"start": "2027-01-01", "until": "2027-04-01"}


def outcome(channel_id: UUID, *, id: UUID | None = None, **fields: Any) -> ComplaintChannelOutcomeRecorded:
    given = {"outcome": "upheld", "ended_on": date(2027, 2, 1), "statements": 1} | fields
    return ComplaintChannelOutcomeRecorded(
        occurred_at=AT,
        complaint_id=id or new_id(),
        channel_id=channel_id,
        level="ordinary",
        reason="disclosure",
        received_on=date(2027, 1, 20),
        **given,
    )


def measure(channel_id: UUID | None, *, id: UUID | None = None, **fields: Any) -> AccountabilityOutcomeRecorded:
    given = {"severity": "serious", "measure": "rectification", "in_force_from": date(2027, 2, 1)} | fields
    return AccountabilityOutcomeRecorded(
        occurred_at=AT,
        accountability_id=id or new_id(),
        channel_id=channel_id,
        decided_on=date(2027, 2, 1),
        has_appealed=False,
        **given,
    )


async def explained(market: Any, channel_id: UUID) -> Any:
    market.kit.now = datetime(2027, 4, 2, 4, 0, tzinfo=UTC)
    await market.post("channel_manager", "/v1/channel-scorecards/compute", QUARTER)
    cards = (await market.get("/v1/channel-scorecards", channel_id=str(channel_id)))["items"]
    return await market.get(f"/v1/channel-scorecards/{cards[-1]['id']}/why")


async def test_cooperation_counts_what_ended_in_the_period(market: Any) -> None:
    channel, other = await market.selling(), await market.selling()
    await market.receive(
        outcome(channel),
        outcome(channel, ended_on=date(2027, 1, 1), outcome="not_upheld", statements=3),
        outcome(channel, ended_on=date(2027, 3, 31), statements=0),
        outcome(channel, ended_on=date(2026, 12, 31), statements=0),
        outcome(channel, ended_on=date(2027, 4, 1), statements=0),
        # Taken back, or of a past that says neither finding nor statement: nothing to hold against anybody.
        outcome(channel, outcome="withdrawn", statements=0),
        outcome(channel, outcome="unstated", statements=0),
        outcome(other, statements=0),
        measure(channel),
        measure(channel, measure=None, in_force_from=None),
        measure(channel, in_force_from=date(2027, 4, 1)),
        measure(other, severity="grave"),
        measure(None),
    )

    why = await explained(market, channel)

    facts = why["facts"]
    assert (facts["ended_complaints"], facts["answered_complaints"], facts["measures"]) == (3, 2, {"serious": 1})
    [line] = [one for one in why["lines"] if one["code"] == "cooperation"]
    assert (line["points"], line["weight"]) == ("36.67", "10")
    assert (why["policy_version"], why["is_same"]) == ("channel.scorecard@2027-01-01", True)


@pytest.mark.parametrize("seed", range(3))
async def test_the_newest_word_holds_in_whatever_order_it_comes(market: Any, seed: int) -> None:
    chance = random.Random(seed)
    channel, case, account = await market.selling(), new_id(), new_id()
    told = [
        (outcome(channel, id=case, statements=0), 4),
        (outcome(channel, id=case, statements=2), 7),
        (outcome(channel, id=case, statements=3), 9),
        (measure(channel, id=account), 2),
        (measure(channel, id=account, measure=None, in_force_from=None), 5),
    ]
    order = chance.choice(list(permutations(told)))
    for event, version in [*order, *order[:2]]:
        await market.kit.receive(HANDLERS, event, version=version)

    [row] = await market.rows("SELECT * FROM channel_outcome WHERE complaint_id = :id", id=case)
    assert (row.version, row.statements) == (9, 3)
    [row] = await market.rows("SELECT * FROM channel_measure WHERE accountability_id = :id", id=account)
    assert (row.version, row.measure, row.in_force_from) == (5, None, None)
