"""Relationships between clients: each kind with its inverse, one row seen from both sides."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid


class RelationshipKind(Code):
    """What the other client is to this client."""

    AUTHORIZED_AGENT = "authorized_agent", "授权代理人"
    PRINCIPAL = "principal", "被代理人"
    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    GUARDIAN = "guardian", "监护人"
    WARD = "ward", "被监护人"
    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    REPRESENTED_INSTITUTION = "represented_institution", "所代表机构"
    BENEFICIAL_OWNER = "beneficial_owner", "受益所有人"
    OWNED_INSTITUTION = "owned_institution", "所控制机构"
    BENEFICIARY = "beneficiary", "受益人"
    SETTLOR = "settlor", "委托人"
    GUARANTOR = "guarantor", "担保人"
    GUARANTEED = "guaranteed", "被担保人"


class OtherClientUnknown(Invalid):
    """No client has this id, or the caller does not reach it."""

    code = "client_unknown"


class SameClient(Invalid):
    """A client has no relationship with itself."""

    code = "same_client"


class EndsBeforeStart(Invalid):
    """A relationship ends before it starts."""

    code = "ends_before_start"


class RelationshipOverlaps(Conflict):
    """The two clients have this relationship already at that time."""

    code = "relationship_overlaps"


class RelationshipEnded(Conflict):
    """The relationship has an end already."""

    code = "relationship_ended"


class OnlyEndChanges(Invalid):
    """A relationship sent again may get an end; nothing else changes."""

    code = "only_end_changes"


#: Stored kind → the kind seen from the other side. Stored is only what stands on the left.
_INVERSES = {
    RelationshipKind.AUTHORIZED_AGENT: RelationshipKind.PRINCIPAL,
    RelationshipKind.SPOUSE: RelationshipKind.SPOUSE,
    RelationshipKind.PARENT: RelationshipKind.CHILD,
    RelationshipKind.GUARDIAN: RelationshipKind.WARD,
    RelationshipKind.LEGAL_REPRESENTATIVE: RelationshipKind.REPRESENTED_INSTITUTION,
    RelationshipKind.BENEFICIAL_OWNER: RelationshipKind.OWNED_INSTITUTION,
    RelationshipKind.BENEFICIARY: RelationshipKind.SETTLOR,
    RelationshipKind.GUARANTOR: RelationshipKind.GUARANTEED,
}
_BOTH_WAYS = {**{inverse: kind for kind, inverse in _INVERSES.items()}, **_INVERSES}


def inverse(kind: RelationshipKind) -> RelationshipKind:
    """Return what this client is to the other, if the other is `kind` to this one."""
    return _BOTH_WAYS[kind]


@dataclass(frozen=True, slots=True)
class Stored:
    """A relationship as it is stored: `other_client_id` is the `kind` of `client_id`."""

    client_id: UUID
    other_client_id: UUID
    kind: RelationshipKind


def stored(client_id: UUID, other_client_id: UUID, kind: RelationshipKind) -> Stored:
    """Return the one form in which a relationship is stored, whichever side it is told from.

    Raises:
        SameClient: both clients are the same.
    """
    if client_id == other_client_id:
        raise SameClient("A client has no relationship with itself.", pointer="/other_client_id")
    if kind not in _INVERSES:
        return Stored(other_client_id, client_id, inverse(kind))
    if kind is inverse(kind):
        return Stored(min(client_id, other_client_id), max(client_id, other_client_id), kind)
    return Stored(client_id, other_client_id, kind)


def require_period(started_on: date, ended_on: date | None) -> None:
    """Refuse a period that ends before it starts; both days belong to it.

    Raises:
        EndsBeforeStart: it does.
    """
    if ended_on is not None and ended_on < started_on:
        raise EndsBeforeStart("The relationship ends before it starts.", pointer="/ended_on")


def require_open(ended_on: date | None) -> None:
    """Refuse to end a relationship twice.

    Raises:
        RelationshipEnded: it has an end.
    """
    if ended_on is not None:
        raise RelationshipEnded("This relationship has an end already.", ended_on=ended_on.isoformat())


def require_same_beginning(is_same: bool) -> None:
    """Refuse to make another relationship of one that was sent before.

    Raises:
        OnlyEndChanges: clients, kind or first day differ.
    """
    if not is_same:
        raise OnlyEndChanges("Clients, kind and first day of a relationship do not change; end it and send another.")
