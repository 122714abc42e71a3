"""The boards forget an erased client, whatever comes when; its cases stay as cases without a client."""

from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from ops_dashboard.worker import HANDLERS
from shared.events.base import Event
from shared.events.complaints import ComplaintClientLinked, ComplaintRegistered
from shared.events.erasure import ClientErased
from shared.events.interaction_log import FollowUpScheduled
from shared.events.risk import ClientFlagged
from shared.ids import new_id


def story(at: Any, client_id: UUID, complaint_id: UUID, *, known: bool) -> list[list[Event]]:
    about = {"client_id": client_id}
    case = ComplaintRegistered(
        occurred_at=at, complaint_id=complaint_id, client_id=client_id if known else None, level="major",
        reason="disclosure", received_on=at.date(), due_on=at.date(),
    )  # fmt: skip
    linked = ComplaintClientLinked(occurred_at=at, complaint_id=complaint_id, client_id=client_id)
    return [
        [case] if known else [case, linked],
        [ClientFlagged(occurred_at=at, **about, level="high", score=60, reasons=["outflow"], rule_version="1")],
        [FollowUpScheduled(occurred_at=at, **about, follow_up_id=new_id(), due_on=at.date(), reason="rhythm")],
    ]


@pytest.mark.parametrize("seed", range(12))
async def test_the_boards_forget_an_erased_client_whatever_comes_first(world: Any, seed: int) -> None:
    gone, stays, at = new_id(), new_id(), world.kit.now
    its_case, other_case = new_id(), new_id()
    stories = [
        *story(at, gone, its_case, known=seed % 2 == 0),
        *story(at, stays, other_case, known=seed % 2 == 0),
        [ClientErased(occurred_at=at, client_id=gone, ground="service_ended")],
    ]

    await world.hear_shuffled({**HANDLERS, Event: ()}, stories, Random(seed))

    async with world.kit.database.session() as session:
        cases = await session.execute(text("SELECT complaint_id, client_id FROM complaint_on_board"))
        assert {row.complaint_id: row.client_id for row in cases} == {its_case: None, other_case: stays}
        for table in ("client_at_risk", "follow_up_on_board"):
            assert (await session.execute(text(f"SELECT client_id FROM {table}"))).scalars().all() == [stays]
    told = [payload for type_, payload in await world.kit.outbox() if type_ == "ops-dashboard.erasure.answered.v1"]
    assert [(one["record_kind"], one["outcome"]) for one in told] == [
        ("dashboard", "deleted"),
        ("parked_event", "deleted"),
    ]
