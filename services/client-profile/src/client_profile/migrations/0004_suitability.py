"""Risk assessments and qualified-investor proofs, with the questionnaire and the tests."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_CODE = sa.String(40)
_INSTANT = sa.DateTime(timezone=True)
_POLICY = sa.table(
    "policy_row",
    sa.column("code", sa.Text()),
    sa.column("valid_from", sa.Date()),
    sa.column("value", postgresql.JSONB()),
    sa.column("source", sa.Text()),
)


def _question(code: str, zh: str, *options: tuple[int, str] | tuple[int, str, str]) -> dict[str, Any]:
    """Return a question; an option is its points, its text, and the highest level it allows if it sets one."""
    answers = []
    for letter, (points, text, *cap) in zip("abcde", options, strict=False):
        answers.append({"code": letter, "zh": text, "points": points} | ({"cap": cap[0]} if cap else {}))
    return {"code": code, "zh": zh, "options": answers}


_OF_PERSONS = [
    _question(
        "age",
        "您的年龄是?",
        (8, "18至30周岁"), (10, "31至50周岁"), (6, "51至60周岁"), (4, "61至70周岁"), (2, "70周岁以上"),
    ),
    _question(
        "income",
        "您的家庭年收入折合人民币为?",
        (2, "20万元以下"), (4, "20万元至50万元"), (6, "50万元至100万元"), (8, "100万元至500万元"), (10, "500万元以上"),
    ),
    _question(
        "share",
        "在您每年的家庭收入中,可用于金融投资(储蓄存款除外)的比例为?",
        (2, "小于10%"), (4, "10%至25%"), (8, "25%至50%"), (10, "大于50%"),
    ),
    _question(
        "experience",
        "以下哪项最能说明您的投资经验?",
        (2, "除存款、国债外,几乎不投资其他金融产品"),
        (4, "大部分投资于存款、国债等,较少投资于股票、基金、信托等"),
        (8, "资产均衡分布于存款、国债、理财、信托、股票、基金等"),
        (10, "大部分投资于股票、基金、外汇等高风险产品,较少投资于存款、国债"),
    ),
    _question(
        "years",
        "您有多少年投资信托、股票、基金、外汇、金融衍生品等风险投资品的经验?",
        (2, "没有经验"), (4, "少于2年"), (6, "2至5年"), (8, "5至10年"), (10, "10年以上"),
    ),
    _question(
        "attitude",
        "以下哪项描述最符合您的投资态度?",
        (2, "厌恶风险,不希望本金损失,希望获得稳定回报", "C1"),
        (4, "保守投资,愿意承担一定幅度的收益波动"),
        (8, "寻求资金的较高收益和成长性,愿意为此承担有限本金损失"),
        (10, "希望赚取高回报,愿意为此承担较大本金损失"),
    ),
    _question(
        "choice",
        "以下情况,您会选择哪一种?",
        (2, "有100%的机会赢取1,000元现金"),
        (4, "有50%的机会赢取5万元现金"),
        (8, "有25%的机会赢取50万元现金"),
        (10, "有10%的机会赢取100万元现金"),
    ),
    _question(
        "horizon",
        "您计划的投资期限是多久?",
        (2, "1年以下"), (4, "1至2年"), (6, "2至3年"), (8, "3至5年"), (10, "5年以上"),
    ),
    _question("purpose", "您的投资目的是?", (2, "资产保值"), (6, "资产稳健增长"), (10, "资产迅速增长")),
    _question(
        "loss",
        "您的投资出现何种程度的波动时,您会呈现明显的焦虑?",
        (2, "本金无损失,但收益未达预期", "C2"),
        (4, "出现10%以内的本金损失"),
        (6, "出现30%以内的本金损失"),
        (8, "出现50%以内的本金损失"),
        (10, "本金几乎全部损失"),
    ),
]  # fmt: skip

_OF_INSTITUTIONS = [
    _question(
        "net_assets",
        "贵单位最近一年末的净资产规模为?",
        (2, "1,000万元以下"), (4, "1,000万元至5,000万元"), (8, "5,000万元至2亿元"), (10, "2亿元以上"),
    ),
    _question(
        "share",
        "贵单位可用于金融投资的资金占总资产的比例为?",
        (2, "小于10%"), (4, "10%至25%"), (8, "25%至50%"), (10, "大于50%"),
    ),
    _question(
        "debt",
        "贵单位目前的负债情况为?",
        (10, "无大额负债"), (6, "有银行贷款等有息负债,按期偿付"), (2, "负债较多,偿付压力较大", "C2"),
    ),
    _question(
        "team",
        "贵单位负责投资的人员配备情况为?",
        (2, "无专门的投资管理人员"), (6, "有兼职的投资管理人员"), (10, "设有专门的投资部门或专业团队"),
    ),
    _question(
        "experience",
        "贵单位曾投资过的产品中,风险最高的是?",
        (2, "存款、国债、货币市场基金"),
        (4, "债券、固定收益类理财或信托"),
        (8, "混合类、股票类产品"),
        (10, "股权、衍生品"),
    ),
    _question(
        "years",
        "贵单位有多少年投资信托、股票、基金、金融衍生品等风险投资品的经验?",
        (2, "没有经验"), (4, "少于2年"), (6, "2至5年"), (10, "5年以上"),
    ),
    _question(
        "horizon",
        "贵单位计划的投资期限是多久?",
        (2, "1年以下"), (4, "1至2年"), (8, "2至5年"), (10, "5年以上"),
    ),
    _question(
        "purpose",
        "贵单位的投资目的是?",
        (2, "闲置资金保值", "C2"), (6, "资产稳健增长"), (10, "资产迅速增长"),
    ),
    _question(
        "attitude",
        "以下哪项描述最符合贵单位的投资态度?",
        (2, "不接受本金损失", "C1"), (4, "可接受收益波动"), (8, "可接受有限的本金损失"), (10, "可接受较大的本金损失"),
    ),
    _question(
        "loss",
        "贵单位可承受的最大投资损失为?",
        (4, "10%以内"), (6, "30%以内"), (8, "50%以内"), (10, "超过50%"),
    ),
]  # fmt: skip
_BANDS = {"C1": 0, "C2": 37, "C3": 53, "C4": 69, "C5": 85}
_QUESTIONNAIRES = "金融机构产品适当性管理办法(国家金融监督管理总局令2025年第7号);问卷与分值为公司规定"

_ROWS: list[tuple[str, Any, str]] = [
    (
        "suitability.questionnaire.person",
        {"version": "2026-1", "questions": _OF_PERSONS, "bands": _BANDS},
        _QUESTIONNAIRES,
    ),
    (
        "suitability.questionnaire.institution",
        {"version": "2026-1-i", "questions": _OF_INSTITUTIONS, "bands": _BANDS},
        _QUESTIONNAIRES,
    ),
    ("suitability.valid_months", 12, "公司规定:风险承受能力评估有效期十二个月"),
    (
        "suitability.limits",
        {"per_day": 2, "per_12_months": 8},
        "金融机构产品适当性管理办法(国家金融监督管理总局令2025年第7号),自2026-02-01施行,此前为公司规定",
    ),
    (
        "qualification.tests",
        {
            "experience_years": 2,
            "person": {
                "family_net_financial_assets": "3000000.00",
                "family_financial_assets": "5000000.00",
                "average_income": "400000.00",
            },
            "institution": {"net_assets": "10000000.00"},
            "without_test": ["financial_institution", "pension_or_charity", "foreign_institution"],
        },
        "关于规范金融机构资产管理业务的指导意见(银发〔2018〕106号)第五条",
    ),
    ("qualification.valid_months", 12, "公司规定:合格投资者证明材料有效期十二个月"),
]


def upgrade() -> None:
    op.create_table(
        "qualification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("basis", _CODE, nullable=False),
        sa.Column("status", _CODE, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("experience_years", sa.Integer(), nullable=False),
        sa.Column("proof_on", sa.Date(), nullable=False),
        sa.Column("proof_reference", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("is_lapsed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name="qualification_amount_check"),
        sa.CheckConstraint("experience_years >= 0", name="qualification_experience_years_check"),
        sa.PrimaryKeyConstraint("id", name="qualification_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="qualification_client_id_fkey"),
    )
    op.create_index("qualification_client_id_idx", "qualification", ["client_id"])
    op.create_index(
        "qualification_lapsing_idx",
        "qualification",
        ["valid_until"],
        postgresql_where=sa.text("status = 'confirmed' AND NOT is_lapsed"),
    )
    op.create_table(
        "risk_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("risk_level", _CODE, nullable=False),
        sa.Column("assessed_at", _INSTANT, nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("assessed_by", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("proof_reference", sa.String(), nullable=True),
        sa.Column("recording_number", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="risk_assessment_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="risk_assessment_client_id_fkey"),
    )
    op.create_index("risk_assessment_client_id_idx", "risk_assessment", ["client_id"])
    op.bulk_insert(
        _POLICY,
        [
            {"code": code, "valid_from": date(2020, 1, 1), "value": value, "source": source}
            for code, value, source in _ROWS
        ],
    )
