"""The timeline of a client: which events belong on it, what they are called, and what a client sees of it."""

from collections.abc import Mapping

from shared.codes import Code


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

#: Every event type that concerns a client, and its title.
TITLES: Mapping[str, str] = {
    "client-profile.client.registered.v1": "客户建档",
    "client-profile.client.activated.v1": "客户启用",
    "client-profile.client.updated.v1": "客户资料变更",
    "client-profile.client.assigned.v1": "管户客户经理变更",
    "client-profile.client.service_class_changed.v1": "客户服务等级调整",
    "client-profile.client.suitability_assessed.v1": "风险承受能力评估",
    "client-profile.client.qualification_changed.v1": "合格投资者认定变更",
    "client-profile.client.suspended.v1": "客户业务暂停",
    "client-profile.client.closed.v1": "客户销户",
    "client-profile.dealing.subscription_confirmed.v1": "认购（申购）确认",
    "client-profile.dealing.redemption_confirmed.v1": "赎回确认",
    "client-profile.dealing.distribution_paid.v1": "信托利益分配",
    "client-profile.dealing.dealing_reversed.v1": "交易冲正",
    "interaction-log.interaction.recorded.v1": "联系记录",
    "interaction-log.interaction.corrected.v1": "联系记录更正",
    "interaction-log.follow_up.scheduled.v1": "跟进计划",
    "interaction-log.follow_up.completed.v1": "跟进完成",
    "interaction-log.follow_up.missed.v1": "跟进逾期",
    "interaction-log.follow_up.canceled.v1": "跟进取消",
    "complaints.complaint.registered.v1": "投诉登记",
    "complaints.complaint.client_linked.v1": "投诉关联客户",
    "complaints.complaint.assigned.v1": "投诉分派",
    "complaints.complaint.extended.v1": "投诉延期",
    "complaints.complaint.decided.v1": "投诉处理决定作出",
    "complaints.complaint.informed.v1": "投诉处理决定告知",
    "complaints.complaint.overdue.v1": "投诉办理超期",
    "complaints.complaint.withdrawn.v1": "投诉撤回",
    "complaints.complaint.review_requested.v1": "投诉申请核查",
    "complaints.complaint.closed.v1": "投诉办结",
    "complaints.risk.client_flagged.v1": "流失预警触发",
    "complaints.risk.client_risk_changed.v1": "流失预警变化",
    "complaints.risk.client_cleared.v1": "流失预警解除",
    "channel-commission.accrual.booked.v1": "渠道费用计提",
    "channel-commission.accrual.reversed.v1": "渠道费用冲回",
    "channel-commission.accrual.clawed_back.v1": "渠道费用追回",
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
