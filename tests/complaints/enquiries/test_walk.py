"""Any command by anybody on an enquiry, through the API, beside a plain model of the house's rules."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from shared.ids import new_id

KINDS = ["enquiry", "suggestion", "violation_report"]


@dataclass
class Model:
    """What happened to it, written from the house's rules."""

    kind: str
    owner: str | None = None
    is_answered: bool = False
    is_complaint: bool = False

    @property
    def status(self) -> str:
        if self.is_complaint:
            return "reclassified"
        if self.is_answered:
            return "answered"
        return "assigned" if self.owner else "received"

    def reaches(self, who: str) -> bool:
        return who in ("supervisor", self.owner) or (who == "agent" and self.kind != "violation_report")

    def assign(self, who: str, body: dict[str, Any]) -> bool:
        is_fit = self.kind != "violation_report" or body["to"] == "compliance"
        if who != "supervisor" or self.is_answered or self.is_complaint or not is_fit:
            return False
        self.owner = body["to"]
        return True

    def answer(self, who: str, body: dict[str, Any]) -> bool:
        is_complete = ("is_adopted" in body) == (self.kind == "suggestion")
        if self.status != "assigned" or who not in (self.owner, "supervisor") or not is_complete:
            return False
        self.is_answered = True
        return True

    def reclassify(self, who: str, body: dict[str, Any]) -> bool:
        if who not in ("agent", "supervisor") or not self.reaches(who) or self.is_complaint:
            return False
        if body["kind"] == self.kind or (self.is_answered and body["kind"] != "complaint"):
            return False
        self.is_complaint = body["kind"] == "complaint"
        if not self.is_complaint:
            self.kind, self.owner = body["kind"], None
        return True


@pytest.mark.parametrize("seed", range(6))
async def test_an_enquiry_takes_what_the_house_allows_and_nothing_else(desk: Any, seed: int) -> None:
    chance = random.Random(seed)
    ids = {"finance": new_id(), "compliance": new_id()}
    people = {"agent": desk.agent, "supervisor": desk.supervisor}
    for role, person in ids.items():
        await desk.joined(person, role)
        people[role] = desk.kit.staff(role, id=person)
    given = {"kind": chance.choice(KINDS), "client_id": str(desk.client_id), "source": "phone", "content": "何时分配"}
    enquiry = (await desk.agent.post("/v1/enquiries", json=given)).json()
    model, path = Model(given["kind"]), f"/v1/enquiries/{enquiry['id']}"

    for _ in range(25):
        who, command = chance.choice(list(people)), chance.choice(["assign", "answer", "reclassify"])
        to, kind = chance.choice(list(ids)), chance.choice([*KINDS, *KINDS, "complaint"])
        said = {
            "assign": {"to": to},
            "answer": {"answer": "已答复"} | chance.choice([{}, {"is_adopted": True}]),
            "reclassify": {"kind": kind, "reason": "改类"} | ({"reason_class": "other"} if kind == "complaint" else {}),
        }[command]
        body = {"owner_id": str(ids[to])} if command == "assign" else said

        answer = await people[who].post(f"{path}/{command}", json=body)
        is_allowed = getattr(model, command)(who, said)

        assert answer.is_success == is_allowed, f"{command} by {who} with {said} of {model}: {answer.text}"
        read = (await desk.supervisor.get(path)).json()
        assert (read["status"], read["kind"]) == (model.status, model.kind)
        assert read["owner_id"] == (str(ids[model.owner]) if model.owner else None)
        assert await desk.kit.count("complaint") == model.is_complaint
