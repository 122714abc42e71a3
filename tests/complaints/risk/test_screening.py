"""Who needs no closer look: screening by one statement must never leave out a client that the rule would flag."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.reasons.rules import RiskLevel, RiskPolicy
from complaints.risk.rules import Standing, assess
from complaints.signals import service as signals
from complaints.signals.rules import Horizon, Rhythm
from shared.clock import start_of_day
from shared.ids import new_id
from shared.rows import copy
from shared.testing.service import ServiceKit

TODAY = date(2026, 3, 2)
CLIENTS = 600
#: What is recorded of a client that nothing speaks against.
CALM = Standing(RiskLevel.LOW, 0, frozenset())


def days(policy: RiskPolicy) -> list[int]:
    """Return days back from today at, before and after each bound of the rule, and some between."""
    cadences = list(policy.cadence_days.values())
    looked_back = policy.days_looked_back
    longest = max(policy.complaints_days, policy.repeat_days)
    bounds = [
        0,
        looked_back,
        longest,
        looked_back + longest,
        policy.outflow_days,
        policy.manager_changed_days,
        *cadences,
    ]
    bounds += [looked_back + bound for bound in (policy.outflow_days, policy.manager_changed_days, *cadences)]
    return [max(0, bound + step) for bound in bounds for step in (-1, 0, 1, 2)] + [3, 17, 45, 400]


def at(back: int) -> datetime:
    return start_of_day(TODAY - timedelta(days=back)) + timedelta(hours=(0, 9, 23)[back % 3])


COLUMNS = (
    *("id", "version", "event_key", "number", "status", "level", "source", "reason", "client_id", "received_at"),
    *("received_on", "registered_at", "registered_by", "due_on", "late_spans", "review_requested", "informed_on"),
    "withdrawn_on",
)


def complaint(client: UUID, back: int, ended: int | None, dice: random.Random) -> tuple[object, ...]:
    """Return the row of a case received `back` days ago that ended `ended` days ago, or is open."""
    id, received = new_id(), TODAY - timedelta(days=back)
    ended_on = None if ended is None else max(received, TODAY - timedelta(days=ended))
    status = "assigned" if ended_on is None else dice.choice(["informed", "withdrawn"])
    ends = (ended_on if status == "informed" else None, ended_on if status == "withdrawn" else None)
    told = (id, 1, id, str(id), status, "ordinary", "phone", "disclosure", client, at(back))
    return (*told, received, at(back), "test", received + timedelta(days=15), [], False, *ends)


async def fill(session: AsyncSession, policy: RiskPolicy, dice: random.Random) -> list[UUID]:
    """Write clients with random facts whose days lie around the bounds of the rule."""
    clients = [new_id() for _ in range(CLIENTS)]
    near, troubled = days(policy), new_id()
    stubs, contacts, flows, changes, cases = [], [], [], [], []
    for client in clients:
        registered = dice.choice([None, at(dice.choice(near))])
        closed = at(dice.choice(near)) if dice.random() < 0.05 else None
        stubs.append((client, at(500), registered, closed, dice.choice([None, "A", "B", "C", "Z"]), 0, 0))
        for _ in range(dice.choice([0, 1, 1, 2, 3, 6])):
            contacts.append((new_id(), client, TODAY - timedelta(days=dice.choice(near)), dice.random() < 0.8, 1))
        for _ in range(dice.choice([0, 0, 1, 2])):
            amount = dice.choice([100_000_00, 200_000_00, -20_000_00, -100_000_00] if dice.random() < 0.3 else [1_00])
            product = troubled if dice.random() < 0.05 else new_id()
            on = TODAY - timedelta(days=dice.choice(near))
            flows.append((new_id(), client, on, amount, dice.random() < 0.1, product))
        if dice.random() < 0.1:
            changes.append((client, at(dice.choice(near))))
        for _ in range(dice.choice([0, 0, 0, 0, 1, 3])):
            cases.append(complaint(client, dice.choice(near), dice.choice([*near, None]), dice))
    await copy(session, "complaint", list(COLUMNS), cases)
    columns = [
        "id",
        "heard_at",
        "registered_at",
        "closed_at",
        "service_class",
        "assigned_version",
        "classified_version",
    ]
    await copy(session, "client_stub", columns, stubs)
    await copy(session, "contact", ["interaction_id", "client_id", "began_on", "is_reached", "told_version"], contacts)
    columns = ["dealing_id", "client_id", "confirmed_on", "amount", "is_reversed", "product_id"]
    await copy(session, "flow", columns, flows)
    await copy(session, "manager_change", ["client_id", "changed_at"], changes)
    trouble = [(troubled, "payment_delayed", TODAY - timedelta(days=5))]
    await copy(session, "product_trouble", ["product_id", "trouble", "happened_on"], trouble)
    return sorted(clients)


async def test_a_client_that_screening_leaves_out_is_calm_by_the_rule(kit: ServiceKit, policy: RiskPolicy) -> None:
    seed = random.randrange(2**32)  # a seed to print
    first = TODAY - timedelta(days=policy.days_looked_back)
    horizon = Horizon(
        complaints_from=first - timedelta(days=max(policy.complaints_days, policy.repeat_days)),
        contacts_from=first,
        flows_from=first - timedelta(days=policy.outflow_days),
        managers_from=first - timedelta(days=policy.manager_changed_days),
    )
    async with kit.database.transaction() as session:
        clients = await fill(session, policy, random.Random(seed))  # repeatable
        rhythm = Rhythm(policy.cadence_days, policy.cadence_of_unknown)
        notable = await signals.notable(session, clients, horizon, TODAY, rhythm)
        facts: dict[UUID, Any] = await signals.facts(session, clients, horizon)

    standing = {client: assess(facts[client], policy, TODAY).standing for client in clients}
    left_out = [client for client in clients if client not in notable]
    wrong = {client: (standing[client], facts[client]) for client in left_out if standing[client] != CALM}
    assert not wrong, f"seed {seed}: {wrong}"
    # It must also be of use: most calm clients are left out, and some of those had contacts or dealings.
    calm = [client for client in clients if standing[client] == CALM]
    assert len(left_out) > len(calm) / 3, f"seed {seed}: {len(left_out)} of {len(calm)} calm clients left out"
    assert sum(bool(facts[client].reached_on) for client in left_out) > 10, f"seed {seed}"
    assert len(calm) < CLIENTS, f"seed {seed}"
