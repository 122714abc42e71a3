"""When one client may be merged into another (客户合并), and what stands in the way.

Two clients are one person where a human being has seen the documents of both: equal names never suffice, and equal
documents cannot occur, since a number is held by one client only.
"""

from dataclasses import dataclass
from datetime import date

from client_profile.clients.rules import ClientStatus
from client_profile.identity.rules import ClientKind
from shared.codes import Code
from shared.errors import Conflict, Invalid


class MergeGround(Code):
    """Why two clients are known to be one."""

    DOCUMENT_RENEWED = "document_renewed", "证件换发，前后证件属同一人"
    OTHER_DOCUMENT = "other_document", "同一人持不同种类证件建档"
    ENTRY_MISTAKE = "entry_mistake", "建档时证件录入错误"


class Hindrance(Code):
    """What stands in the way of a merger."""

    KIND_DIFFERS = "kind_differs", "客户类型不同"
    BIRTH_DATE_DIFFERS = "birth_date_differs", "出生日期不同"
    MERGED_NOT_OPEN = "merged_not_open", "被合并客户已暂停或销户"
    SURVIVOR_NOT_OPEN = "survivor_not_open", "保留客户已暂停或销户"
    SURVIVOR_NOT_ACTIVE = "survivor_not_active", "保留客户尚未启用，而被合并客户已启用"
    MERGED_SURVIVES_OTHERS = "merged_survives_others", "已有客户并入被合并客户"


class SameClient(Invalid):
    """A client cannot be merged into itself."""

    code = "same_client"


class ClientsNotMergeable(Conflict):
    """These two cannot be merged this way round; `hindrances` says everything that stands in the way."""

    code = "clients_not_mergeable"


class MergeUndone(Conflict):
    """The merger was undone before."""

    code = "merge_undone"


@dataclass(frozen=True, slots=True)
class Party:
    """What decides about one of the two clients; `has_merged`: others were merged into it."""

    status: ClientStatus
    kind: ClientKind
    born_on: date | None
    has_merged: bool


_OPEN = (ClientStatus.REGISTERED, ClientStatus.ACTIVE)


def hindrances(merged: Party, survivor: Party) -> list[Hindrance]:
    """Return everything that stands in the way of merging one client into another.

    A suspended client is looked at first by whoever suspended it: a freeze must not vanish in a merger. A client that
    survived a merger stays the surviving one, so that one step leads from any merged client to the one that stands
    for it; the other may be merged into it instead.
    """
    days = {party.born_on for party in (merged, survivor)} - {None}
    found = {
        Hindrance.KIND_DIFFERS: merged.kind is not survivor.kind,
        Hindrance.BIRTH_DATE_DIFFERS: len(days) > 1,
        Hindrance.MERGED_NOT_OPEN: merged.status not in _OPEN,
        Hindrance.SURVIVOR_NOT_OPEN: survivor.status not in _OPEN,
        Hindrance.SURVIVOR_NOT_ACTIVE: (merged.status, survivor.status)
        == (ClientStatus.ACTIVE, ClientStatus.REGISTERED),
        Hindrance.MERGED_SURVIVES_OTHERS: merged.has_merged,
    }
    return [one for one, stands in found.items() if stands]


def require_mergeable(merged: Party, survivor: Party) -> None:
    """Refuse a merger while something stands in the way.

    Raises:
        ClientsNotMergeable: says everything that does.
    """
    if left := hindrances(merged, survivor):
        names = "、".join(one.zh for one in left)
        raise ClientsNotMergeable(f"These clients cannot be merged: {names}.", hindrances=[str(one) for one in left])
