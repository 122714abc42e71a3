from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import FollowUp, InformMethod, Level, Reason, RootCause, Source, Status
from complaints.representatives.rules import PartyRole
from complaints.reviews.rules import Outcome
from complaints.tracks.rules import TrackKind
from complaints.traits.rules import Regime, RequestKind, Tag, Urgency
from shared.clock import business_date
from shared.codes import Code
from shared.http.bodies import Body, Day, Read, Text
from shared.money import Money
from shared.workbooks import Cell


class RegisterFilter(Body):
    """Which cases: received in a period (both days included, Asia/Shanghai), and what else is said."""

    received_from: Day
    received_to: Day
    status: Status | None = None
    level: Level | None = None
    source: Source | None = None
    regime: Regime | None = None
    channel_id: UUID | None = None
    product_id: UUID | None = None


class RegisterExport(RegisterFilter):
    #: Why it leaves the house; kept in the audit trail and printed on the first sheet.
    reason: Text


class CodeName(Read):
    """A code of the classification and its name; the codes are the house's own list."""

    code: str
    name: str | None


class RegisterEntry(Read):
    """A case as the register shows it: who complains masked, numbers in texts too.

    Of an erased client's ended case nothing is shown that names or tells of the person.
    """

    id: UUID
    number: str
    origin: str | None
    external_id: str | None
    forwarding_number: str | None
    status: Status
    regime: Regime
    source: Source
    received_on: date
    registered_at: datetime
    closed_on: date | None

    is_erased: bool
    client_id: UUID | None
    #: Of a complainant who is no client: 张**, 13****34.
    complainant_name: str | None
    complainant_phone: str | None
    persons: int
    #: Who speaks in the case besides the complainant.
    spoken_for_by: list[PartyRole]

    channel_id: UUID | None
    product_id: UUID | None
    product_class: str | None
    named_staff_id: UUID | None
    #: The named person's unit and the one above it, as last heard of.
    named_unit_id: UUID | None
    named_superior_id: UUID | None

    level: Level
    urgency: Urgency
    tags: list[Tag]
    channel_code: CodeName | None
    business_code: CodeName | None
    reason: Reason
    reason_code: CodeName | None
    amount: Money | None
    request_kinds: list[RequestKind]
    facts: str | None
    demand: str | None

    handler_id: UUID | None
    #: The handler's unit and the one above it, as last heard of.
    handling_unit_id: UUID | None
    handling_superior_id: UUID | None
    basis: str | None
    decision: str | None
    decided_on: date | None
    #: Whether the complainant wants an answer in words.
    wants_reply: bool
    informed_on: date | None
    inform_method: InformMethod | None
    is_upheld: bool | None
    compensation: Money | None
    due_on: date
    handling_days: Annotated[int, Field(description="Calendar days from receipt to the end, or to today.")]
    is_in_time: bool | None
    #: Why it took longer than the first limit.
    extension_reasons: list[str]
    #: Levels of the case's clocks that were told to somebody.
    escalations: int
    repeat_of: UUID | None
    #: How often the same complaint came again while the case ran.
    repeated_filings: int
    follows_id: UUID | None
    follows_for: FollowUp | None
    withdrawn_on: date | None
    review_requested: bool
    review_outcome: Outcome | None
    review_informed_on: date | None
    tracks: list[TrackKind]
    root_cause: RootCause | None
    measures: str | None


def _ids(*values: UUID | None) -> str:
    return " / ".join(str(value) for value in values if value)


def _names(codes: Iterable[Code]) -> str:
    return "、".join(code.zh for code in codes)


def _name(code: Code | None) -> str | None:
    return None if code is None else code.zh


def _coded(code: CodeName | None) -> str | None:
    return None if code is None else f"{code.code} {code.name or ''}".strip()


def _yuan(amount: Money | None) -> Decimal | None:
    return None if amount is None else amount.amount


def _yes(value: bool | None) -> str | None:
    return None if value is None else "是" if value else "否"


#: Heading and width of each column of the workbook, and what stands in it; names and terms of banks' registers.
COLUMNS: tuple[tuple[str, int, Callable[[RegisterEntry], Cell]], ...] = (
    ("投诉编号", 16, lambda one: one.number),
    ("原系统编号", 16, lambda one: f"{one.origin} {one.external_id}" if one.origin else None),
    ("转办编号", 18, lambda one: one.forwarding_number),
    ("工单状态", 14, lambda one: one.status.zh),
    ("适用制度", 30, lambda one: one.regime.zh),
    ("受理渠道", 14, lambda one: one.source.zh),
    ("受理日期", 11, lambda one: one.received_on),
    ("登记日期", 11, lambda one: business_date(one.registered_at)),
    ("结案日期", 11, lambda one: one.closed_on),
    ("客户编号", 38, lambda one: "（个人信息已删除）" if one.is_erased else _ids(one.client_id)),
    ("投诉人姓名", 10, lambda one: one.complainant_name),
    ("联系电话", 13, lambda one: one.complainant_phone),
    ("投诉人数", 9, lambda one: one.persons),
    ("代理人或代表人", 14, lambda one: _names(one.spoken_for_by)),
    ("合作渠道编号", 38, lambda one: _ids(one.channel_id)),
    ("产品编号", 38, lambda one: _ids(one.product_id)),
    ("产品大类", 16, lambda one: one.product_class),
    ("被投诉人员编号", 38, lambda one: _ids(one.named_staff_id)),
    ("被投诉机构 / 上级机构", 38, lambda one: _ids(one.named_unit_id, one.named_superior_id)),
    ("投诉等级", 10, lambda one: one.level.zh),
    ("紧急程度", 12, lambda one: one.urgency.zh),
    ("敏感标签", 16, lambda one: _names(one.tags)),
    ("业务办理渠道", 18, lambda one: _coded(one.channel_code)),
    ("业务类别", 18, lambda one: _coded(one.business_code)),
    ("投诉原因大类", 18, lambda one: one.reason.zh),
    ("投诉原因", 18, lambda one: _coded(one.reason_code)),
    ("涉及金额（元）", 15, lambda one: _yuan(one.amount)),
    ("诉求类型", 16, lambda one: _names(one.request_kinds)),
    ("投诉内容", 60, lambda one: one.facts),
    ("投诉诉求", 40, lambda one: one.demand),
    ("处理人员编号", 38, lambda one: _ids(one.handler_id)),
    ("处理机构 / 上级机构", 38, lambda one: _ids(one.handling_unit_id, one.handling_superior_id)),
    ("核查情况及依据", 40, lambda one: one.basis),
    ("处理结果", 40, lambda one: one.decision),
    ("决定日期", 11, lambda one: one.decided_on),
    ("是否要求答复", 10, lambda one: _yes(one.wants_reply)),
    ("是否答复", 9, lambda one: _yes(one.informed_on is not None)),
    ("答复日期", 11, lambda one: one.informed_on),
    ("答复方式", 14, lambda one: _name(one.inform_method)),
    ("是否有责", 9, lambda one: _yes(one.is_upheld)),
    ("赔付金额（元）", 15, lambda one: _yuan(one.compensation)),
    ("办理期限", 11, lambda one: one.due_on),
    ("处理时长（日）", 12, lambda one: one.handling_days),
    ("是否按期", 9, lambda one: _yes(one.is_in_time)),
    ("超15日原因（延期原因）", 30, lambda one: "；".join(one.extension_reasons)),
    ("是否升级", 9, lambda one: _yes(one.escalations > 0)),
    ("重复投诉的原编号", 38, lambda one: _ids(one.repeat_of)),
    ("办理期间重复来诉次数", 12, lambda one: one.repeated_filings),
    ("承接的原案", 38, lambda one: _ids(one.follows_id)),
    ("再次受理原因", 20, lambda one: _name(one.follows_for)),
    ("撤回日期", 11, lambda one: one.withdrawn_on),
    ("是否申请核查", 9, lambda one: _yes(one.review_requested)),
    ("核查结论", 18, lambda one: _name(one.review_outcome)),
    ("核查告知日期", 11, lambda one: one.review_informed_on),
    ("其他解决途径", 16, lambda one: _names(one.tracks)),
    ("问题根源", 12, lambda one: _name(one.root_cause)),
    ("产品和服务改进措施", 40, lambda one: one.measures),
)
