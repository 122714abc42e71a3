"""Any command by anybody on any day, through the API, beside a plain model of what complaints law asks."""

import copy
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from case_model import Caller, Model

from shared.ids import new_id

STEPS = 35
SELLER = UUID(int=77)


CODES = {"channel_code": "A1-03-2", "business_code": "B05-01-1", "reason_code": "C05"}


def body(
    desk: Any,
    command: str,
    *,
    handler: Caller,
    day: date,
    told_on: date | None,
    outcome: str,
    mark: int,
    pays: int,
    level: str,
    has_codes: bool,
    today: date,
    has_proof: bool,
    **_: Any,
) -> dict[str, Any] | None:
    bodies: dict[str, dict[str, Any] | None] = {
        "link-client": {"client_id": str(desk.client_id)},
        "assign": {"handler_id": str(handler.id)},
        "propose": desk.proposal | ({"compensation": {"amount": f"{pays}.00"}} if pays else {}),
        "send-back": {"reason": "请补充依据"},
        "approve": None,
        "extend": {"reason": "情况复杂"} | ({"complainant_told_on": str(told_on)} if told_on else {}),
        "suspend": {"began_on": str(day), "appraiser": "评估公司", "reason": "估值"}
        | ({"complainant_told_on": str(told_on)} if told_on else {}),
        "resume": {"ended_on": str(day), "result": "已出具报告"},
        "new-facts": {"arrived_on": str(day), "facts": "新提交的录音"},
        "inform": {"informed_on": str(day), "method": "phone", "proof": "录音"},
        "close": desk.closing,
        "withdraw": {"withdrawn_on": str(day), "reason": "和解"} | ({"proof": "录音"} if has_proof else {}),
        "decline": {"reason": "授权不实", "told_on": str(day), "method": "phone", "proof": "录音"},
        "representatives": {"contact": {"name": "李四", "phone": "13900000000"}, "persons": 9},
        "repeats": {"facts": "再次来电，诉求相同"},
        "classify": {"tags": ["media"], "level": level, "why": "媒体关注"} | (CODES if has_codes else {}),
        "reclassify": {"kind": "enquiry", "reason": "仅咨询产品条款"},
        "request-review": {"requested_on": str(day), "grounds": "不认可结果"},
        "decide-review": {"outcome": outcome, "findings": "核查过程", "basis": "依据", "remedies": "诉讼"}
        | ({"is_upheld": True} if outcome == "changed" else {}),
        "decline-review": {"informed_on": str(day), "method": "phone", "proof": "录音", "remedies": "调解"},
        "inform-review": {"informed_on": str(day), "method": "phone", "proof": "录音"},
        "reopen": {"arrived_on": str(day), "facts": f"新证据{mark}", "source": "phone"},
        "evidence": EVIDENCE | {"received_on": str(day)},
        "tracks": {"kind": "mediation", "body": f"调解中心{mark}", "began_on": str(day)},
        "tasks": {"what": "调取双录资料", "owner_id": str(handler.id), "due_on": str(today)},
        "end-task": {"outcome": "done", "result": "已调取"},
        "agree-compensation": {"amount": {"amount": f"{pays or 100}.00"}, "agreed_on": str(day), "agreement": "和解"},
        "approve-compensation": None,
        "refuse-compensation": {"reason": "缺乏依据"},
        "pay-compensation": {"paid_on": str(day), "proof": "银行回单"},
    }
    return bodies[command]


async def people(desk: Any, head: UUID, branch: UUID) -> list[Caller]:
    """Three handlers in a branch, one the client's manager, one in the sale; another who supervises, and others."""
    below, above = (new_id(), branch, head), (new_id(), head)
    offices = [
        ("branch handler", desk.handler_id, ["complaint_handler"], below),
        ("managing handler", desk.manager_id, ["complaint_handler"], below),
        ("selling handler", SELLER, ["complaint_handler"], below),
        ("handling supervisor", new_id(), ["complaint_handler", "complaint_supervisor"], above),
        ("supervisor", desk.supervisor_id, ["complaint_supervisor"], above),
        ("branch supervisor", new_id(), ["complaint_supervisor"], below),
        ("managing executive", desk.manager_id, ["executive"], below),
        ("executive", new_id(), ["executive"], above),
        ("agent", new_id(), ["customer_service"], above),
    ]
    at: dict[UUID, tuple[UUID, ...]] = {}
    for _, person, held, units in offices:
        if person not in at:
            await desk.joined(person, *held, units=units)
            at[person] = units
    return [
        Caller(name, person, at[person], frozenset(held), desk.kit.staff(*held, id=person, unit_id=units[0]))
        for name, person, held, units in offices
    ]


COMMANDS = [
    *("link-client", "assign", "propose", "send-back", "approve", "extend", "inform", "close", "request-review"),
    *("suspend", "resume", "representatives", "classify", "repeats"),
    *("decide-review", "decline-review", "inform-review", "reopen", "tracks"),
    *("agree-compensation", "approve-compensation", "pay-compensation", "tasks", "end-task", "evidence"),
]
EVIDENCE = {"kind": "contract", "description": "信托合同", "provider": "company"}
#: Those that go on leave the case where it is, or end it too early for the rest to be met.
ASIDE = (
    *("withdraw", "new-facts", "reclassify", "decline", "tracks", "reopen", "link-client"),
    *("agree-compensation", "refuse-compensation", "tasks"),
)


SELDOM = ["new-facts", "new-facts", "withdraw", "reclassify", "decline", "refuse-compensation"]


@dataclass
class Attempt:
    """A command by somebody, with what its body says."""

    command: str
    who: Caller
    said: dict[str, Any]

    def is_allowed(self, model: Model) -> bool:
        """Return whether the model takes it; the model remembers if so."""
        names = {"tracks": "begin_track", "tasks": "give_task"}
        name = names.get(self.command, self.command.replace("-", "_"))
        taken: bool = getattr(model, name)(self.who, **self.said)
        return taken


def attempt(chance: random.Random, callers: list[Caller], today: date) -> Attempt:
    return Attempt(
        command=chance.choice(COMMANDS * 4 + SELDOM),
        who=chance.choice(callers),
        said={
            "handler": chance.choice(callers[:5]),
            "day": today + timedelta(days=chance.choice([0, 0, 0, -1, 1, -9])),
            "told_on": chance.choice([None, today, today + timedelta(days=1)]),
            "outcome": chance.choice(["upheld", "changed", "sent_back"]),
            "pays": chance.choice([0, 100, 2_000, 60_000]),
            "level": chance.choice(["ordinary", "ordinary", "major"]),
            "has_codes": chance.random() < 0.7,
            "has_proof": chance.random() < 0.7,
            "mark": chance.randrange(10**9),
            "today": today,
            "is_fresh": chance.random() < 0.8,
        },
    )


def next_attempt(chance: random.Random, callers: list[Caller], model: Model) -> Attempt:
    """Return any attempt, more often one that leads on, else few walks would reach the end of a case."""
    attempts = [attempt(chance, callers, model.today) for _ in range(60)]
    taken = [one for one in attempts if one.is_allowed(copy.deepcopy(model))]
    leading_on = [one for one in taken if one.command not in ASIDE]
    return leading_on[0] if leading_on and chance.random() < 0.6 else attempts[0]


@pytest.mark.parametrize("seed", range(10))
async def test_a_case_takes_what_the_law_allows_and_nothing_else(
    desk: Any, offices: tuple[UUID, UUID], seed: int
) -> None:
    chance = random.Random(seed)
    head, branch = offices
    model, callers = Model(desk.manager_id, SELLER, branch, head), await people(desk, head, branch)
    await desk.bought(new_id(), "2026-02-10")
    await desk.spoke(SELLER, "2026-02-08")
    stranger = {"client_id": None, "complainant": {"name": "王小明", "phone": "13812341234"}} | dict.fromkeys(CODES)
    path = f"/v1/complaints/{await desk.registered(**stranger)}"
    read = (await desk.agent.get(path)).json()

    for _ in range(STEPS):
        days = chance.choice([0, 0, 0, 1, 4])
        desk.kit.now += timedelta(days=days)
        model.today += timedelta(days=days)
        tried = next_attempt(chance, callers, model)
        version = read["version"] if tried.said["is_fresh"] else read["version"] - 1
        headers = {"If-Match": f'"{version}"'} if tried.command.startswith("approve") else {}

        wanted = body(desk, tried.command, **tried.said)
        where = f"{path}/{tried.command}" if tried.command != "end-task" else await first_task(desk, path)
        answer = await tried.who.http.post(where, json=wanted, headers=headers)
        is_allowed = tried.is_allowed(model)

        told = f"{tried.command} by {tried.who.name} with {wanted} of {read['status']}: {answer.text}"
        assert answer.is_success == is_allowed, told
        assert answer.status_code in ((200, 201, 204) if is_allowed else (403, 404, 409, 412, 422)), told
        before, read = read, (await desk.agent.get(path)).json()
        assert read["version"] == before["version"] + is_allowed, told
        await agrees(desk, path, read, model)


async def first_task(desk: Any, path: str) -> str:
    """Return where to end the first task of the case that is open, or one that never was."""
    tasks = (await desk.supervisor.get(f"{path}/tasks")).json()["items"]
    ids = [task["id"] for task in tasks if task["ended_on"] is None]
    return f"/v1/complaint-tasks/{ids[0] if ids else new_id()}/end"


async def agrees(desk: Any, path: str, read: dict[str, Any], model: Model) -> None:
    """Check that case and clock are as the model has them."""
    proof = (await desk.agent.get(f"{path}/clock")).json()
    is_overdue = model.counts and model.today > model.due_on
    stopped_on = model.informed_on or model.withdrawn_on or model.reclassified_on or model.rejected_on
    is_late = model.breached or (model.informed_on and model.informed_on > model.due_on)
    in_time = not is_late if model.informed_on else None

    assert (read["status"], read["is_open"]) == (model.status, model.is_open)
    assert read["handler_id"] == (str(model.handler_id) if model.handler_id else None)
    assert read["due_on"] == proof["due_on"] == str(model.due_on)
    assert read["is_overdue"] == proof["is_overdue"] == is_overdue
    assert read["is_in_time"] == proof["is_in_time"] == in_time
    assert proof["stopped_on"] == (str(stopped_on) if stopped_on else None)
    limits = [step["rule"]["days"] for step in proof["steps"] if step["rule"]]
    assert limits[-len(model.limits) :] == model.limits
    assert model.breached <= {date.fromisoformat(breach["due_on"]) for breach in proof["breaches"]}
    assert (proof["counted_from"], proof["excluded_days"]) == (str(model.counted_from), model.excluded)
    assert proof["is_proven"]
    paid = f"{model.agreed}.00" if model.paid_on else None
    assert (read["compensation"] or {}).get("amount") == paid
    assert read["level"] == model.level
    assert (read["next_task_due_on"] is not None) == bool(model.tasks)
    assert (await desk.kit.count("track"), await desk.kit.count("complaint")) == (model.tracks, 1 + model.followers)
