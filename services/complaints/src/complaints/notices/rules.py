"""The decision notice (投诉处理决定告知书): what stands in it, in which words, and what is masked.

It tells what was verified, basis and reasons, and the ways that stay open (银行业保险业消费投诉处理管理办法, CBIRC
order 2020 no. 3). Those ways, the house's name and where it is reached are policy rows. Numbers of documents,
telephones and bank cards are masked as in exports, whoever's they are: more people read a notice than it is meant for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from complaints.cases.rules import Reason, Source, Status
from shared.errors import Conflict

HOUSE, CONTACT, REMEDIES, REVIEW_DAYS = "house.name", "notice.contact", "notice.remedies", "review.request_days"
#: Set where the fonts have no sign for a character, as typesetters do.
GETA: Final = "〓"
# Digits are a number of somebody only where no further digit stands beside them.
_DOCUMENT = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_CARD = re.compile(r"(?<!\d)\d{12,15}(\d{4})(?!\d)")
_MOBILE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_DIGITS: Final = "〇一二三四五六七八九"

#: States in which a decision is on record and may be shown before it is told.
_PREVIEW: Final = frozenset({Status.PROPOSED, Status.DECIDED})


class NoticeNotYet(Conflict):
    """There is no decision to give notice of, or it has not been told to the complainant yet."""

    code = "notice_not_yet"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a notice tells of, as it stands in the case.

    Attributes:
        number: The case's readable number.
        received_on: Day of receipt (Asia/Shanghai).
        decided_on: Day of the decision; of a draft the day it is looked at.
        source: How the complaint came.
        reason: Its class.
        demand: What was asked for; None if nothing was said.
        name: The complainant's name as everybody may read it; None for clients, whose names are kept elsewhere.
        findings: What was verified and decided.
        is_upheld: Whether the complaint is justified (有责).
        basis: Basis and reasons.
        remark: What the handler says of the ways that stay open.
        has_superior: Whether an office stands above the one that handled.
        is_draft: Whether it still waits for approval.
    """

    number: str
    received_on: date
    decided_on: date
    source: Source
    reason: Reason
    demand: str | None
    name: str | None
    findings: str
    is_upheld: bool
    basis: str
    remark: str | None
    has_superior: bool
    is_draft: bool


def document(decision: Decision, policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the notice's template: texts as they are to be read.

    Args:
        decision: What it tells of.
        policy: Values of the policy rows `house.name`, `notice.contact`, `notice.remedies` and `review.request_days`.
    """
    house = policy[HOUSE]
    facts = [
        ("受理日期", plain_date(decision.received_on)),
        ("受理渠道", decision.source.zh),
        ("投诉事由", decision.reason.zh),
        ("您的诉求", masked(decision.demand) if decision.demand else "未单独提出"),
    ]
    return {
        "title": "投诉处理决定告知书",
        "is_draft": decision.is_draft,
        "number": decision.number,
        "house": house,
        "greeting": f"尊敬的投诉人（{decision.name}）：" if decision.name else "尊敬的投诉人：",
        "opening": f"您于{plain_date(decision.received_on)}向{house}提出的投诉，经调查核实，现将处理决定告知如下：",
        "facts": facts,
        "findings": paragraphs(decision.findings),
        "finding": "经认定，您的投诉事项成立，我司负有责任。"
        if decision.is_upheld
        else "经认定，您的投诉事项不成立，我司无责任。",
        "basis": paragraphs(decision.basis),
        "lead": [] if decision.has_superior else [policy[REMEDIES]["no_review"]],
        "ways": ways(policy[REMEDIES], has_superior=decision.has_superior, review_days=int(policy[REVIEW_DAYS])),
        "remark": paragraphs(decision.remark) if decision.remark else [],
        "contact": [(name, value) for name, value in policy[CONTACT]],
        "signed_on": chinese_date(decision.decided_on),
    }


def ways(texts: Mapping[str, Any], *, has_superior: bool, review_days: int) -> list[str]:
    """Return the ways that stay open, the review by the superior office first where one stands above.

    Args:
        texts: Policy row `notice.remedies`: `review` with `{days}`, `no_review`, and `others` in their order.
        has_superior: Whether an office stands above the one that handled.
        review_days: Policy row `review.request_days`.
    """
    review = [texts["review"].format(days=review_days)] if has_superior else []
    return [*review, *texts["others"]]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, masked; empty lines only part them."""
    return [line.strip() for line in masked(text).splitlines() if line.strip()]


def masked(text: str) -> str:
    """Return a text with numbers of documents, mobile telephones and bank cards masked.

    A document keeps its first six and last four signs, a telephone its first three and last four digits, a card its
    last four digits.
    """
    text = _DOCUMENT.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    return _CARD.sub(r"****\1", text)


def plain_date(day: date) -> str:
    """Return a date as running text has it: 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_date(day: date) -> str:
    """Return a date as a document is signed: 二〇二六年三月二日."""
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_below_hundred(day.month)}月{_below_hundred(day.day)}日"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens]}十")
    return lead + (_DIGITS[ones] if ones else "")


def require_preview(status: Status) -> None:
    """Refuse a preview where no decision is on record, or the notice was given already.

    Raises:
        NoticeNotYet: says the state.
    """
    if status not in _PREVIEW:
        raise NoticeNotYet("There is no decision to give notice of yet.", state=status.value)
