"""A complaint (消费投诉): its codes, and which command may follow in which state."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid


class Status(Code):
    """Where a case stands."""

    REGISTERED = "registered", "已登记"
    ASSIGNED = "assigned", "处理中"
    SUSPENDED = "suspended", "外部鉴定中，期间不计入办理期限"
    PROPOSED = "proposed", "处理意见待审批"
    DECIDED = "decided", "已决定、待告知"
    INFORMED = "informed", "已告知"
    CLOSED = "closed", "已结案"
    REVIEW_REQUESTED = "review_requested", "已申请核查"
    REVIEW_DECIDED = "review_decided", "核查已决定、待告知"
    WITHDRAWN = "withdrawn", "已撤回"
    RECLASSIFIED = "reclassified", "已改类，不属于投诉"
    REJECTED = "rejected", "不予受理，投诉人无权提出"


class ContactKind(Code):
    """What somebody comes with; only a complaint claims civil rights from the company and has a legal clock."""

    COMPLAINT = "complaint", "投诉"
    ENQUIRY = "enquiry", "咨询"
    SUGGESTION = "suggestion", "建议"
    VIOLATION_REPORT = "violation_report", "举报"


class Level(Code):
    """How grave a case is; decides points of the at-risk rule and who is told."""

    ORDINARY = "ordinary", "普通投诉"
    COMPLICATED = "complicated", "复杂投诉"
    MAJOR = "major", "重大投诉"


class Source(Code):
    """How a complaint reached the company."""

    PHONE = "phone", "电话"
    COUNTER = "counter", "营业场所"
    APP = "app", "移动客户端"
    LETTER = "letter", "信函"
    EMAIL = "email", "电子邮件"
    CHANNEL = "channel", "合作渠道转交"
    NFRA = "nfra", "金融监管部门转办"
    PBOC = "pboc", "人民银行转办"
    LETTERS_VISITS = "letters_visits", "信访部门转办"
    HOTLINE_12345 = "hotline_12345", "12345政务服务热线转办"
    OTHER = "other", "其他"


class Reason(Code):
    """What a complaint is about: the classes of reasons of JR/T 0169-2018."""

    SERVICE_QUALITY = "service_quality", "服务态度及服务质量"
    FACILITIES = "facilities", "服务设施、设备及业务系统"
    RULES_PROCESS = "rules_process", "管理制度、业务规则及流程"
    MARKETING = "marketing", "营销方式和手段"
    DISCLOSURE = "disclosure", "信息披露"
    FREE_CHOICE = "free_choice", "自主选择权"
    PRICING = "pricing", "定价收费"
    PRODUCT_RETURN = "product_return", "产品收益"
    CONTRACT_TERMS = "contract_terms", "合同条款"
    FUND_SAFETY = "fund_safety", "消费者资金安全"
    INFORMATION_SAFETY = "information_safety", "消费者信息安全"
    DEBT_COLLECTION = "debt_collection", "债务催收方式和手段"
    OTHER = "other", "其他"


class RootCause(Code):
    """Where the cause lies, found at closing (溯源整改). A cause cannot be the customer."""

    PRODUCT_DESIGN = "product_design", "产品设计"
    DISCLOSURE = "disclosure", "信息披露"
    SALES_CONDUCT = "sales_conduct", "销售行为"
    PROCESS = "process", "业务流程"
    SYSTEM = "system", "信息系统"
    STAFF = "staff", "人员履职"
    CHANNEL = "channel", "合作渠道"
    MARKET_LOSS = "market_loss", "市场波动损失"


class FollowUp(Code):
    """Why an ended matter is handled again, as a case with a legal clock of its own."""

    NEW_FACTS = "new_facts", "有新的事实和理由，重新受理"
    SENT_BACK = "sent_back", "核查后退回重新处理"


class InformMethod(Code):
    """How the complainant was told the decision."""

    IN_PERSON = "in_person", "当面送达"
    LETTER = "letter", "邮寄书面决定"
    PHONE = "phone", "电话告知（录音）"
    SMS = "sms", "短信"
    EMAIL = "email", "电子邮件"
    APP = "app", "移动客户端消息"


class Command(StrEnum):
    """What may be done to a case; the last part of the command's path."""

    LINK_CLIENT = "link-client"
    COOPERATE = "cooperation"
    CORRESPOND = "correspondence"
    ASSIGN = "assign"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    NEW_FACTS = "new-facts"
    RECLASSIFY = "reclassify"
    DECLINE = "decline"
    CLASSIFY = "classify"
    REPEAT = "repeats"
    REPRESENT = "representatives"
    PROPOSE = "propose"
    SEND_BACK = "send-back"
    APPROVE = "approve"
    INFORM = "inform"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REQUEST_REVIEW = "request-review"
    DECIDE_REVIEW = "decide-review"
    DECLINE_REVIEW = "decline-review"
    INFORM_REVIEW = "inform-review"
    REOPEN = "reopen"
    TRACK = "tracks"
    TASK = "tasks"
    EVIDENCE = "evidence"
    COMPENSATE = "agree-compensation"
    APPROVE_COMPENSATION = "approve-compensation"
    REFUSE_COMPENSATION = "refuse-compensation"
    PAY = "pay-compensation"


class FilterNotYours(Forbidden):
    """What callers from outside are not shown of a case is no filter for them."""

    code = "filter_not_yours"


class DayOutOfRange(Invalid):
    """This cannot have happened on that day."""

    code = "day_out_of_range"


class CommandNotAllowed(Conflict):
    """The state of the case does not allow this command."""

    code = "command_not_allowed"


def _staying(status: Status, *commands: Command) -> dict[Command, Status]:
    """Return the moves of commands that leave a case in its state."""
    return dict.fromkeys((Command.LINK_CLIENT, Command.TRACK, Command.EVIDENCE, *commands), status)


_WHILE_OPEN = (Command.COOPERATE, Command.CORRESPOND, Command.REPEAT, Command.REPRESENT, Command.TASK)
_PAYING = (Command.COMPENSATE, Command.APPROVE_COMPENSATION, Command.REFUSE_COMPENSATION, Command.PAY)

#: State → command → next state: the only place where the order of a case is written down.
MOVES: Mapping[Status, Mapping[Command, Status]] = {
    Status.REGISTERED: _staying(Status.REGISTERED, *_WHILE_OPEN, Command.CLASSIFY, Command.EXTEND, Command.NEW_FACTS)
    | {
        Command.RECLASSIFY: Status.RECLASSIFIED,
        Command.DECLINE: Status.REJECTED,
        Command.ASSIGN: Status.ASSIGNED,
        Command.WITHDRAW: Status.WITHDRAWN,
    },
    Status.ASSIGNED: _staying(
        Status.ASSIGNED, *_WHILE_OPEN, Command.CLASSIFY, Command.ASSIGN, Command.EXTEND, Command.NEW_FACTS
    )
    | {
        Command.RECLASSIFY: Status.RECLASSIFIED,
        Command.DECLINE: Status.REJECTED,
        Command.SUSPEND: Status.SUSPENDED,
        Command.PROPOSE: Status.PROPOSED,
        Command.WITHDRAW: Status.WITHDRAWN,
    },
    Status.SUSPENDED: _staying(Status.SUSPENDED, *_WHILE_OPEN, Command.CLASSIFY, Command.ASSIGN)
    | {
        Command.RESUME: Status.ASSIGNED,
        Command.WITHDRAW: Status.WITHDRAWN,
    },
    # New facts make a proposal or a decision that does not know them void.
    Status.PROPOSED: _staying(Status.PROPOSED, *_WHILE_OPEN, Command.EXTEND)
    | {
        Command.NEW_FACTS: Status.ASSIGNED,
        Command.SEND_BACK: Status.ASSIGNED,
        Command.APPROVE: Status.DECIDED,
        Command.WITHDRAW: Status.WITHDRAWN,
    },
    Status.DECIDED: _staying(Status.DECIDED, *_WHILE_OPEN, *_PAYING, Command.EXTEND)
    | {
        Command.NEW_FACTS: Status.ASSIGNED,
        Command.INFORM: Status.INFORMED,
        Command.WITHDRAW: Status.WITHDRAWN,
    },
    # A closed case has no open task, whatever becomes of its review: only here a further one can still be waited for.
    Status.INFORMED: _staying(Status.INFORMED, *_PAYING, Command.REOPEN, Command.TASK)
    | {
        Command.CLOSE: Status.CLOSED,
        Command.REQUEST_REVIEW: Status.REVIEW_REQUESTED,
    },
    Status.CLOSED: _staying(Status.CLOSED, *_PAYING, Command.REOPEN)
    | {
        Command.REQUEST_REVIEW: Status.REVIEW_REQUESTED,
    },
    # A review does not undo the closing; a case that was only informed is still to be closed with its root cause.
    Status.REVIEW_REQUESTED: _staying(Status.REVIEW_REQUESTED, *_PAYING)
    | {
        Command.DECIDE_REVIEW: Status.REVIEW_DECIDED,
        Command.DECLINE_REVIEW: Status.INFORMED,
    },
    Status.REVIEW_DECIDED: _staying(Status.REVIEW_DECIDED, *_PAYING)
    | {
        Command.INFORM_REVIEW: Status.INFORMED,
    },
    Status.WITHDRAWN: {},
    Status.RECLASSIFIED: {},
    Status.REJECTED: {},
}

#: States in which the complainant still waits for the decision: the legal clock has not stopped.
OPEN = frozenset(status for status, moves in MOVES.items() if Command.WITHDRAW in moves)

#: States in which the days count; during an appraisal by others they do not.
COUNTING = OPEN - {Status.SUSPENDED}

#: States of what turned out to be no complaint, or nobody's: it counts nowhere as one.
NOT_COUNTED = frozenset({Status.RECLASSIFIED, Status.REJECTED})
#: States in which the complainant waits for the result of a review.
UNDER_REVIEW = frozenset({Status.REVIEW_REQUESTED, Status.REVIEW_DECIDED})
#: States in which somebody still works on the case, or will: it stays readable though its client is erased.
RUNNING = OPEN | UNDER_REVIEW


def after(status: Status, command: Command, *, was_closed: bool) -> Status:
    """Return the state that an allowed command leads to; the end of a review leaves a closed case closed."""
    target = MOVES[status][command]
    return Status.CLOSED if was_closed and target is Status.INFORMED else target


def allowed(status: Status, *, was_reviewed: bool) -> list[Command]:
    """Return the commands that a case takes now, in alphabetical order; a review is asked for once."""
    return sorted(command for command in MOVES[status] if not (was_reviewed and command is Command.REQUEST_REVIEW))


def require_allowed(command: Command, status: Status, *, was_reviewed: bool) -> None:
    """Refuse a command that the state does not take.

    Raises:
        CommandNotAllowed: says which commands are allowed.
    """
    possible = allowed(status, was_reviewed=was_reviewed)
    if command not in possible:
        raise CommandNotAllowed(
            f"A complaint that is {status} does not take {command!s}.", state=status.value, allowed=possible
        )


def require_open_filters(*, is_staff: bool, **wanted: object) -> None:
    """Refuse that somebody outside the company finds out by a filter what the answer does not tell.

    Args:
        is_staff: Whether the caller is of the company.
        wanted: Filters for staff by their names; None where not asked for.

    Raises:
        FilterNotYours: a filter asks for it.
    """
    for name, value in wanted.items():
        if value is not None and not is_staff:
            raise FilterNotYours("This is a filter for staff.", pointer=f"/query/{name}")


def is_overdue(status: Status, due_on: date, today: date) -> bool:
    """Return whether the legal clock runs past its due date; the due date itself is in time."""
    return status in COUNTING and today > due_on


def require_day(day: date, *, first: date, today: date, pointer: str) -> None:
    """Refuse a day outside `first` to `today` (both Asia/Shanghai, both included).

    Raises:
        DayOutOfRange: too early or in the future.
    """
    if not first <= day <= today:
        raise DayOutOfRange(f"This day lies between {first} and today.", pointer=pointer)
