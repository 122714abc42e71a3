"""Head offices and branches (总行与分支机构): who stands under whom on which days.

A branch stands directly under a head office, which has none itself: so no day has a cycle, and what a head office is
responsible for is one step away (金规〔2025〕6号: principals act through their head office).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors import Conflict


class HierarchyCycle(Conflict):
    """A channel would stand under itself."""

    code = "hierarchy_cycle"


class HeadOfficeIsBranch(Conflict):
    """The head office named is a branch on some of these days."""

    code = "head_office_is_branch"


class HasBranches(Conflict):
    """The channel has branches of its own on some of these days."""

    code = "has_branches"


class NothingMoves(Conflict):
    """The channel stands there already on all of these days."""

    code = "nothing_moves"


@dataclass(frozen=True, slots=True)
class Edge:
    """A branch under a head office on half-open days; `until` is null while it stands there."""

    channel_id: UUID
    parent_id: UUID
    start: date
    until: date | None


def require_may_stand_under(
    channel_id: UUID, parent_id: UUID, *, since: date, parents_edges: Sequence[Edge], branches: Sequence[Edge]
) -> None:
    """Refuse a head office that is a branch, or a branch that has branches, on a day from `since` on.

    Args:
        channel_id: The branch.
        parent_id: Its head office from `since` on.
        since: First day (Asia/Shanghai).
        parents_edges: Where the head office stands itself.
        branches: What stands under the branch.

    Raises:
        HierarchyCycle, HeadOfficeIsBranch, HasBranches: as said.
    """
    above = [edge for edge in parents_edges if edge.until is None or edge.until > since]
    if parent_id == channel_id or any(edge.parent_id == channel_id for edge in above):
        raise HierarchyCycle("A channel cannot stand under itself, nor under its own branch.", pointer="/parent_id")
    if above:
        raise HeadOfficeIsBranch("The head office is a branch itself on some of these days.", pointer="/parent_id")
    if any(edge.until is None or edge.until > since for edge in branches):
        raise HasBranches("The channel has branches of its own on some of these days.")


def moved(edges: Sequence[Edge], channel_id: UUID, parent_id: UUID | None, *, since: date) -> list[Edge]:
    """Return where a channel stands once it moves: as before until `since`, then under `parent_id` (None: nowhere).

    Raises:
        NothingMoves: it stands there already on all days from `since` on.
    """
    kept = [
        Edge(channel_id, edge.parent_id, edge.start, since if edge.until is None or edge.until > since else edge.until)
        for edge in edges
        if edge.start < since
    ]
    new = [*kept, *([Edge(channel_id, parent_id, since, None)] if parent_id else [])]
    if _joined(new) == _joined(edges):
        raise NothingMoves("The channel stands there already on all of these days.")
    return new


def _joined(edges: Sequence[Edge]) -> list[Edge]:
    """Return edges in the order of their days, those that continue each other as one."""
    joined: list[Edge] = []
    for edge in sorted(edges, key=lambda edge: edge.start):
        last = joined[-1] if joined else None
        if last is not None and last.until == edge.start and last.parent_id == edge.parent_id:
            joined[-1] = Edge(edge.channel_id, edge.parent_id, last.start, edge.until)
        else:
            joined.append(edge)
    return joined
