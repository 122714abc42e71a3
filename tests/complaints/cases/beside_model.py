"""What stands beside a case (tasks, other ways it takes, money) and may follow, for the model of the case."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

RECEIVED_ON = date(2026, 3, 2)


@dataclass
class Caller:
    """Somebody at the desk, with every office they hold; `http` calls as them."""

    name: str
    id: UUID
    units: tuple[UUID, ...]
    offices: frozenset[str]
    http: Any


class Beside:
    """The part of the model that is no state of the case itself; its fields stand in the model."""

    def give_task(self, who: Caller, *, handler: Caller, **_: Any) -> bool:
        is_over = self.is_dropped or self.is_closed or self.is_under_review
        if is_over or not self.may_end(who) or self.has_interest(handler.id):
            return False
        self.tasks.append(handler.id)
        return True

    def end_task(self, who: Caller, **_: Any) -> bool:
        if not self.tasks or not (who.id == self.tasks[0] or self.may_end(who)):
            return False
        self.tasks.pop(0)
        return True

    def begin_track(self, who: Caller, *, day: date, **_: Any) -> bool:
        if self.is_dropped or not self.may_end(who) or day > self.today:
            return False
        self.tracks += 1
        return True

    def evidence(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_desk = {"complaint_handler", "complaint_supervisor", "customer_service"} & who.offices
        return bool(is_desk) and not self.is_dropped and self.is_between(RECEIVED_ON, day)

    def agree_compensation(self, who: Caller, *, day: date, pays: int, **_: Any) -> bool:
        is_fit = self.decided_on and not self.withdrawn_on and not self.paid_on and self.may_end(who)
        if not is_fit or self.has_interest(who.id) or not self.is_between(RECEIVED_ON, day):
            return False
        self.agreed, self.agreed_on, self.agreed_by = pays or 100, day, who.id
        is_small = self.level == "ordinary" and self.agreed <= 1_000
        self.is_approved = is_small or self.agreed <= self.pays
        return True

    def may_judge_payment(self, who: Caller) -> bool:
        is_in_office = bool({"complaint_supervisor", "executive"} & who.offices)
        took_part = who.id in (self.agreed_by, self.handler_id) or self.has_interest(who.id)
        is_there = self.decided_on and not self.withdrawn_on and self.agreed and not self.paid_on
        return bool(is_there) and is_in_office and not took_part

    def approve_compensation(self, who: Caller, *, is_fresh: bool, **_: Any) -> bool:
        is_below = self.needs_executive(self.agreed) and "executive" not in who.offices
        if not self.may_judge_payment(who) or self.is_approved or is_below or not is_fresh:
            return False
        self.is_approved = True
        return True

    def refuse_compensation(self, who: Caller, **_: Any) -> bool:
        if not self.may_judge_payment(who):
            return False
        self.agreed, self.agreed_on, self.agreed_by = 0, None, None
        return True

    def pay_compensation(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_other = who.id not in (self.agreed_by, self.handler_id) and "complaint_supervisor" in who.offices
        is_open = self.decided_on and not self.withdrawn_on and self.agreed and not self.paid_on
        if not is_open or not self.is_approved or not is_other or not self.is_between(self.agreed_on, day):
            return False
        self.paid_on = day
        return True
