"""Why a client may leave (流失预警): the reasons that hold on a day by the facts dated up to it, and their points.

House rule, deterministic; all numbers come from the policy rows `risk.at_risk` and `risk.products`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from complaints.cases.rules import Level, Reason, RootCause
from complaints.signals.rules import ComplaintFact, Facts, HeldTrouble, Trouble
from shared.codes import Code
from shared.money import Money

#: The policy rows whose numbers make the rule.
POLICIES = ("risk.at_risk", "risk.products")
_DAY = timedelta(days=1)


class RiskLevel(Code):
    """How likely a client is to leave."""

    LOW = "low", "低"
    MEDIUM = "medium", "中"
    HIGH = "high", "高"


class RiskReason(Code):
    """What speaks for it that a client leaves; of a group (complaints open, counted, silence, outflow) the gravest."""

    MAJOR_COMPLAINT_OPEN = "major_complaint_open", "有未结重大投诉"
    COMPLICATED_COMPLAINT_OPEN = "complicated_complaint_open", "有未结复杂投诉"
    ORDINARY_COMPLAINT_OPEN = "ordinary_complaint_open", "有未结普通投诉"
    COMPLAINT_OVERDUE = "complaint_overdue", "投诉超过法定期限未告知"
    MANY_COMPLAINTS = "many_complaints", "近期投诉频繁"
    SEVERAL_COMPLAINTS = "several_complaints", "近期多次投诉"
    CAUSE_REPEATED = "cause_repeated", "同一原因重复投诉"
    CONTACT_LONG_OVERDUE = "contact_long_overdue", "超过两个联系周期未取得有效联系"
    CONTACT_OVERDUE = "contact_overdue", "超过一个联系周期未取得有效联系"
    LARGE_OUTFLOW = "large_outflow", "资金大幅净流出"
    OUTFLOW = "outflow", "资金明显净流出"
    MANAGER_CHANGED = "manager_changed", "近期更换客户经理"
    PRODUCT_PAYMENT_DELAYED = "product_payment_delayed", "持有产品延期兑付"
    PRODUCT_EXTENDED = "product_extended", "持有产品展期"
    PRODUCT_GRADE_ROSE = "product_grade_rose", "持有产品风险等级上调"


#: What ends a reason.
ENDS_WHEN: Mapping[RiskReason, str] = {
    RiskReason.MAJOR_COMPLAINT_OPEN: "告知投诉人处理决定，或投诉人撤回投诉",
    RiskReason.COMPLICATED_COMPLAINT_OPEN: "告知投诉人处理决定，或投诉人撤回投诉",
    RiskReason.ORDINARY_COMPLAINT_OPEN: "告知投诉人处理决定，或投诉人撤回投诉",
    RiskReason.COMPLAINT_OVERDUE: "告知投诉人处理决定，或投诉人撤回投诉",
    RiskReason.MANY_COMPLAINTS: "统计期内的投诉次数随时间减少",
    RiskReason.SEVERAL_COMPLAINTS: "统计期内的投诉次数随时间减少",
    RiskReason.CAUSE_REPEATED: "统计期内不再有同一原因的重复投诉",
    RiskReason.CONTACT_LONG_OVERDUE: "与客户取得一次有效联系",
    RiskReason.CONTACT_OVERDUE: "与客户取得一次有效联系",
    RiskReason.LARGE_OUTFLOW: "客户追加认购，或流出日期移出统计期",
    RiskReason.OUTFLOW: "客户追加认购，或流出日期移出统计期",
    RiskReason.MANAGER_CHANGED: "更换客户经理满规定天数",
    RiskReason.PRODUCT_PAYMENT_DELAYED: "产品兑付清算完毕，或客户不再持有",
    RiskReason.PRODUCT_EXTENDED: "展期满规定天数，产品清算完毕，或客户不再持有",
    RiskReason.PRODUCT_GRADE_ROSE: "等级上调满规定天数，产品清算完毕，或客户不再持有",
}
#: Reason of each trouble of a plan.
_OF_TROUBLE = {
    Trouble.PAYMENT_DELAYED: RiskReason.PRODUCT_PAYMENT_DELAYED,
    Trouble.EXTENDED: RiskReason.PRODUCT_EXTENDED,
    Trouble.GRADE_ROSE: RiskReason.PRODUCT_GRADE_ROSE,
}
_OPEN = {
    Level.ORDINARY: RiskReason.ORDINARY_COMPLAINT_OPEN,
    Level.COMPLICATED: RiskReason.COMPLICATED_COMPLAINT_OPEN,
    Level.MAJOR: RiskReason.MAJOR_COMPLAINT_OPEN,
}


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """The rule's numbers; days are calendar days, percents whole.

    Attributes:
        version: Version of the policy row.
        points: Points of each reason.
        hard_high: Reasons that make HIGH whatever the sum.
        cadence_days: Days between contacts by service class.
        cadence_of_unknown: The class whose rhythm holds while the client's is not known here.
    """

    version: str
    points: Mapping[RiskReason, int]
    hard_high: frozenset[RiskReason]
    medium_from: int
    high_from: int
    clear_after_days: int
    complaints_days: int
    several_complaints: int
    many_complaints: int
    repeat_days: int
    outflow_days: int
    outflow_percent: int
    large_outflow_percent: int
    manager_changed_days: int
    #: How long an extension or a higher grade counts; a delayed payment counts as long as it lasts.
    product_days: int
    cadence_days: Mapping[str, int]
    cadence_of_unknown: str

    @classmethod
    def of(cls, values: Sequence[Mapping[str, Any]], version: str) -> "RiskPolicy":
        """Return the rule that the values of the policy rows describe together.

        Raises:
            KeyError, TypeError: the row is not such a rule.
        """
        numbers = {name: number for value in values for name, number in value.items()}
        by_reason = {reason: points for value in values for reason, points in value["points"].items()}
        points = {reason: int(by_reason[reason]) for reason in RiskReason}
        hard_high = frozenset(reason for reason in RiskReason if reason in numbers["hard_high"])
        return cls(**(numbers | {"version": version, "points": points, "hard_high": hard_high}))

    def lasts(self, held: HeldTrouble) -> date | None:
        """Return the first day on which trouble of a plan counts no more; None if that is not known."""
        if held.trouble is Trouble.PAYMENT_DELAYED:
            return held.until
        over = held.since + timedelta(days=self.product_days)
        return over if held.until is None else min(over, held.until)

    def cadence(self, service_class: str | None) -> int:
        """Return the days between contacts with a client of this class, which may be one this rule does not know."""
        return self.cadence_days.get(service_class or "", self.cadence_days[self.cadence_of_unknown])

    @property
    def days_looked_back(self) -> int:
        """How far back a flag can come from: the clearing time before today."""
        return self.clear_after_days - 1


@dataclass(frozen=True, slots=True)
class Held:
    """A reason that holds on a day, with its points and the facts behind it (JSON values)."""

    reason: RiskReason
    points: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """What the facts of one day give by themselves, without the clearing time."""

    day: date
    level: RiskLevel
    score: int
    reasons: tuple[Held, ...]


def on_day(facts: Facts, policy: RiskPolicy, day: date, *, during: bool = False) -> Day:
    """Return score, level and reasons that the facts dated up to `day` give on that day by themselves.

    By its end; `during` counts a complaint as open on the day it ends too, since it was for a part of it.
    """
    found = [
        *_complaints(facts, policy, day, during=during),
        *_products(facts, policy, day),
        *_silence(facts, policy, day),
        *_outflow(facts, policy, day),
        *_manager_changed(facts, policy, day),
    ]
    found.sort(key=lambda held: (-held.points, held.reason))
    score = sum(held.points for held in found)
    if score >= policy.high_from or any(held.reason in policy.hard_high for held in found):
        level = RiskLevel.HIGH
    else:
        level = RiskLevel.MEDIUM if score >= policy.medium_from else RiskLevel.LOW
    return Day(day, level, score, tuple(found))


def turns(facts: Facts, policy: RiskPolicy) -> Iterable[date]:
    """Yield every day on which other reasons may hold than on the day before."""
    for one in facts.complaints:
        yield one.received_on
        yield from (due_on + _DAY for due_on in (one.due_on, *(due_on for due_on, _ in one.late_spans)) if due_on)
        yield from (ended_on for _, ended_on in one.late_spans)
        yield from (day for day in (one.ended_on, one.cause_found_on) if day)
        yield from (one.ended_on + _DAY,) if one.ended_on else ()
        yield from (one.received_on + timedelta(days=days) for days in (policy.complaints_days, policy.repeat_days))
    cadence = policy.cadence(facts.service_class)
    for since in (*facts.reached_on, *filter(None, [facts.client_since])):
        yield since
        yield from (since + timedelta(days=times * cadence + 1) for times in (1, 2))
    for on, _ in facts.flows:
        yield from (on, on + timedelta(days=policy.outflow_days))
    for on in facts.manager_changed_on:
        yield from (on, on + timedelta(days=policy.manager_changed_days))
    for held in facts.troubles:
        yield from (day for day in (held.since, policy.lasts(held)) if day)


def _complaints(facts: Facts, policy: RiskPolicy, day: date, *, during: bool) -> Iterable[Held]:
    ended_by = day - _DAY if during else day
    counted = [one for one in facts.complaints if one.received_on <= day and not _is_withdrawn(one, ended_by)]
    if not counted:
        return
    unfinished = [one for one in counted if one.ended_on is None or ended_by < one.ended_on]
    if unfinished:
        gravest = max(unfinished, key=lambda one: policy.points[_OPEN[one.level]])
        yield _held(policy, _OPEN[gravest.level], complaints=[str(one.id) for one in unfinished])
    passed = {str(one.id): due_on for one in unfinished if (due_on := _passed(one, day))}
    if passed:
        first = min(passed.values()).isoformat()
        yield _held(policy, RiskReason.COMPLAINT_OVERDUE, complaints=list(passed), due_on=first)
    recent = [one for one in counted if one.received_on > day - timedelta(days=policy.complaints_days)]
    if len(recent) >= policy.several_complaints:
        many = len(recent) >= policy.many_complaints
        reason = RiskReason.MANY_COMPLAINTS if many else RiskReason.SEVERAL_COMPLAINTS
        yield _held(policy, reason, complaints=[str(one.id) for one in recent], within_days=policy.complaints_days)
    repeated = _repeated([one for one in counted if one.received_on > day - timedelta(days=policy.repeat_days)], day)
    if repeated:
        yield _held(policy, RiskReason.CAUSE_REPEATED, complaints=repeated, within_days=policy.repeat_days)


def _passed(complaint: ComplaintFact, day: date) -> date | None:
    """Return the due date that has passed on a day; a restart ends the delay and is no excuse for it."""
    earlier = next((due_on for due_on, ended_on in complaint.late_spans if due_on < day < ended_on), None)
    is_late = complaint.due_on is not None and complaint.due_on < day
    return earlier or (complaint.due_on if is_late else None)


def _is_withdrawn(complaint: ComplaintFact, day: date) -> bool:
    return complaint.is_withdrawn and complaint.ended_on is not None and complaint.ended_on <= day


def _repeated(recent: list[ComplaintFact], day: date) -> list[str]:
    """Return the complaints that share their cause with another."""
    found = {one.id for one in recent for other in recent if one is not other and _is_same_cause(one, other, day)}
    return [str(one.id) for one in recent if one.id in found]


def _is_same_cause(one: ComplaintFact, other: ComplaintFact, day: date) -> bool:
    """Root causes decide once both are found; before that the reasons, of which "other" names no cause."""
    causes = _cause(one, day), _cause(other, day)
    if None not in causes:
        return causes[0] is causes[1]
    return one.reason is other.reason and one.reason is not Reason.OTHER


def _cause(complaint: ComplaintFact, day: date) -> RootCause | None:
    is_found = complaint.cause_found_on is not None and complaint.cause_found_on <= day
    return complaint.root_cause if is_found else None


def _products(facts: Facts, policy: RiskPolicy, day: date) -> Iterable[Held]:
    for trouble, reason in _OF_TROUBLE.items() if facts.troubles else ():
        held = [one for one in facts.troubles if one.trouble is trouble and one.since <= day]
        held = [one for one in held if (ends := policy.lasts(one)) is None or day < ends]
        if held:
            since = min(one.since for one in held).isoformat()
            yield _held(policy, reason, products=sorted({str(one.product_id) for one in held}), since=since)


def _silence(facts: Facts, policy: RiskPolicy, day: date) -> Iterable[Held]:
    reached = max((on for on in facts.reached_on if on <= day), default=None)
    since = reached or facts.client_since
    if since is None:
        return
    silent = (day - since).days
    cadence = policy.cadence(facts.service_class)
    if silent > cadence:
        reason = RiskReason.CONTACT_LONG_OVERDUE if silent > 2 * cadence else RiskReason.CONTACT_OVERDUE
        last = reached.isoformat() if reached else None
        yield _held(policy, reason, last_reached_on=last, silent_days=silent, cadence_days=cadence)


def _outflow(facts: Facts, policy: RiskPolicy, day: date) -> Iterable[Held]:
    begins = day - timedelta(days=policy.outflow_days)
    opening = sum(fen for on, fen in facts.flows if on <= begins)
    outflow = -sum(fen for on, fen in facts.flows if begins < on <= day)
    if opening <= 0 or outflow <= 0:
        return
    # Percents by multiplying crosswise: whole fen on both sides, nothing to round.
    if outflow * 100 >= opening * policy.outflow_percent:
        large = outflow * 100 >= opening * policy.large_outflow_percent
        reason = RiskReason.LARGE_OUTFLOW if large else RiskReason.OUTFLOW
        amounts = {"opening": Money.from_fen(opening), "outflow": Money.from_fen(outflow)}
        shown = {name: money.model_dump(mode="json") for name, money in amounts.items()}
        yield _held(policy, reason, within_days=policy.outflow_days, **shown)


def _manager_changed(facts: Facts, policy: RiskPolicy, day: date) -> Iterable[Held]:
    since = day - timedelta(days=policy.manager_changed_days)
    changes = [on for on in facts.manager_changed_on if since < on <= day]
    if changes:
        yield _held(policy, RiskReason.MANAGER_CHANGED, changed_on=max(changes).isoformat())


def _held(policy: RiskPolicy, reason: RiskReason, **facts: Any) -> Held:
    return Held(reason, policy.points[reason], facts)
