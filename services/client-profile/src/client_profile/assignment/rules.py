"""Who looks after which client: assignment and hand-over (离职交接)."""

from collections.abc import Collection, Iterable
from uuid import UUID

from shared.errors import Conflict, Forbidden, Invalid


class SameManager(Conflict):
    """The client has this manager already."""

    code = "same_manager"


class ManagerOutOfReach(Forbidden):
    """A team lead assigns within the own units only."""

    code = "manager_out_of_reach"


class ClientNotHeld(Invalid):
    """A client to be handed over is not one of the former manager's."""

    code = "client_not_held"


class ClientsNotNamed(Invalid):
    """A hand-over names either clients or all of them."""

    code = "clients_not_named"


def require_named(client_ids: Collection[UUID], takes_all: bool) -> None:
    """Refuse a hand-over of nothing, or of some and all at once.

    Raises:
        ClientsNotNamed: neither or both are given.
    """
    if bool(client_ids) is takes_all:
        raise ClientsNotNamed("Name the clients, or say all; not both.", pointer="/client_ids")


def require_other_manager(manager_id: UUID, present_id: UUID | None) -> None:
    """Refuse to give a client the manager it has.

    Raises:
        SameManager: it is the same.
    """
    if manager_id == present_id:
        raise SameManager("This is the present manager already.")


def require_held(wanted: Iterable[UUID], held: Iterable[UUID]) -> None:
    """Refuse to hand over clients that the former manager does not have.

    Raises:
        ClientNotHeld: names them.
    """
    strangers = sorted(set(wanted) - set(held))
    if strangers:
        raise ClientNotHeld(
            "Not all of these clients are assigned to this staff member, or you do not reach them.",
            pointer="/client_ids",
            clients=[str(client_id) for client_id in strangers[:20]],
        )
