"""The feed: every event once, numbered in the order in which it became visible."""

from collections.abc import Mapping

from shared.errors import Unavailable

#: Entries sent per look; more are sent at the next.
ENTRIES_PER_LOOK = 500
LOOK_EVERY_SECONDS = 0.5
HEARTBEAT_SECONDS = 15
#: A stream ends after this time; the browser resumes it, and its rights are checked anew.
STREAM_SECONDS = 300
#: A browser that takes nothing for so long is cut; it resumes.
STALLED_SECONDS = 20
MAX_STREAMS = 100
#: Entries kept in memory for the streams of a process.
RECENT_ENTRIES = 2000
KEEP_DAYS = 30


#: What each event says happened.
TITLES: Mapping[str, str] = {
    "channel-commission.accrual.booked.v1": "渠道费用计提",
    "channel-commission.accrual.clawed_back.v1": "渠道费用追回",
    "channel-commission.accrual.reversed.v1": "渠道费用冲回",
    "channel-commission.channel.activated.v1": "渠道启用",
    "channel-commission.channel.license_expiring.v1": "渠道牌照即将到期",
    "channel-commission.channel.product_authorized.v1": "渠道产品授权",
    "channel-commission.channel.registered.v1": "渠道登记",
    "channel-commission.channel.suspended.v1": "渠道暂停",
    "channel-commission.channel.terminated.v1": "渠道终止合作",
    "channel-commission.channel.updated.v1": "渠道资料变更",
    "channel-commission.period.closed.v1": "费用账期关账",
    "channel-commission.period.opened.v1": "费用账期开启",
    "channel-commission.settlement.calculated.v1": "结算单计算",
    "channel-commission.settlement.checked.v1": "结算单复核",
    "channel-commission.settlement.confirmed.v1": "渠道确认结算单",
    "channel-commission.settlement.invoiced.v1": "结算单收票",
    "channel-commission.settlement.paid.v1": "结算单付款",
    "channel-commission.settlement.payment_approved.v1": "结算付款审批通过",
    "channel-commission.settlement.sent.v1": "结算单发送渠道",
    "client-profile.client.activated.v1": "客户启用",
    "client-profile.client.assigned.v1": "管户客户经理变更",
    "client-profile.client.closed.v1": "客户销户",
    "client-profile.client.qualification_changed.v1": "合格投资者认定变更",
    "client-profile.client.registered.v1": "客户建档",
    "client-profile.client.service_class_changed.v1": "客户服务等级调整",
    "client-profile.client.suitability_assessed.v1": "风险承受能力评估",
    "client-profile.client.suspended.v1": "客户业务暂停",
    "client-profile.client.updated.v1": "客户资料变更",
    "client-profile.dealing.dealing_reversed.v1": "交易冲正",
    "client-profile.dealing.distribution_paid.v1": "信托利益分配",
    "client-profile.dealing.redemption_confirmed.v1": "赎回确认",
    "client-profile.dealing.subscription_confirmed.v1": "认购（申购）确认",
    "client-profile.product.established.v1": "产品成立",
    "client-profile.product.failed.v1": "产品募集失败",
    "client-profile.product.liquidated.v1": "产品清算",
    "client-profile.product.listed.v1": "产品录入",
    "client-profile.product.matured.v1": "产品到期",
    "client-profile.product.raising_opened.v1": "产品开始募集",
    "client-profile.product.regraded.v1": "产品风险等级调整",
    "client-profile.staff.joined.v1": "员工入职",
    "client-profile.staff.left.v1": "员工离职",
    "client-profile.staff.moved.v1": "员工调岗",
    "complaints.complaint.assigned.v1": "投诉分派",
    "complaints.complaint.client_linked.v1": "投诉关联客户",
    "complaints.complaint.closed.v1": "投诉办结",
    "complaints.complaint.decided.v1": "投诉处理决定作出",
    "complaints.complaint.extended.v1": "投诉延期",
    "complaints.complaint.informed.v1": "投诉处理决定告知",
    "complaints.complaint.overdue.v1": "投诉办理超期",
    "complaints.complaint.registered.v1": "投诉登记",
    "complaints.complaint.review_requested.v1": "投诉申请核查",
    "complaints.complaint.withdrawn.v1": "投诉撤回",
    "complaints.risk.client_cleared.v1": "流失预警解除",
    "complaints.risk.client_flagged.v1": "流失预警触发",
    "complaints.risk.client_risk_changed.v1": "流失预警变化",
    "interaction-log.follow_up.canceled.v1": "跟进取消",
    "interaction-log.follow_up.completed.v1": "跟进完成",
    "interaction-log.follow_up.missed.v1": "跟进逾期",
    "interaction-log.follow_up.scheduled.v1": "跟进计划",
    "interaction-log.interaction.corrected.v1": "联系记录更正",
    "interaction-log.interaction.recorded.v1": "联系记录",
}


class TooManyStreams(Unavailable):
    """This process serves as many live feeds as it may."""

    code = "too_many_streams"
    retry_after_seconds = 10


def starts_at(last_seen: int | None, oldest: int, newest: int) -> int | None:
    """Return the number after which a stream begins, or None if the browser must reload its picture first.

    Args:
        last_seen: The number the browser saw last; None for a new stream, which begins with what comes next.
        oldest: Number of the oldest entry kept; `newest + 1` if there is none.
        newest: Number of the newest entry ever given; 0 if there is none.
    """
    if last_seen is None:
        return newest
    if last_seen > newest or last_seen < oldest - 1:
        return None
    return last_seen


def title_of(type_: str) -> str:
    """Return what an event type is called; a type of tomorrow goes by its own name."""
    return TITLES.get(type_, type_)


def frame(seq: int, data: str) -> str:
    """Return one entry as a server-sent event. `data` is JSON without line breaks."""
    return f"id: {seq}\nevent: entry\ndata: {data}\n\n"
