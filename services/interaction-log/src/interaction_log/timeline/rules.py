"""The timeline of a client: which events belong on it, what they are called, and what a client sees of it."""

from collections.abc import Mapping

from shared.codes import Code
from shared.events import all as _declare_all_events  # noqa: F401  # the catalogue holds what is declared
from shared.events import titles
from shared.events.base import catalogue
from shared.events.erasure import ClientErased


class TimelineService(Code):
    """Where an entry comes from."""

    CLIENT_PROFILE = "client-profile", "客户档案与业务"
    INTERACTION_LOG = "interaction-log", "联系与跟进"
    COMPLAINTS = "complaints", "投诉与预警"
    CHANNEL_COMMISSION = "channel-commission", "渠道与费用"


class TimelineKind(Code):
    """What an entry is about."""

    CLIENT = "client", "客户档案"
    DEALING = "dealing", "交易"
    INTERACTION = "interaction", "客户联系"
    FOLLOW_UP = "follow_up", "客户跟进"
    COMPLAINT = "complaint", "投诉"
    RISK = "risk", "流失预警"
    ACCRUAL = "accrual", "渠道费用"


_SERVICES = {service.value: service for service in TimelineService}
_KINDS = {kind.value: kind for kind in TimelineKind}

_DECLARED = catalogue()

#: Every event type that concerns a client, and its title. The erasure of a client ends its timeline; it stands on none.
TITLES: Mapping[str, str] = {
    type_: title
    for type_, title in titles.TITLES.items()
    if type_.split(".")[1] in _KINDS
    and "client_id" in _DECLARED[type_].model_fields
    and _DECLARED[type_] is not ClientErased
}

_DEALING = frozenset(
    {"dealing_id", "confirmation_number", "product_id", "share_class", "amount", "units", "net_value"}
    | {"applied_on", "confirmed_on"}
)
_CASE = frozenset({"complaint_id"})

#: What a client sees of its own timeline: entry types, and of each the fields that are its own business. Not the
#: service class, the manager's plans, at-risk levels, the handling of a case inside the house, channel fees.
SHOWN_TO_CLIENT: Mapping[str, frozenset[str]] = {
    "client-profile.client.registered.v1": frozenset(),
    "client-profile.client.activated.v1": frozenset(),
    "client-profile.client.suitability_assessed.v1": frozenset({"risk_level", "valid_until"}),
    "client-profile.client.qualification_changed.v1": frozenset({"is_qualified", "valid_until"}),
    "client-profile.dealing.subscription_confirmed.v1": _DEALING,
    "client-profile.dealing.redemption_confirmed.v1": _DEALING | {"is_full"},
    "client-profile.dealing.distribution_paid.v1": _DEALING,
    "client-profile.dealing.dealing_reversed.v1": _DEALING | {"original_kind"},
    "complaints.complaint.registered.v1": _CASE | {"received_on", "due_on"},
    "complaints.complaint.extended.v1": _CASE | {"due_on"},
    "complaints.complaint.informed.v1": _CASE | {"informed_on"},
    "complaints.complaint.withdrawn.v1": _CASE,
    "complaints.complaint.review_requested.v1": _CASE,
    "complaints.complaint.closed.v1": _CASE,
}


def service_of(type_: str) -> TimelineService:
    """Return the service whose event an entry of this type is."""
    return _SERVICES[type_.split(".")[0]]


def kind_of(type_: str) -> TimelineKind:
    """Return what an entry of this type is about."""
    return _KINDS[type_.split(".")[1]]


def wanted_types(*, kind: TimelineKind | None, service: TimelineService | None, for_client: bool) -> list[str]:
    """Return the event types that a reader asks for and may see.

    Args:
        kind: Only entries about this; None for all.
        service: Only entries from this service; None for all.
        for_client: Whether the reader is the client itself.
    """
    return [
        type_
        for type_ in TITLES
        if (kind is None or kind_of(type_) is kind)
        and (service is None or service_of(type_) is service)
        and (not for_client or type_ in SHOWN_TO_CLIENT)
    ]


def shown(type_: str, data: Mapping[str, object], *, for_client: bool) -> dict[str, object]:
    """Return the facts of an entry that its reader may see."""
    if not for_client:
        return dict(data)
    return {name: value for name, value in data.items() if name in SHOWN_TO_CLIENT[type_]}
