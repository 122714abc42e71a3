"""Which handlers a case goes to (分派规则): ordered, dated rules of the house; the first that fits a case says where.

A rule names conditions, all of which must hold, and a target: a unit with all below it, an office, or named handlers.
Where no rule fits, every handler may have the case. Routing never overrides recusal.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from shared.codes import Code
from shared.errors import Invalid


class RuleOutOfTime(Invalid):
    """A rule begins today or later and ends after it began, today or later: what it said before stays true."""

    code = "rule_out_of_time"


class TargetUnclear(Invalid):
    """A target names a unit, an office or handlers: exactly what its kind says."""

    code = "target_unclear"


class TargetKind(Code):
    """To whom a case goes."""

    UNIT = "unit", "机构及其下级"
    ROLE = "role", "兼任岗位"
    GROUP = "group", "指定处理人员"


@dataclass(frozen=True, slots=True)
class Target:
    """To whom a case goes; exactly the field of its kind is set.

    Attributes:
        role: An office that the handlers hold beside that of handler.
        staff_ids: The handlers of a group.
    """

    kind: TargetKind
    unit_id: UUID | None = None
    role: str | None = None
    staff_ids: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Target":
        """Return the target that a rule's row holds."""
        unit_id = value.get("unit_id")
        staff_ids = frozenset(UUID(str(one)) for one in value.get("staff_ids") or ())
        return cls(TargetKind(value["kind"]), UUID(str(unit_id)) if unit_id else None, value.get("role"), staff_ids)

    def holds(self, person_id: UUID, *, unit_path: Collection[UUID], roles: Collection[str]) -> bool:
        """Return whether somebody belongs to it; `unit_path` is their unit and all above it."""
        if self.kind is TargetKind.UNIT:
            return self.unit_id in unit_path
        return self.role in roles if self.kind is TargetKind.ROLE else person_id in self.staff_ids


#: Conditions that a value of the case must be one of, by the case's field.
_ANY_OF = {
    "levels": "level",
    "urgencies": "urgency",
    "sources": "source",
    "reasons": "reason",
    "channel_ids": "channel_id",
    "unit_ids": "unit_id",
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What rules look at; ids as text.

    Attributes:
        channel_id: The partner channel whose sale the case is about.
        unit_id: The unit that looks after the client.
        business_code: Class of the product or service (业务类别); rules name it or one above it.
    """

    level: str
    urgency: str
    source: str
    reason: str
    tags: frozenset[str] = frozenset()
    channel_id: str | None = None
    unit_id: str | None = None
    business_code: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; id is None for a draft.

    Attributes:
        position: Rules are tried in ascending order.
        conditions: Field → values, as the row keeps them; a missing field is no condition.
    """

    id: UUID | None
    position: int
    name: str
    conditions: Mapping[str, Sequence[str]]
    target: Target


def fits(rule: Rule, case: CaseFacts) -> bool:
    """Return whether every condition of a rule holds for a case; a rule without conditions fits every case."""
    for name, values in rule.conditions.items():
        if name == "tags":
            holds = not case.tags.isdisjoint(values)
        elif name == "business_codes":
            holds = any(_is_within(case.business_code, code) for code in values)
        else:
            holds = getattr(case, _ANY_OF[name]) in values
        if not holds:
            return False
    return True


def _is_within(code: str | None, above: str) -> bool:
    return code is not None and (code == above or code.startswith(f"{above}-"))


def route(rules: Sequence[Rule], case: CaseFacts) -> Rule | None:
    """Return the first rule that fits a case; None if none does. The rules stand in their order."""
    return next((rule for rule in rules if fits(rule, case)), None)


#: Which field a target of a kind has.
_FIELD = {TargetKind.UNIT: "unit_id", TargetKind.ROLE: "role", TargetKind.GROUP: "staff_ids"}


def require_target(kind: TargetKind, given: Collection[str], *, at: str) -> None:
    """Refuse a target that lacks the field of its kind, or has another one.

    Args:
        kind: Its kind.
        given: Names of the fields that are given.
        at: Pointer of the target.

    Raises:
        TargetUnclear: points to what is missing or out of place.
    """
    wrong = sorted({_FIELD[kind]}.symmetric_difference(given))
    if wrong:
        raise TargetUnclear(f"A target of this kind has `{_FIELD[kind]}` and nothing else.", pointer=f"{at}/{wrong[0]}")


def require_begin(valid_from: date, valid_to: date | None, *, today: date) -> None:
    """Refuse a rule that begins in the past, or ends before it begins.

    Raises:
        RuleOutOfTime: points to the day.
    """
    if valid_from < today:
        raise RuleOutOfTime("A rule begins today or later.", pointer="/valid_from")
    if valid_to is not None and valid_to <= valid_from:
        raise RuleOutOfTime("A rule ends after its first day.", pointer="/valid_to")


def require_end(valid_to: date, *, valid_from: date, ended_on: date | None, today: date) -> None:
    """Refuse to end a rule in the past, before it began, or once it has ended.

    Raises:
        RuleOutOfTime: one of these.
    """
    if valid_to < today or valid_to <= valid_from or (ended_on is not None and ended_on <= today):
        raise RuleOutOfTime("A rule ends today or later and after its first day.", pointer="/valid_to")
