"""Confirmed dealings as the registry (登记过户系统) tells them: what an item must hold, and what it may not change."""

from collections.abc import Mapping
from typing import Any

from client_profile.dealings.rules import DealingKind
from shared.errors import Conflict, Invalid

#: Fields that an item of each kind needs beside the common ones, and those it may have.
_NEEDED = {
    DealingKind.SUBSCRIPTION: ("client_id", "product_id"),
    DealingKind.REDEMPTION: ("original_external_id",),
}
_ONLY_FOR = {
    DealingKind.SUBSCRIPTION: ("client_id", "product_id", "share_class", "channel_id", "units", "net_value"),
    DealingKind.REDEMPTION: ("original_external_id",),
}


class FieldMissing(Invalid):
    """This kind of dealing needs the field."""

    code = "field_missing"


class FieldNotForKind(Invalid):
    """The field has no meaning for this kind of dealing."""

    code = "field_not_for_kind"


class OriginReserved(Invalid):
    """This origin stands for what is confirmed here."""

    code = "origin_reserved"


class OriginalUnknown(Invalid):
    """The registry has not told this subscription."""

    code = "original_unknown"


class ClientUnknown(Invalid):
    """No client has this id."""

    code = "client_unknown"


class DealingDiffers(Conflict):
    """The dealing is known with other content; a confirmed dealing is taken back by a reversal only."""

    code = "dealing_differs"


def require_fields(kind: DealingKind, given: Mapping[str, Any]) -> None:
    """Refuse an item that lacks a field of its kind or has one of the other.

    Args:
        kind: Subscription or redemption.
        given: The fields that the item sets.

    Raises:
        FieldMissing: points to the field.
        FieldNotForKind: points to the field.
    """
    for name in _NEEDED[kind]:
        if given.get(name) is None:
            raise FieldMissing(f"A {kind.value} needs {name}.", pointer=f"/{name}")
    for other, names in _ONLY_FOR.items():
        for name in names:
            if other is not kind and name in given:
                raise FieldNotForKind(f"A {kind.value} has no {name}.", pointer=f"/{name}")


def require_same(known: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Refuse another content under a confirmation number that is known.

    Raises:
        DealingDiffers: points to the first field that differs.
    """
    for name, value in told.items():
        if known[name] != value:
            raise DealingDiffers("This confirmation number is known with other content.", pointer=f"/{name}")
