"""Receipts and complaints in any order, each told twice, give what a plain reading of them gives."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from client_profile.worker import HANDLERS
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.channel_commission import AccrualBooked
from shared.events.complaints import (
    ComplaintClientLinked,
    ComplaintClosed,
    ComplaintInformed,
    ComplaintRegistered,
    ComplaintReviewRequested,
)
from shared.events.erasure import ComplaintsErasureAnswered, InteractionLogErasureAnswered
from shared.events.risk import ClientFlagged
from shared.ids import new_id
from shared.money import Money


async def told_in_any_order(kit: Any, events: list[Received[Event]], seed: int) -> None:
    """Deliver every event twice, shuffled, in batches of any size."""
    rng = Random(seed)
    mixed = [*events, *events]
    rng.shuffle(mixed)
    while mixed:
        batch = [mixed.pop() for _ in range(min(len(mixed), rng.randint(1, 4)))]
        async with kit.database.transaction() as session:
            await deliver(session, HANDLERS, batch)


async def rows(kit: Any, statement: str) -> list[tuple[Any, ...]]:
    async with kit.database.session() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


def versions(kit: Any, *events: Event) -> list[Received[Event]]:
    return [replace(kit.received(event), aggregate_version=place) for place, event in enumerate(events, start=1)]


@pytest.mark.parametrize("seed", range(12))
async def test_receipts_and_cases_end_the_same_whatever_comes_first(kit: Any, seed: int) -> None:
    client_id, case_id, at, today = UUID(int=1), UUID(int=2), kit.now, kit.now.date()
    about = {"complaint_id": case_id, "client_id": client_id}
    case = versions(
        kit,
        ComplaintRegistered(
            occurred_at=at, complaint_id=case_id, level="ordinary", reason="disclosure", received_on=today, due_on=today
        ),
        ComplaintClientLinked(occurred_at=at, **about),
        ComplaintInformed(occurred_at=at, **about, informed_on=today, is_in_time=True),
        ComplaintReviewRequested(occurred_at=at, **about),
        ComplaintClosed(occurred_at=at, **about, root_cause="disclosure"),
    )
    case = case[: 1 + seed % 5]
    file = {"client_id": client_id, "record_kind": "complaint_file"}
    receipts: list[Event] = [
        ComplaintsErasureAnswered(
            occurred_at=at, **file, outcome="restricted", kept_until=today, legal_basis="retention.x@2020-01-01"
        ),
        ComplaintsErasureAnswered(occurred_at=at + timedelta(days=1), **file, outcome="deleted"),
        InteractionLogErasureAnswered(occurred_at=at, client_id=client_id, record_kind="timeline", outcome="deleted"),
    ]

    await told_in_any_order(kit, [*case, *map(kit.received, receipts)], seed)

    runs = {0: True, 1: True, 2: False, 3: True, 4: False}[len(case) - 1]
    linked = client_id if len(case) > 1 else None
    assert await rows(kit, "SELECT client_id, is_open FROM known_case") == [(linked, runs)]
    kept = await rows(kit, "SELECT service, record_kind, outcome, kept_until FROM erasure_answer ORDER BY service")
    assert kept == [
        ("complaints", "complaint_file", "deleted", None),
        ("interaction-log", "timeline", "deleted", None),
    ]


async def test_late_events_do_not_bring_an_erased_client_back(kit: Any, house: Any) -> None:
    client = await house.client()
    path, client_id = f"/v1/clients/{client['id']}", UUID(client["id"])
    assert (await house.compliance.post(f"{path}/close", json={"reason": "other"})).status_code == 200
    version = (await house.compliance.get(f"{path}/erasure")).headers["ETag"]
    wanted = {"ground": "service_ended", "request_number": "GX-1", "reason": "保存期限届满"}
    done = await house.compliance.post(f"{path}/erase", json=wanted, headers={"If-Match": version})
    assert done.status_code == 200, done.text

    accrual = {name: new_id() for name in ("accrual_id", "channel_id", "product_id", "dealing_id")}
    await kit.receive(
        HANDLERS,
        ClientFlagged(
            occurred_at=kit.now, client_id=client_id, level="high", score=60, reasons=["outflow"], rule_version="1"
        ),
        AccrualBooked(
            occurred_at=kit.now, client_id=client_id, **accrual, bearer="company", amount=Money.from_fen(100),
            earned_period="2026-02", booked_period="2026-02",
        ),
        ComplaintRegistered(
            occurred_at=kit.now, complaint_id=new_id(), client_id=client_id, level="major", reason="disclosure",
            received_on=kit.now.date(), due_on=kit.now.date(),
        ),
    )  # fmt: skip

    for table in ("client_risk", "rebate_entry", "known_case"):
        assert await kit.count(table) == 0, table
