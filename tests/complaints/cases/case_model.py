"""One case and what may follow: written from the law and the house rules, not from the code."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from beside_model import RECEIVED_ON, Beside, Caller

#: Who takes a complainant's word: the first contact, and all who work at the desk.
DESK = frozenset({"customer_service", "complaint_handler", "complaint_supervisor"})


@dataclass
class Model(Beside):
    """What happened to one case, and what may follow: written from the law and the house rules, not from the code."""

    manager_id: UUID
    #: Spoke with the client when it bought.
    seller_id: UUID
    branch_id: UUID
    head_id: UUID
    today: date = RECEIVED_ON
    is_linked: bool = False
    counted_from: date = RECEIVED_ON
    runs_from: date = RECEIVED_ON
    limits: list[int] = field(default_factory=lambda: [15])
    excluded: int = 0
    paused_on: date | None = None
    breached: set[date] = field(default_factory=set)
    handler_id: UUID | None = None
    proposed_by: UUID | None = None
    decided_on: date | None = None
    informed_on: date | None = None
    withdrawn_on: date | None = None
    reclassified_on: date | None = None
    rejected_on: date | None = None
    is_closed: bool = False
    speakers: int = 0
    approved_by: UUID | None = None
    review: str = "none"
    review_asked_on: date | None = None
    review_decided_on: date | None = None
    #: Whether a branch handled the case when the review was asked for.
    is_of_branch: bool = False
    tracks: int = 0
    #: Owners of its open tasks, the first given first.
    tasks: list[UUID] = field(default_factory=list)
    level: str = "ordinary"
    is_classified: bool = False
    #: What the proposed decision pays and what was agreed, in yuan, and whether the latter may be paid.
    pays: int = 0
    agreed: int = 0
    agreed_on: date | None = None
    agreed_by: UUID | None = None
    is_approved: bool = False
    paid_on: date | None = None
    followers: int = 0
    handler_units: tuple[UUID, ...] = ()

    @property
    def due_on(self) -> date:
        return self.counted_from + timedelta(days=self.limits[-1] + self.excluded)

    @property
    def is_open(self) -> bool:
        return self.informed_on is None and not self.is_dropped

    @property
    def is_dropped(self) -> bool:
        """Whether it ended without a decision."""
        return bool(self.withdrawn_on or self.reclassified_on or self.rejected_on)

    @property
    def counts(self) -> bool:
        return self.is_open and self.paused_on is None

    @property
    def status(self) -> str:
        states = {
            "withdrawn": self.withdrawn_on is not None,
            "reclassified": self.reclassified_on is not None,
            "rejected": self.rejected_on is not None,
            "review_requested": self.review == "open",
            "review_decided": self.review == "decided",
            "closed": self.is_closed,
            "informed": self.informed_on is not None,
            "decided": self.decided_on is not None,
            "proposed": self.proposed_by is not None,
            "suspended": self.paused_on is not None,
            "assigned": self.handler_id is not None,
        }
        return next((state for state, holds in states.items() if holds), "registered")

    def has_interest(self, person: UUID) -> bool:
        return self.is_linked and person in (self.manager_id, self.seller_id)

    def is_between(self, first: date | None, day: date) -> bool:
        return first is not None and first <= day <= self.today

    def link_client(self, who: Caller, **_: Any) -> bool:
        if self.is_dropped or self.is_linked or not DESK & who.offices:
            return False
        self.is_linked = True
        return True

    def assign(self, who: Caller, *, handler: Caller, **_: Any) -> bool:
        is_fit = "complaint_handler" in handler.offices and not self.has_interest(handler.id)
        if not self.is_open or self.proposed_by or not is_fit or "complaint_supervisor" not in who.offices:
            return False
        self.handler_id, self.handler_units = handler.id, handler.units
        return True

    def propose(self, who: Caller, *, pays: int, **_: Any) -> bool:
        in_charge = "complaint_handler" in who.offices and who.id == self.handler_id
        if not self.counts or not in_charge or self.proposed_by or self.has_interest(who.id):
            return False
        if not self.is_classified:
            return False
        self.proposed_by, self.pays = who.id, pays
        return True

    def needs_executive(self, amount: int) -> bool:
        return self.level == "major" or amount > 50_000

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
        is_below = self.needs_executive(self.pays) and "executive" not in who.offices
        if not self.may_judge(who) or not is_fresh or is_below:
            return False
        self.decided_on, self.approved_by = self.today, who.id
        return True

    def extend(self, who: Caller, *, told_on: date | None, **_: Any) -> bool:
        office = {1: "complaint_supervisor", 2: "executive"}.get(len(self.limits))
        is_told = self.is_between(self.counted_from, told_on) if told_on else len(self.limits) == 1
        is_late = self.today >= self.due_on
        if not self.counts or office not in who.offices or who.id == self.handler_id or is_late or not is_told:
            return False
        self.limits.append({1: 30, 2: 60}[len(self.limits)])
        return True

    def suspend(self, who: Caller, *, day: date, told_on: date | None, **_: Any) -> bool:
        is_with_handler = self.counts and self.handler_id is not None and self.proposed_by is None
        is_fit = "complaint_supervisor" in who.offices and who.id != self.handler_id
        is_late = self.today > self.due_on
        if not is_with_handler or not is_fit or is_late or not told_on:
            return False
        if not self.is_between(self.runs_from, day) or not self.is_between(self.counted_from, told_on):
            return False
        self.paused_on = day
        return True

    def resume(self, who: Caller, *, day: date, **_: Any) -> bool:
        if not self.is_open or not self.may_end(who) or not self.is_between(self.paused_on, day):
            return False
        assert self.paused_on is not None
        self.excluded += (day - self.paused_on).days
        self.paused_on, self.runs_from = None, day
        return True

    def new_facts(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_fit = "complaint_supervisor" in who.offices and who.id != self.handler_id
        if not self.counts or not is_fit or not self.is_between(self.runs_from, day):
            return False
        if self.today > self.due_on:
            self.breached.add(self.due_on)
        self.counted_from = self.runs_from = day
        self.limits, self.excluded = [15], 0
        self.proposed_by = self.decided_on = self.approved_by = None
        if not self.paid_on:
            self.agreed, self.agreed_on, self.agreed_by = 0, None, None
        return True

    def may_end(self, who: Caller) -> bool:
        in_charge = "complaint_handler" in who.offices and who.id == self.handler_id
        return in_charge or "complaint_supervisor" in who.offices

    def inform(self, who: Caller, *, day: date, **_: Any) -> bool:
        if not self.counts or not self.may_end(who) or not self.is_between(self.decided_on, day):
            return False
        self.informed_on = day
        return True

    @property
    def is_under_review(self) -> bool:
        return self.review in ("open", "decided")

    def close(self, who: Caller, **_: Any) -> bool:
        is_over = self.is_closed or self.is_under_review or not self.informed_on
        if is_over or not self.may_end(who) or (self.agreed and not self.paid_on) or self.tasks:
            return False
        self.is_closed = True
        return True

    def withdraw(self, who: Caller, *, day: date, has_proof: bool, **_: Any) -> bool:
        if not self.is_open or not DESK & who.offices or not self.is_between(self.counted_from, day) or not has_proof:
            return False
        if self.paused_on:
            self.excluded += max((day - self.paused_on).days, 0)
            self.paused_on = None
        self.withdrawn_on, self.tasks = day, []
        return True

    def representatives(self, who: Caller, **_: Any) -> bool:
        if not self.is_open or not DESK & who.offices or self.speakers == 5:
            return False
        self.speakers += 1
        return True

    def repeats(self, who: Caller, **_: Any) -> bool:
        return self.is_open and bool(DESK & who.offices)

    def classify(self, who: Caller, *, level: str, has_codes: bool, **_: Any) -> bool:
        in_charge = self.handler_id in (None, who.id) or "complaint_supervisor" in who.offices
        if not self.is_open or self.proposed_by or not DESK & who.offices or not in_charge:
            return False
        may_lower = "complaint_supervisor" in who.offices and who.id != self.handler_id
        if (self.level, level) == ("major", "ordinary") and not may_lower:
            return False
        self.level, self.is_classified = level, self.is_classified or has_codes
        return True

    def reclassify(self, who: Caller, **_: Any) -> bool:
        is_fit = "complaint_supervisor" in who.offices and who.id != self.handler_id
        if not self.counts or self.proposed_by or not is_fit:
            return False
        self.reclassified_on, self.tasks = self.today, []
        return True

    def decline(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_fit = "complaint_supervisor" in who.offices and who.id != self.handler_id
        speaks_for_another = not self.is_linked or self.speakers > 0
        if not self.counts or self.proposed_by or not is_fit or not speaks_for_another:
            return False
        if not self.is_between(self.counted_from, day):
            return False
        self.rejected_on, self.tasks = day, []
        return True

    def request_review(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_asked = self.review != "none"
        if is_asked or not DESK & who.offices or not self.is_between(self.informed_on, day):
            return False
        assert self.informed_on is not None
        if day > self.informed_on + timedelta(days=30):
            return False
        self.review, self.review_asked_on = "open", day
        self.is_of_branch = self.branch_id in self.handler_units
        return True

    def may_review(self, who: Caller) -> bool:
        return bool({"complaint_supervisor", "executive"} & who.offices)

    def decide_review(self, who: Caller, *, outcome: str, **_: Any) -> bool:
        took_part = who.id in (self.handler_id, self.proposed_by, self.approved_by) or self.has_interest(who.id)
        is_above = self.head_id in who.units and self.branch_id not in who.units
        if self.review != "open" or not self.may_review(who) or not self.is_of_branch or took_part or not is_above:
            return False
        self.review, self.review_decided_on = "decided", self.today
        self.followers += outcome == "sent_back"
        return True

    def decline_review(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_free = self.review == "open" and not self.is_of_branch and self.may_review(who)
        if not is_free or not self.is_between(self.review_asked_on, day):
            return False
        self.review = "over"
        return True

    def inform_review(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_due = self.review == "decided" and self.may_review(who)
        if not is_due or not self.is_between(self.review_decided_on, day):
            return False
        self.review = "over"
        return True

    def reopen(self, who: Caller, *, day: date, **_: Any) -> bool:
        is_ended = self.informed_on is not None and not self.is_under_review
        is_fit = "complaint_supervisor" in who.offices and who.id != self.handler_id
        if not is_ended or not is_fit or not self.is_between(self.informed_on, day):
            return False
        self.followers += 1
        return True
