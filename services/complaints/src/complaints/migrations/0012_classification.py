"""Three-dimensional classification as a list of codes, urgency, tags, what is asked for, and the clock's regime."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

_INSTANT = sa.DateTime(timezone=True)
_TEXTS = postgresql.ARRAY(sa.TEXT())
_PBOC = "中国人民银行金融消费者权益保护实施办法（中国人民银行令〔2020〕第5号）"
_PBOC_FROM = date(2020, 11, 1)
_POLICY = (
    ("complaint.pboc_decision_days", _PBOC_FROM, 15, f"{_PBOC}：自收到转交投诉之日起15日内处理并答复"),
    ("complaint.pboc_extended_days", _PBOC_FROM, 60, f"{_PBOC}：情况复杂或者有特殊原因的，说明理由后最长不超过60日"),
    (
        "complaint.urgency",
        date(2020, 1, 1),
        {"amount_fen": 100_000_000, "complaints": 3, "days": 365},
        "公司投诉紧急程度规则（内部规定）：重大、监管转办、媒体等敏感、资金或信息安全、涉及员工、100万元以上、同一客户第三次投诉",
    ),
)
#: The standard numbers its codes; these are the house's until they are compared with its text.
_STANDARD = "JR/T 0169-2018 金融消费者投诉统计分类及编码（分类名称；编号为公司编号，待与标准原文核对）"
_HOUSE = "公司信托业务分类（内部规定），参照银保监规〔2023〕1号信托业务三分类"
_FROM = date(2020, 3, 1)
#: Dimension, code, parent, name, whether it is an "other", class of reasons, source.
_CODES: tuple[tuple[str, str, str | None, str, bool, str | None, str], ...] = (
    ("channel", "A1", None, "前台业务渠道", False, None, _STANDARD),
    ("channel", "A1-01", "A1", "营业现场", False, None, _STANDARD),
    ("channel", "A1-02", "A1", "自助机具", False, None, _STANDARD),
    ("channel", "A1-03", "A1", "电子渠道", False, None, _STANDARD),
    ("channel", "A1-03-1", "A1-03", "网上渠道", False, None, _STANDARD),
    ("channel", "A1-03-2", "A1-03", "电话渠道", False, None, _STANDARD),
    ("channel", "A1-03-3", "A1-03", "移动客户端", False, None, _STANDARD),
    ("channel", "A1-03-4", "A1-03", "网络公众平台", False, None, _STANDARD),
    ("channel", "A1-03-5", "A1-03", "短信", False, None, _STANDARD),
    ("channel", "A1-03-9", "A1-03", "其他电子渠道", True, None, _STANDARD),
    ("channel", "A1-04", "A1", "第三方渠道", False, None, _STANDARD),
    ("channel", "A1-99", "A1", "其他前台业务渠道", True, None, _STANDARD),
    ("channel", "A2", None, "中后台业务渠道", False, None, _STANDARD),
    ("business", "B01", None, "银行卡", False, None, _STANDARD),
    ("business", "B02", None, "债务催收", False, None, _STANDARD),
    ("business", "B03", None, "贷款", False, None, _STANDARD),
    ("business", "B04", None, "支付结算", False, None, _STANDARD),
    ("business", "B05", None, "自营理财", False, None, _STANDARD),
    ("business", "B05-01", "B05", "资产管理信托", False, None, _HOUSE),
    ("business", "B05-01-1", "B05-01", "固定收益类信托计划", False, None, _HOUSE),
    ("business", "B05-01-2", "B05-01", "权益类信托计划", False, None, _HOUSE),
    ("business", "B05-01-3", "B05-01", "商品及金融衍生品类信托计划", False, None, _HOUSE),
    ("business", "B05-01-4", "B05-01", "混合类信托计划", False, None, _HOUSE),
    ("business", "B05-01-9", "B05-01", "其他资产管理信托", True, None, _HOUSE),
    ("business", "B05-02", "B05", "资产服务信托", False, None, _HOUSE),
    ("business", "B05-02-1", "B05-02", "财富管理服务信托（家族、家庭、保险金等）", False, None, _HOUSE),
    ("business", "B05-02-2", "B05-02", "行政管理服务信托", False, None, _HOUSE),
    ("business", "B05-02-3", "B05-02", "资产证券化服务信托", False, None, _HOUSE),
    ("business", "B05-02-4", "B05-02", "风险处置服务信托", False, None, _HOUSE),
    ("business", "B05-02-9", "B05-02", "其他资产服务信托", True, None, _HOUSE),
    ("business", "B05-03", "B05", "公益慈善信托", False, None, _HOUSE),
    ("business", "B05-99", "B05", "其他自营理财", True, None, _STANDARD),
    ("business", "B06", None, "其他中间业务", False, None, _STANDARD),
    ("business", "B07", None, "银行代理业务", False, None, _STANDARD),
    ("business", "B07-01", "B07", "代销信托产品", False, None, _HOUSE),
    ("business", "B07-99", "B07", "其他代理业务", True, None, _STANDARD),
    ("business", "B08", None, "个人金融信息", False, None, _STANDARD),
    ("business", "B09", None, "外汇", False, None, _STANDARD),
    ("business", "B10", None, "人民币储蓄", False, None, _STANDARD),
    ("business", "B11", None, "贵金属", False, None, _STANDARD),
    ("business", "B12", None, "国库", False, None, _STANDARD),
    ("business", "B13", None, "人民币管理", False, None, _STANDARD),
    ("business", "B99", None, "其他", True, None, _STANDARD),
    ("reason", "C01", None, "因服务态度及服务质量引起的投诉", False, "service_quality", _STANDARD),
    ("reason", "C02", None, "因服务设施、设备及业务系统引起的投诉", False, "facilities", _STANDARD),
    ("reason", "C03", None, "因管理制度、业务规则及流程引起的投诉", False, "rules_process", _STANDARD),
    ("reason", "C04", None, "因营销方式和手段引起的投诉", False, "marketing", _STANDARD),
    ("reason", "C05", None, "因信息披露引起的投诉", False, "disclosure", _STANDARD),
    ("reason", "C05-01", "C05", "未充分揭示产品风险", False, "disclosure", _HOUSE),
    ("reason", "C05-02", "C05", "未及时披露兑付、展期等重大事项", False, "disclosure", _HOUSE),
    ("reason", "C05-99", "C05", "其他信息披露原因", True, "disclosure", _STANDARD),
    ("reason", "C06", None, "因自主选择权引起的投诉", False, "free_choice", _STANDARD),
    ("reason", "C07", None, "因定价收费引起的投诉", False, "pricing", _STANDARD),
    ("reason", "C08", None, "因产品收益引起的投诉", False, "product_return", _STANDARD),
    ("reason", "C09", None, "因合同条款引起的投诉", False, "contract_terms", _STANDARD),
    ("reason", "C10", None, "因消费者资金安全引起的投诉", False, "fund_safety", _STANDARD),
    ("reason", "C11", None, "因消费者信息安全引起的投诉", False, "information_safety", _STANDARD),
    ("reason", "C12", None, "因债务催收方式和手段引起的投诉", False, "debt_collection", _STANDARD),
    ("reason", "C99", None, "因其他原因引起的投诉", True, "other", _STANDARD),
)
_NAMES = ("dimension", "code", "parent", "name", "is_other", "reason_class", "source")


def upgrade() -> None:
    for name in ("channel_code", "business_code", "reason_code", "classification_note"):
        op.add_column("complaint", sa.Column(name, sa.String(), nullable=True))
    # The defaults let running code of the release before write on.
    op.add_column("complaint", sa.Column("regime", sa.String(40), nullable=False, server_default="nfra"))
    op.add_column("complaint", sa.Column("urgency", sa.String(40), nullable=False, server_default="iii"))
    for name in ("tags", "request_kinds"):
        op.add_column("complaint", sa.Column(name, _TEXTS, nullable=False, server_default=sa.text("'{}'")))
    _create_classification_code()
    _insert()


def _create_classification_code() -> None:
    op.create_table(
        "classification_code",
        sa.Column("dimension", sa.String(40), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_other", sa.Boolean(), nullable=False),
        sa.Column("reason_class", sa.String(40), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("dimension", "code", name="classification_code_pkey"),
    )


def _insert() -> None:
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": day, "value": value, "source": source} for code, day, value, source in _POLICY],
    )
    added = {"valid_from": _FROM, "added_by": "system", "added_at": datetime(2026, 11, 25, tzinfo=UTC)}
    kinds: dict[str, Any] = {"is_other": sa.Boolean, "valid_from": sa.Date, "added_at": _INSTANT}
    names = (*_NAMES, *added)
    op.bulk_insert(
        sa.table("classification_code", *(sa.column(name, kinds.get(name, sa.Text)) for name in names)),
        [dict(zip(_NAMES, row, strict=True)) | added for row in _CODES],
    )
