"""The boards of complaints and follow-ups, told in any order across cases, against what the stories say."""

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from ops_dashboard.caseload.handlers import HANDLERS
from shared.events import complaints as cases
from shared.events import interaction_log as log
from shared.events.base import Event
from shared.ids import new_id
from shared.testing.service import START

TODAY = date(2026, 3, 2)


def registered(**changes: Any) -> cases.ComplaintRegistered:
    values: dict[str, Any] = {
        "occurred_at": START,
        "complaint_id": new_id(),
        "level": "ordinary",
        "reason": "service",
        "received_on": TODAY,
        "due_on": TODAY + timedelta(days=15),
    }
    return cases.ComplaintRegistered(**values | changes)


def _case(rng: Random) -> list[Event]:
    first = registered(
        due_on=TODAY + timedelta(days=rng.randint(-5, 15)),
        level=rng.choice(["ordinary", "major"]),
        client_id=new_id() if rng.random() < 0.5 else None,
    )
    case: dict[str, Any] = {"occurred_at": START, "complaint_id": first.complaint_id}
    due_on = first.due_on + timedelta(days=15)
    steps: list[Event] = [
        cases.ComplaintClientLinked(**case, client_id=new_id()),
        cases.ComplaintClassified(**case, level="complicated", reason="pricing"),
        cases.ComplaintAssigned(**case, handler_id=new_id()),
        cases.ComplaintOverdue(**case, due_on=first.due_on),
        cases.ComplaintExtended(**case, due_on=due_on, limit_days=30),
        cases.ComplaintResumed(**case, due_on=due_on + timedelta(days=3), excluded_days=3),
        cases.ComplaintRestarted(**case, due_on=due_on + timedelta(days=9), restarted_on=due_on),
        cases.ComplaintAssigned(**case, handler_id=new_id()),
        cases.ComplaintDecided(**case, is_upheld=True),
    ]
    end: list[list[Event]] = [
        [],
        [cases.ComplaintWithdrawn(**case)],
        [cases.ComplaintReclassified(**case, kind="enquiry")],
        [cases.ComplaintRejected(**case)],
        [
            cases.ComplaintInformed(**case, informed_on=due_on, is_in_time=rng.random() < 0.5),
            cases.ComplaintClosed(**case, root_cause="process"),
        ],
    ]
    return [first, *(step for step in steps if rng.random() < 0.6), *rng.choice(end)]


def _running(story: list[Event]) -> dict[str, Any] | None:
    """Say what the board shows of a case; nothing once its clock stands."""
    over = cases.ComplaintWithdrawn | cases.ComplaintReclassified | cases.ComplaintRejected | cases.ComplaintInformed
    if any(isinstance(event, over) for event in story):
        return None
    first = story[0]
    assert isinstance(first, cases.ComplaintRegistered)
    linked = [event.client_id for event in story if isinstance(event, cases.ComplaintClientLinked)]
    classified = [event.level for event in story if isinstance(event, cases.ComplaintClassified)]
    handlers = [event.handler_id for event in story if isinstance(event, cases.ComplaintAssigned)]
    moving = cases.ComplaintExtended | cases.ComplaintResumed | cases.ComplaintRestarted
    extended = [event.due_on for event in story if isinstance(event, moving)]
    is_decided = any(isinstance(event, cases.ComplaintDecided) for event in story)
    return {
        "complaint_id": first.complaint_id,
        "client_id": (linked or [first.client_id])[-1],
        "handler_id": (handlers or [None])[-1],
        "level": (classified or [first.level])[-1],
        "due_on": (extended or [first.due_on])[-1],
        "status": "decided" if is_decided else "open",
        "is_overdue": not extended and any(isinstance(event, cases.ComplaintOverdue) for event in story),
    }


@pytest.mark.parametrize("seed", range(8))
async def test_complaints_told_in_any_order_are_shown_as_their_stories_say(world: Any, seed: int) -> None:
    rng = Random(seed)
    stories = [_case(rng) for _ in range(12)]

    await world.hear_shuffled(HANDLERS, stories, rng)

    wanted = [case for case in map(_running, stories) if case]
    wanted.sort(key=lambda case: (case["due_on"], case["complaint_id"]))
    shown = await world.listed("/v1/operations/complaints")
    assert [{name: item[name] for name in wanted[0]} for item in shown] == [_as_json(case) for case in wanted]
    due = await world.shown("/v1/operations/due")
    days = [(case["due_on"] - TODAY).days for case in wanted]
    assert due["complaints_open"] == len(days)
    assert due["complaints_overdue"] == sum(day < 0 for day in days)
    assert due["complaints_due_today"] == days.count(0)
    assert due["complaints_due_in_3_days"] == sum(0 <= day <= 3 for day in days)


def _follow_up(rng: Random) -> list[Event]:
    task: dict[str, Any] = {"occurred_at": START, "follow_up_id": new_id(), "client_id": new_id()}
    plans = [
        log.FollowUpScheduled(
            **task,
            due_on=TODAY + timedelta(days=rng.randint(-3, 9)),
            reason="rhythm",
            assignee_id=new_id() if rng.random() < 0.7 else None,
        )
        for _ in range(rng.randint(1, 3))
    ]
    ends: list[list[Event]] = [
        [],
        [],
        [log.FollowUpCompleted(**task)],
        [log.FollowUpCanceled(**task)],
        [log.FollowUpMissed(**task, due_on=plans[-1].due_on)],
    ]
    return [*plans, *rng.choice(ends)]


@pytest.mark.parametrize("seed", range(8))
async def test_follow_ups_told_in_any_order_are_shown_as_planned_last(world: Any, seed: int) -> None:
    rng = Random(seed)
    stories = [_follow_up(rng) for _ in range(12)]

    await world.hear_shuffled(HANDLERS, stories, rng)

    plans = [story[-1] for story in stories if isinstance(story[-1], log.FollowUpScheduled)]
    plans.sort(key=lambda plan: (plan.due_on, plan.follow_up_id))
    shown = await world.listed("/v1/operations/follow-ups")
    assert [(item["follow_up_id"], item["due_on"], item["assignee_id"]) for item in shown] == [
        (str(plan.follow_up_id), str(plan.due_on), plan.assignee_id and str(plan.assignee_id)) for plan in plans
    ]
    due = await world.shown("/v1/operations/due")
    days = [(plan.due_on - TODAY).days for plan in plans]
    assert due["follow_ups_open"] == len(days)
    assert due["follow_ups_overdue"] == sum(day < 0 for day in days)
    assert due["follow_ups_due_today"] == days.count(0)


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID | date) else value for name, value in values.items()}


async def test_what_is_due_before_a_day_is_listed(world: Any) -> None:
    early, late = registered(due_on=TODAY), registered(due_on=TODAY + timedelta(days=1))
    await world.hear(early, late)

    shown = await world.listed("/v1/operations/complaints", due_before="2026-03-03")

    assert [item["complaint_id"] for item in shown] == [str(early.complaint_id)]


async def test_today_is_the_day_in_shanghai(kit: Any, world: Any) -> None:
    await world.hear(registered(due_on=TODAY))
    kit.now = START.replace(hour=16)

    due = await world.shown("/v1/operations/due")

    assert (due["as_of"], due["complaints_overdue"]) == ("2026-03-03", 1)
