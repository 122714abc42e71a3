"""The decision notice: the house's name, where it is reached, and the ways that stay open, as policy."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"

#: First day of the measures.
_IN_FORCE = date(2020, 3, 1)
_MEASURES = "银行业保险业消费投诉处理管理办法（中国银保监会令2020年第3号）"
_HOUSE = "内部规定：上线时由公司填写"
_TOLD = "告知处理决定，说明核实情况、依据和理由，以及可以申请核查、调解、仲裁、诉讼等救济途径"
_REMEDIES = {
    "review": "对本处理决定有异议的，可以自收到本告知书之日起{days}日内，"
    "向作出本处理决定的分支机构的上级机构书面申请核查。",
    "no_review": "本处理决定由公司总部作出，总部没有上级机构，不适用向上级机构申请核查的程序；"
    "您可以选择下列途径解决争议。",
    "others": [
        "向金融纠纷调解组织申请调解。",
        "与我司订有仲裁条款或者另行达成仲裁协议的，向约定的仲裁机构申请仲裁。",
        "没有仲裁约定的，向有管辖权的人民法院提起诉讼。",
    ],
}
_CONTACT = [
    ["承办部门", "消费者权益保护部"],
    ["联系电话", "以我司官方网站、移动客户端及营业场所公示的投诉电话为准"],
    ["通讯地址", "以我司官方网站公示的地址为准，信封请注明“投诉”及投诉编号"],
]
_POLICY: tuple[tuple[str, Any, str], ...] = (
    ("house.name", "（机构名称待录入）", _HOUSE),
    ("notice.contact", _CONTACT, _HOUSE),
    (
        "notice.remedies",
        _REMEDIES,
        f"{_MEASURES}：{_TOLD}",
    ),
)


def upgrade() -> None:
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": _IN_FORCE, "value": value, "source": source} for code, value, source in _POLICY],
    )
