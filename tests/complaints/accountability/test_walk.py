"""Any command by anybody on a case of accountability, through the API, beside a plain model of the house's rules."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

COMMANDS = ["give-opinion", "refer", "decide", "appeal", "decide-appeal"]
MEASURES = ["talk", "demotion", "exit", None]
#: Who may call what at all; whom a case must concern besides is the model's.
MAY = {
    "give-opinion": {"finder", "compliance", "stranger"},
    "refer": {"compliance"},
    "decide": {"finder", "compliance", "stranger", "executive", "risk"},
    "appeal": {"finder", "compliance", "stranger", "executive", "risk", "subject"},
    "decide-appeal": {"finder", "compliance", "stranger", "executive", "risk"},
}


@dataclass
class Model:
    """What happened, written from the house's rules; everybody here is of a department of their own."""

    status: str = "found"
    opined: str | None = None
    decider: str | None = None
    decided: str | None = None
    decided_on: date | None = None
    measure: str | None = None
    told: int = 0

    def involved(self) -> set[str | None]:
        return {"finder", self.opined, self.decided} - {None}

    def reaches(self, who: str) -> bool:
        if who == "subject":
            return self.decided is not None
        return who == "compliance" or who in self.involved() | {self.decider}

    def takes(self, who: str, command: str, said: dict[str, Any], today: date) -> bool:
        if who not in MAY[command] or (command != "appeal" and who == "subject") or not self.reaches(who):
            return False
        allowed: bool = getattr(self, command.replace("-", "_"))(who, said, today)
        return allowed

    def give_opinion(self, who: str, said: dict[str, Any], _: date) -> bool:
        if self.status != "found" or said["measure"] == "exit" or said["to"] in ("finder", "subject", who):
            return False
        self.status, self.opined, self.decider = "opined", who, said["to"]
        return True

    def refer(self, who: str, said: dict[str, Any], _: date) -> bool:
        if self.status not in ("opined", "appealed") or said["to"] in self.involved() | {"subject"}:
            return False
        self.decider = said["to"]
        return True

    def decide(self, who: str, said: dict[str, Any], today: date) -> bool:
        if self.status != "opined" or said["measure"] == "exit" or who in self.involved():
            return False
        self.status, self.decided, self.decider = "decided", who, None
        self.measure, self.decided_on, self.told = said["measure"], today, self.told + 1
        return True

    def appeal(self, who: str, said: dict[str, Any], today: date) -> bool:
        if self.status != "decided" or who != "subject" or self.decided_on is None:
            return False
        if today > self.decided_on + timedelta(days=15):
            return False
        self.status = "appealed"
        return True

    def decide_appeal(self, who: str, said: dict[str, Any], _: date) -> bool:
        is_clear = (said["outcome"] == "changed") == (said["measure"] is not None)
        if self.status != "appealed" or not is_clear or said["measure"] == "exit" or who in self.involved():
            return False
        self.measure = {"upheld": self.measure, "changed": said["measure"], "revoked": None}[said["outcome"]]
        self.status, self.told, self.decider, self.decided = "concluded", self.told + 1, who, self.decided
        return True


def body(command: str, said: dict[str, Any], accounts: Any) -> dict[str, Any]:
    measure = {"measure": said["measure"]} if said["measure"] else {}
    to = {"decider_id": str(accounts.ids[said["to"]])}
    return {
        "give-opinion": {"opinion": "建议"} | measure | to,
        "refer": {"reason": "回避"} | to,
        "decide": {"decision": "事实清楚"} | measure,
        "appeal": {"grounds": "不认可"},
        "decide-appeal": {"outcome": said["outcome"], "decision": "复议"} | measure,
    }[command]


@pytest.mark.parametrize("seed", range(8))
async def test_a_case_of_accountability_takes_what_the_house_allows(desk: Any, accounts: Any, seed: int) -> None:
    chance, model, case_id = random.Random(seed), Model(), await accounts.found()

    for _ in range(45):
        desk.kit.now += timedelta(days=chance.choice([0, 0, 0, 1, 9]))
        today, who = desk.kit.now.date(), chance.choice(list(accounts.callers))
        likely = {"found": "give-opinion", "opined": "decide", "decided": "appeal", "appealed": "decide-appeal"}
        command = chance.choice([*COMMANDS, likely.get(model.status, "refer")])
        outcome = chance.choice(["upheld", "changed", "revoked"])
        said = {"measure": chance.choice(MEASURES), "to": chance.choice(list(accounts.ids)), "outcome": outcome}

        answer = await accounts.tries(who, case_id, command, body(command, said, accounts))

        told = f"{command} by {who} on {today} with {said} of {model}"
        assert answer.is_success == model.takes(who, command, said, today), f"{told}: {answer.text}"
        assert (await accounts.read(who, case_id)).is_success == model.reaches(who), told
        read = (await accounts.read("compliance", case_id)).json()
        assert (read["status"], read["measure"]) == (model.status, model.measure), told
        assert len(await accounts.told()) == model.told, told
