"""Reconciliation (对账): our lines against a partner's or a bank's, every line of both in exactly one finding.

Our amount less theirs, summed over all findings, is our total less their total: differences that add up.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from channel_commission.partner_files.rules import Row
from shared.codes import Code
from shared.errors import Conflict


class Finding(Code):
    """What came of comparing."""

    MATCHED = "matched", "相符"
    AMOUNT_DIFF = "amount_diff", "金额不符"
    RATE_DIFF = "rate_diff", "费率不符"
    MISSING_OURS = "missing_ours", "我方无记录"
    MISSING_THEIRS = "missing_theirs", "对方无记录"
    DUPLICATE = "duplicate", "对方重复"


class NothingToResolve(Conflict):
    """The finding has no difference, or a person resolved it already."""

    code = "nothing_to_resolve"


@dataclass(frozen=True, slots=True)
class Ours:
    """A line of ours; several may have one number: fees of one sale are compared together."""

    id: UUID
    number: str
    day: date
    product: str
    base_fen: int
    amount_fen: int


@dataclass
class Group:
    """Lines of both sides that belong together."""

    ours: list[Ours] = field(default_factory=list)
    theirs: list[Row] = field(default_factory=list)

    @property
    def our_fen(self) -> int:
        """Sum of our lines."""
        return sum(one.amount_fen for one in self.ours)

    @property
    def their_fen(self) -> int:
        """Sum of their rows."""
        return sum(row.amount_fen for row in self.theirs)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: lines of ours and rows of theirs, and what lies between them in fen."""

    finding: Finding
    number: str
    our_fen: int
    their_fen: int
    ours: tuple[UUID, ...]
    theirs: tuple[int, ...]

    @property
    def difference_fen(self) -> int:
        """Our amount less theirs."""
        return self.our_fen - self.their_fen


def compare(ours: Iterable[Ours], theirs: Sequence[Row], *, tolerance_fen: int) -> list[Found]:
    """Return the findings, ordered by number: the same for the same lines in any order of ours.

    Keys, in this order: the number (confirmation number of the sale, or the bank's reference); then, for what is left
    on both sides, product, day and amount together. Rows of theirs with one number are one sum, as ours are; a row
    that repeats an earlier one in everything is a duplicate, unless our sum says that both are due.

    Args:
        ours: Our lines.
        theirs: Their rows, in the order of the file.
        tolerance_fen: A difference of a number's sum up to that is a matter of rounding.

    Source: house rule of reconciliation (match on confirmation number, else product, date and amount).
    """
    groups: dict[str, Group] = defaultdict(Group)
    for one in sorted(ours, key=lambda one: one.id):
        groups[one.number].ours.append(one)
    for row in theirs:
        # A row without a number belongs to no other.
        groups[row.number or f"\n{row.place}"].theirs.append(row)
    _join_by_day_and_amount(groups)
    return [one for number in sorted(groups) for one in _findings(number, groups[number], tolerance_fen)]


def _join_by_day_and_amount(groups: dict[str, Group]) -> None:
    waiting = defaultdict[tuple[str, date, int], list[str]](list)
    for number, group in sorted(groups.items()):
        if group.ours and not group.theirs:
            first = group.ours[0]
            waiting[first.product, first.day, group.our_fen].append(number)
    for number, group in sorted(groups.items(), key=lambda one: one[1].theirs[0].place if one[1].theirs else 0):
        if group.ours or len(group.theirs) != 1 or (row := group.theirs[0]).day is None:
            continue
        if candidates := waiting.get((row.product, row.day, row.amount_fen)):
            groups[candidates.pop(0)].theirs.append(row)
            del groups[number]


def _findings(number: str, group: Group, tolerance_fen: int) -> Iterable[Found]:
    kept, repeated = _without_repeats(group)
    base = Group(group.ours, kept)
    if base.ours or base.theirs:
        yield _found(_finding(base, tolerance_fen), number, base)
    for row in repeated:
        yield _found(Finding.DUPLICATE, number, Group([], [row]))


def _without_repeats(group: Group) -> tuple[list[Row], list[Row]]:
    if group.ours and group.our_fen == group.their_fen:
        return group.theirs, []
    seen, kept, repeated = set[tuple[object, ...]](), list[Row](), list[Row]()
    for row in group.theirs:
        content = (row.day, row.product, row.base_fen, row.amount_fen)
        (repeated if content in seen else kept).append(row)
        seen.add(content)
    return kept, repeated


def _finding(group: Group, tolerance_fen: int) -> Finding:
    if not group.theirs:
        return Finding.MISSING_THEIRS
    if not group.ours:
        return Finding.MISSING_OURS
    if abs(group.our_fen - group.their_fen) <= tolerance_fen:
        return Finding.MATCHED
    bases = [row.base_fen for row in group.theirs]
    is_same_base = None not in bases and sum(filter(None, bases)) == sum(one.base_fen for one in group.ours)
    return Finding.RATE_DIFF if is_same_base else Finding.AMOUNT_DIFF


def _found(finding: Finding, number: str, group: Group) -> Found:
    return Found(
        finding,
        "" if number.startswith("\n") else number,
        group.our_fen,
        group.their_fen,
        tuple(one.id for one in group.ours),
        tuple(row.place for row in group.theirs),
    )


class Side(Code):
    """Whose file it is."""

    PARTNER = "partner", "渠道对账文件"
    BANK = "bank", "银行付款文件"


def require_open(difference_fen: int, finding: Finding, *, is_resolved: bool) -> None:
    """Refuse to resolve what needs no resolution, or to do so twice.

    Raises:
        NothingToResolve: as said.
    """
    if is_resolved or (finding is Finding.MATCHED and not difference_fen):
        raise NothingToResolve("The finding is without difference, or resolved.")
