"""Branches move between head offices, day by day, and what was known before stays readable."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from channel_commission.hierarchy.service import keep_up


async def move(market: Any, channel: Any, parent: Any, since: str, *, status: int = 200) -> Any:
    body = {"parent_id": parent and parent["id"], "since": since, "reason": "机构调整"}
    return await market.post("channel_manager", f"/v1/channels/{channel['id']}/move", body, status=status)


async def standing(market: Any, channel: Any, **query: str) -> tuple[Any, list[str]]:
    found = await market.get(f"/v1/channels/{channel['id']}/hierarchy", **query)
    return found["parent_id"], found["branches"]


async def test_a_branch_stands_under_its_head_office_of_the_day_as_known_then(market: Any) -> None:
    first, second = await market.prospect(), await market.prospect()
    branch = await market.prospect(parent_id=first["id"])
    (before,) = await market.rows("SELECT clock_timestamp() AS now")
    assert (await move(market, branch, second, "2026-02-01"))["parent_id"] == second["id"]

    assert await standing(market, branch, on="2026-01-31") == (first["id"], [])
    assert await standing(market, branch, on="2026-02-01") == (second["id"], [])
    known_before = before.now.isoformat()
    assert await standing(market, branch, on="2026-02-01", known_at=known_before) == (first["id"], [])
    assert (await standing(market, second, on="2026-02-01"))[1] == [branch["id"]]
    assert (await standing(market, first, on="2026-02-01"))[1] == []


async def test_a_planned_move_comes_true_on_its_day(market: Any) -> None:
    head = await market.prospect()
    branch = await market.prospect()
    assert (await move(market, branch, head, "2026-03-10"))["parent_id"] is None
    for day, parent in (("2026-03-09", None), ("2026-03-10", head["id"]), ("2026-03-11", head["id"])):
        market.kit.now = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
        async with market.kit.database.transaction() as session:
            await keep_up(session, market.kit.now, 100)
        assert (await market.get(f"/v1/channels/{branch['id']}"))["parent_id"] == parent
    told = [payload for type_, payload in await market.kit.outbox() if payload.get("changed") == ["parent_id"]]
    assert len(told) == 2  # the move, and the day it came true


async def test_cycles_and_branches_of_branches_are_refused_and_write_nothing(market: Any) -> None:
    head, other = await market.prospect(), await market.prospect()
    branch = await market.prospect(parent_id=head["id"])
    for channel, parent, code in (
        (head, head, "hierarchy_cycle"),
        (head, branch, "hierarchy_cycle"),
        (other, branch, "head_office_is_branch"),
        (head, other, "has_branches"),
        (branch, head, "nothing_moves"),
    ):
        assert (await move(market, channel, parent, "2026-03-02", status=409))["code"] == code
    assert await market.kit.count("channel_edge") == 1
    assert (await move(market, branch, {"id": "x"}, "2026-03-02", status=422))["errors"][0]["pointer"] == "/parent_id"


async def test_two_moves_that_would_close_a_circle_do_not_both_happen(market: Any) -> None:
    one, other = await market.prospect(), await market.prospect()
    manager, since = market.staff("channel_manager"), {"since": "2026-03-02", "reason": "并购"}
    answers = await asyncio.gather(
        manager.post(f"/v1/channels/{one['id']}/move", json={"parent_id": other["id"], **since}),
        manager.post(f"/v1/channels/{other['id']}/move", json={"parent_id": one["id"], **since}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await market.kit.count("channel_edge") == 1


async def test_the_database_refuses_two_head_offices_on_one_day_and_days_that_are_none(market: Any) -> None:
    head = await market.prospect()
    branch = await market.prospect(parent_id=head["id"])
    insert = (
        "INSERT INTO channel_edge (id, channel_id, parent_id, valid_from, valid_until, known_from)"
        " VALUES (gen_random_uuid(), :branch, :head, :start, :until, clock_timestamp())"
    )
    for start, until, constraint in (("2026-01-01", None, "no_overlap"), ("1999-01-01", "1999-01-01", "period")):
        values = {"branch": branch["id"], "head": head["id"], "start": start, "until": until}
        with pytest.raises(IntegrityError, match=constraint):
            async with market.kit.database.transaction() as session:
                await session.execute(text(insert), values)
