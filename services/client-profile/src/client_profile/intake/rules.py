"""Clients that another system sends again: what may not change."""

from client_profile.identity.rules import ClientKind
from shared.errors import Invalid


class KindIsFixed(Invalid):
    """A person does not become an institution."""

    code = "kind_is_fixed"


def require_same_kind(kind: ClientKind, wanted: ClientKind) -> None:
    """Refuse to make a person of an institution, or the other way round.

    Raises:
        KindIsFixed: the kinds differ.
    """
    if kind is not wanted:
        raise KindIsFixed("This client is of the other kind.", pointer="/kind")
