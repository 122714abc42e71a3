"""Any command by anybody on any day, through the API, beside a plain model of what complaints law asks."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id

RECEIVED_ON = date(2026, 3, 2)
STEPS = 35
#: Who takes a complainant's word: the first contact, and all who work at the desk.
DESK = frozenset({"customer_service", "complaint_handler", "complaint_supervisor"})


@dataclass
class Caller:
    """Somebody at the desk, with every office they hold; `http` calls as them."""

    name: str
    id: UUID
    offices: frozenset[str]
    http: Any


@dataclass
class Model:
    """What happened to one case, and what may follow: written from the law and the house rules, not from the code."""

    manager_id: UUID
    today: date = RECEIVED_ON
    is_linked: bool = False
    limits: list[int] = field(default_factory=lambda: [15])
    handler_id: UUID | None = None
    proposed_by: UUID | None = None
    decided_on: date | None = None
    informed_on: date | None = None
    withdrawn_on: date | None = None
    is_closed: bool = False
    review: str = "none"

    @property
    def due_on(self) -> date:
        return RECEIVED_ON + timedelta(days=self.limits[-1])

    @property
    def is_open(self) -> bool:
        return self.informed_on is None and self.withdrawn_on is None

    @property
    def status(self) -> str:
        states = {
            "withdrawn": self.withdrawn_on is not None,
            "review_requested": self.review == "open",
            "closed": self.is_closed,
            "informed": self.informed_on is not None,
            "decided": self.decided_on is not None,
            "proposed": self.proposed_by is not None,
            "assigned": self.handler_id is not None,
        }
        return next((state for state, holds in states.items() if holds), "registered")

    def has_interest(self, person: UUID) -> bool:
        return self.is_linked and person == self.manager_id

    def is_between(self, first: date | None, day: date) -> bool:
        return first is not None and first <= day <= self.today

    def link_client(self, who: Caller, **_: Any) -> bool:
        if self.withdrawn_on or self.is_linked or not DESK & who.offices:
            return False
        self.is_linked = True
        return True

    def assign(self, who: Caller, *, handler: Caller, **_: Any) -> bool:
        is_fit = "complaint_handler" in handler.offices and not self.has_interest(handler.id)
        if not self.is_open or self.proposed_by or not is_fit or "complaint_supervisor" not in who.offices:
            return False
        self.handler_id = handler.id
        return True

    def propose(self, who: Caller, **_: Any) -> bool:
        if not self.is_open or self.handler_id != who.id or self.proposed_by or self.has_interest(who.id):
            return False
        self.proposed_by = who.id
        return True

    def may_judge(self, who: Caller) -> bool:
        is_in_office = bool({"complaint_supervisor", "executive"} & who.offices)
        is_independent = who.id not in (self.handler_id, self.proposed_by) and not self.has_interest(who.id)
        return self.is_open and self.status == "proposed" and is_in_office and is_independent

    def send_back(self, who: Caller, **_: Any) -> bool:
        if not self.may_judge(who):
            return False
        self.proposed_by = None
        return True

    def approve(self, who: Caller, *, is_fresh: bool, **_: Any) -> bool:
        if not self.may_judge(who) or not is_fresh:
            return False
        self.decided_on = self.today
        return True

    def extend(self, who: Caller, *, told_on: date | None, **_: Any) -> bool:
        office = {1: "complaint_supervisor", 2: "executive"}.get(len(self.limits))
        is_told = self.is_between(RECEIVED_ON, told_on) if told_on else len(self.limits) == 1
        is_late = self.today >= self.due_on
        if not self.is_open or office not in who.offices or who.id == self.handler_id or is_late or not is_told:
            return False
        self.limits.append({1: 30, 2: 60}[len(self.limits)])
        return True

    def may_end(self, who: Caller) -> bool:
        in_charge = "complaint_handler" in who.offices and who.id == self.handler_id
        return in_charge or "complaint_supervisor" in who.offices

    def inform(self, who: Caller, *, day: date, **_: Any) -> bool:
        if not self.is_open or not self.may_end(who) or not self.is_between(self.decided_on, day):
            return False
        self.informed_on = day
        return True

    def close(self, who: Caller, **_: Any) -> bool:
        if not self.informed_on or not self.may_end(who) or (self.is_closed and self.review != "open"):
            return False
        self.is_closed = True
        self.review = "over" if self.review == "open" else self.review
        return True

    def withdraw(self, who: Caller, *, day: date, **_: Any) -> bool:
        if not self.is_open or not DESK & who.offices or not self.is_between(RECEIVED_ON, day):
            return False
        self.withdrawn_on = day
        return True

    def request_review(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_asked = self.review != "none"
        if is_asked or not DESK & who.offices or not self.is_between(self.informed_on, day):
            return False
        self.review = "open"
        return True


def body(
    desk: Any, command: str, *, handler: Caller, day: date, told_on: date | None, **_: Any
) -> dict[str, Any] | None:
    bodies: dict[str, dict[str, Any] | None] = {
        "link-client": {"client_id": str(desk.client_id)},
        "assign": {"handler_id": str(handler.id)},
        "propose": desk.proposal,
        "send-back": {"reason": "请补充依据"},
        "approve": None,
        "extend": {"reason": "情况复杂"} | ({"complainant_told_on": str(told_on)} if told_on else {}),
        "inform": {"informed_on": str(day), "method": "phone", "proof": "录音"},
        "close": desk.closing,
        "withdraw": {"withdrawn_on": str(day), "reason": "和解"},
        "request-review": {"requested_on": str(day), "grounds": "不认可结果"},
    }
    return bodies[command]


async def people(desk: Any) -> list[Caller]:
    """A handler, one who is the client's manager, one who supervises too; a supervisor, an executive, an agent."""
    offices = [
        ("handler", desk.handler_id, ["complaint_handler"]),
        ("managing handler", desk.manager_id, ["complaint_handler"]),
        ("handling supervisor", new_id(), ["complaint_handler", "complaint_supervisor"]),
        ("supervisor", desk.supervisor_id, ["complaint_supervisor"]),
        ("managing executive", desk.manager_id, ["executive"]),
        ("executive", new_id(), ["executive"]),
        ("agent", new_id(), ["customer_service"]),
    ]
    for _, person, held in offices:
        if "complaint_handler" in held:
            await desk.joined(person, *held)
    return [
        Caller(name, person, frozenset(held), desk.kit.staff(*held, id=person, unit_id=new_id()))
        for name, person, held in offices
    ]


COMMANDS = ["link-client", "assign", "propose", "send-back", "approve", "extend", "inform", "close", "request-review"]


@dataclass
class Attempt:
    """A command by somebody, with what its body says."""

    command: str
    who: Caller
    said: dict[str, Any]

    def is_allowed(self, model: Model) -> bool:
        """Return whether the model takes it; the model remembers if so."""
        taken: bool = getattr(model, self.command.replace("-", "_"))(self.who, **self.said)
        return taken


def attempt(chance: random.Random, callers: list[Caller], today: date) -> Attempt:
    return Attempt(
        command=chance.choice(COMMANDS * 4 + ["withdraw"]),
        who=chance.choice(callers),
        said={
            "handler": chance.choice(callers[:4]),
            "day": today + timedelta(days=chance.choice([0, 0, 0, -1, 1, -9])),
            "told_on": chance.choice([None, today, today + timedelta(days=1)]),
            "is_fresh": chance.random() < 0.8,
        },
    )


def next_attempt(chance: random.Random, callers: list[Caller], model: Model) -> Attempt:
    """Return any attempt, more often one that leads on, else few walks would reach the end of a case."""
    attempts = [attempt(chance, callers, model.today) for _ in range(60)]
    taken = [one for one in attempts if one.is_allowed(replace(model, limits=[*model.limits]))]
    leading_on = [one for one in taken if one.command != "withdraw"]
    return leading_on[0] if leading_on and chance.random() < 0.6 else attempts[0]


@pytest.mark.parametrize("seed", range(10))
async def test_a_case_takes_what_the_law_allows_and_nothing_else(desk: Any, seed: int) -> None:
    chance = random.Random(seed)
    model, callers = Model(manager_id=desk.manager_id), await people(desk)
    stranger = {"client_id": None, "complainant": {"name": "王小明", "phone": "13812341234"}}
    path = f"/v1/complaints/{await desk.registered(**stranger)}"
    read = (await desk.agent.get(path)).json()

    for _ in range(STEPS):
        days = chance.choice([0, 0, 0, 1, 4])
        desk.kit.now += timedelta(days=days)
        model.today += timedelta(days=days)
        tried = next_attempt(chance, callers, model)
        version = read["version"] if tried.said["is_fresh"] else read["version"] - 1
        headers = {"If-Match": f'"{version}"'} if tried.command == "approve" else {}

        wanted = body(desk, tried.command, **tried.said)
        answer = await tried.who.http.post(f"{path}/{tried.command}", json=wanted, headers=headers)
        is_allowed = tried.is_allowed(model)

        told = f"{tried.command} by {tried.who.name} with {wanted} of {read['status']}: {answer.text}"
        assert answer.is_success == is_allowed, told
        assert answer.status_code in ((200,) if is_allowed else (403, 409, 412, 422)), told
        before, read = read, (await desk.agent.get(path)).json()
        assert read["version"] == before["version"] + is_allowed, told
        await agrees(desk, path, read, model)


async def agrees(desk: Any, path: str, read: dict[str, Any], model: Model) -> None:
    """Check that case and clock are as the model has them."""
    proof = (await desk.agent.get(f"{path}/clock")).json()
    is_overdue = model.is_open and model.today > model.due_on
    stopped_on = model.informed_on or model.withdrawn_on
    in_time = model.informed_on <= model.due_on if model.informed_on else None

    assert (read["status"], read["is_open"]) == (model.status, model.is_open)
    assert read["handler_id"] == (str(model.handler_id) if model.handler_id else None)
    assert read["due_on"] == proof["due_on"] == str(model.due_on)
    assert read["is_overdue"] == proof["is_overdue"] == is_overdue
    assert read["is_in_time"] == proof["is_in_time"] == in_time
    assert proof["stopped_on"] == (str(stopped_on) if stopped_on else None)
    assert [step["rule"]["days"] for step in proof["steps"] if step["rule"]] == model.limits
    assert proof["is_proven"]
