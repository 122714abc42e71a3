"""Any command by anybody on any day on an action, through the API, beside a plain model of the house's rules."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from shared.ids import new_id

COMMANDS = ["reassign", "postpone", "report-done", "check", "reopen", "cancel"]
#: Days from the doing to the check of an action that answers a case, as the house's rule says.
CHECK_DAYS = 30


@dataclass
class Model:
    """What happened to an action, written from the house's rules."""

    owner: str
    due: date
    opened: date
    status: str = "open"
    rounds: list[dict[str, Any]] = field(default_factory=list)
    opened_again: int = 0

    def takes(self, who: str, command: str, said: dict[str, Any], today: date) -> bool:
        allowed: bool = getattr(self, command.replace("-", "_"))(who, said, today)
        return allowed

    def reassign(self, who: str, said: dict[str, Any], today: date) -> bool:
        if who != "supervisor" or self.status != "open":
            return False
        self.owner = said["to"]
        return True

    def postpone(self, who: str, said: dict[str, Any], today: date) -> bool:
        if who != "supervisor" or self.status != "open" or self.owner == who or said["due"] < max(self.due, today):
            return False
        self.due = said["due"]
        return True

    def report_done(self, who: str, said: dict[str, Any], today: date) -> bool:
        first = next((one["checked"] for one in reversed(self.rounds)), self.opened)
        if self.status != "open" or who != self.owner or not first <= said["day"] <= today:
            return False
        self.rounds.append({"done": said["day"], "by": who, "checked": None})
        self.status = "done"
        return True

    def check(self, who: str, said: dict[str, Any], today: date) -> bool:
        if who not in ("supervisor", "auditor") or self.status != "done":
            return False
        last = self.rounds[-1]
        is_soon = today < last["done"] + timedelta(days=CHECK_DAYS)
        is_clear = said["effective"] == (said["due"] is None)
        if who in (self.owner, last["by"]) or is_soon or not is_clear:
            return False
        if not said["effective"] and said["due"] < today:
            return False
        last["checked"] = today
        self.status = "effective" if said["effective"] else "open"
        if not said["effective"]:
            self.due, self.opened_again = said["due"], self.opened_again + 1
        return True

    def reopen(self, who: str, said: dict[str, Any], today: date) -> bool:
        if who not in ("supervisor", "auditor") or self.status != "effective" or said["due"] < today:
            return False
        self.status, self.due, self.opened_again = "open", said["due"], self.opened_again + 1
        return True

    def cancel(self, who: str, said: dict[str, Any], today: date) -> bool:
        if who != "supervisor" or self.status != "open" or self.owner == who:
            return False
        self.status = "canceled"
        return True


def body(command: str, said: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    due = {} if said["due"] is None else {"due_on": str(said["due"])}
    return {
        "reassign": {"owner_id": str(ids[said["to"]]), "reason": "调整"},
        "postpone": {"reason": "排期"} | due,
        "report-done": {"done_on": str(said["day"]), "evidence": "已发布"},
        "check": {"is_effective": said["effective"], "findings": "抽查"} | due,
        "reopen": {"reason": "复发"} | due,
        "cancel": {"reason": "不再需要"},
    }[command]


@pytest.mark.parametrize("seed", range(6))
async def test_an_action_takes_what_the_house_allows_and_nothing_else(desk: Any, works: Any, seed: int) -> None:
    chance, kit = random.Random(seed), desk.kit
    ids = {"owner": works.owner_id, "supervisor": desk.supervisor_id, "auditor": new_id()}
    callers = {"owner": works.owner, "supervisor": desk.supervisor, "auditor": kit.staff("auditor", id=ids["auditor"])}
    for who, role in (("supervisor", "complaint_supervisor"), ("auditor", "auditor")):
        await desk.joined(ids[who], role)
    action = await works.opened()
    model = Model("owner", date.fromisoformat(action["due_on"]), kit.now.date())

    for _ in range(40):
        kit.now += timedelta(days=chance.choice([0, 0, 1, 16]))
        today = kit.now.date()
        who, command = (
            chance.choice([*callers, model.owner]),
            chance.choice([*COMMANDS, *COMMANDS[:-1], "report-done", "check"]),
        )
        is_effective = chance.random() < 0.5
        # What leaves a date out that must be given is refused before any rule: the walk looks at the rules.
        needs_due = command in ("postpone", "reopen") or chance.random() < (0.1 if is_effective else 0.9)
        said = {
            "to": chance.choice(list(ids)),
            "day": today - timedelta(days=chance.choice([0, 0, 1, 20, -1])),
            "due": today + timedelta(days=chance.choice([-1, 0, 10, 40])) if needs_due else None,
            "effective": is_effective,
        }

        answer = await works.tries(callers[who], action["id"], command, body(command, said, ids))
        told = f"{command} by {who} on {today} with {said}"
        assert answer.is_success == model.takes(who, command, said, today), f"{told}: {answer.text}"

        read = await works.read(action["id"])
        assert (read["status"], read["due_on"]) == (model.status, str(model.due)), told
        assert (read["owner_id"], read["round"]) == (str(ids[model.owner]), model.opened_again + 1), told
        assert read["is_overdue"] == (model.status == "open" and today > model.due), told
        rounds = (await works.effect(action["id"]))["rounds"]
        assert [(one["done_on"], one["checked_on"]) for one in rounds] == [
            (str(one["done"]), one["checked"] and str(one["checked"])) for one in model.rounds
        ], told
