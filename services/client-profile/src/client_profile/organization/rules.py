"""Organization units and staff: who stands where, and who may hold clients."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from shared.errors import Conflict, Invalid

#: The role of those who hold clients; `shared.http.permissions.Role` cannot be imported into rules.
MANAGER = "relationship_manager"


class UnitUnknown(Invalid):
    """No organization unit has this id."""

    code = "unit_unknown"


class StaffHasLeft(Conflict):
    """The staff member has left."""

    code = "staff_has_left"


class StaffHoldsClients(Conflict):
    """The staff member still holds clients; hand them over first (离职交接)."""

    code = "staff_holds_clients"


class ManagerUnknown(Invalid):
    """No relationship manager at work has this id or number."""

    code = "manager_unknown"


def may_hold_clients(roles: Iterable[str], has_left: bool) -> bool:
    """Return whether clients may be assigned to somebody with these roles."""
    return MANAGER in roles and not has_left


def path_to_top(unit_id: UUID, parent_of: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Return `unit_id` and all units above it, from the unit to the top.

    Args:
        unit_id: Where to start.
        parent_of: Parent of every unit; None for a top unit. Free of cycles, since a parent is never changed.
    """
    path = [unit_id]
    while (parent := parent_of[path[-1]]) is not None:
        path.append(parent)
    return path


def unit_and_below(unit_id: UUID, parent_of: Mapping[UUID, UUID | None]) -> set[UUID]:
    """Return `unit_id` and every unit below it: the rows a team lead reaches."""
    return {unit for unit in parent_of if unit_id in path_to_top(unit, parent_of)}


def require_may_leave(open_clients: int, has_left: bool) -> None:
    """Refuse that somebody leaves twice or leaves clients without a manager.

    Raises:
        StaffHasLeft: the person has left already.
        StaffHoldsClients: clients are still assigned; source text article 10.4 (营销人员离职交接).
    """
    if has_left:
        raise StaffHasLeft("This staff member has left already.")
    if open_clients:
        raise StaffHoldsClients(
            f"{open_clients} clients are still assigned to this staff member; hand them over first.",
            clients=open_clients,
        )


def require_may_hold(clients: int, roles: Iterable[str]) -> None:
    """Refuse that somebody with clients loses the role that holds them.

    Raises:
        StaffHoldsClients: clients are still assigned.
    """
    if clients and MANAGER not in roles:
        raise StaffHoldsClients(
            f"{clients} clients need a relationship manager; hand them over first.", clients=clients
        )


def without_duplicates(roles: Iterable[str]) -> list[str]:
    """Return `roles` sorted, each once."""
    return sorted(set(roles))
