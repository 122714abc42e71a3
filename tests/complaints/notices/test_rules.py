"""What stands in a decision notice, in which words, and what never does."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.rules import Reason, Source, Status
from complaints.notices import rules
from complaints.notices.rules import Decision, NoticeNotYet

POLICY: dict[str, Any] = {
    "house.name": "远山信托有限责任公司",
    "notice.contact": [["承办部门", "消费者权益保护部"], ["联系电话", "400-000-0000"]],
    "notice.remedies": {
        "review": "自收到之日起{days}日内申请核查。",
        "no_review": "总部没有上级机构。",
        "others": ["调解。", "仲裁。", "诉讼。"],
    },
    "review.request_days": 30,
}


def decision(**change: Any) -> Decision:
    values: dict[str, Any] = {
        "number": "TS-2026-000123",
        "received_on": date(2026, 3, 2),
        "decided_on": date(2026, 3, 12),
        "source": Source.PHONE,
        "reason": Reason.DISCLOSURE,
        "demand": "退还认购费",
        "name": None,
        "findings": "经核查……",
        "is_upheld": True,
        "basis": "录音。",
        "remark": None,
        "has_superior": False,
        "is_draft": False,
    }
    return Decision(**values | change)


@pytest.mark.parametrize(
    ("day", "written", "running"),
    [
        (date(2026, 3, 2), "二〇二六年三月二日", "2026年3月2日"),
        (date(2026, 10, 10), "二〇二六年十月十日", "2026年10月10日"),
        (date(2030, 11, 11), "二〇三〇年十一月十一日", "2030年11月11日"),
        (date(2028, 2, 29), "二〇二八年二月二十九日", "2028年2月29日"),
        (date(2026, 12, 20), "二〇二六年十二月二十日", "2026年12月20日"),
        (date(2026, 1, 30), "二〇二六年一月三十日", "2026年1月30日"),
        (date(2026, 5, 31), "二〇二六年五月三十一日", "2026年5月31日"),
    ],
)
def test_a_date_is_written_as_documents_have_it(day: date, written: str, running: str) -> None:
    assert (rules.chinese_date(day), rules.plain_date(day)) == (written, running)


def read_back(written: str) -> date:
    """The other way round, by a plain reading of its own."""
    digits = {sign: place for place, sign in enumerate("〇一二三四五六七八九")}

    def number(part: str) -> int:
        if "十" not in part:
            return digits[part]
        tens, _, ones = part.partition("十")
        return (digits[tens] if tens else 1) * 10 + (digits[ones] if ones else 0)

    year, month, day = re.fullmatch("(.{4})年(.+)月(.+)日", written).groups()  # type: ignore[union-attr]  # a date that does not match fails here
    return date(int("".join(str(digits[sign]) for sign in year)), number(month), number(day))


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)))
def test_every_date_can_be_read_back(day: date) -> None:
    assert read_back(rules.chinese_date(day)) == day


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证11010519491231002X。", "身份证110105********002X。"),
        ("证件号110105194912310021已核", "证件号110105********0021已核"),
        ("电话13812341234", "电话138****1234"),
        ("电话 +86 138-1234-1234", "电话 +86 138****1234"),
        ("手机8613812341234", "手机86138****1234"),
        ("卡号6222021234567890123", "卡号****0123"),
        ("卡号6222 尾号", "卡号6222 尾号"),
        ("金额1234567.89元，合同XT-2026-000123", "金额1234567.89元，合同XT-2026-000123"),
        ("录音编号20260302001，第12分钟", "录音编号20260302001，第12分钟"),
        ("客服电话400-123-4567、12378", "客服电话400-123-4567、12378"),
    ],
)
def test_numbers_of_people_are_masked_and_no_others(text: str, shown: str) -> None:
    assert rules.masked(text) == shown
    assert rules.masked(shown) == shown


@given(st.text("甲，。x ", max_size=8), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("乙；\n", max_size=8))
def test_no_mobile_number_stands_in_a_notice_wherever_it_was_written(before: str, phone: str, after: str) -> None:
    said = f"{before}{phone}{after}"
    shown = rules.document(decision(findings=said, basis=said, demand=said, remark=said), POLICY)

    assert phone not in str(shown)
    assert f"{phone[:3]}****{phone[-4:]}" in str(shown)


def test_a_notice_says_findings_responsibility_basis_and_who_is_reached_where() -> None:
    shown = rules.document(decision(findings="第一段\n\n 第二段 "), POLICY)

    assert shown["findings"] == ["第一段", "第二段"]
    assert shown["basis"] == ["录音。"]
    assert "我司负有责任" in shown["finding"]
    assert (shown["number"], shown["facts"][0]) == ("TS-2026-000123", ("受理日期", "2026年3月2日"))
    assert ("您的诉求", "退还认购费") in shown["facts"]
    assert shown["contact"] == [("承办部门", "消费者权益保护部"), ("联系电话", "400-000-0000")]
    assert shown["signed_on"] == "二〇二六年三月十二日"
    assert "无责任" in rules.document(decision(is_upheld=False), POLICY)["finding"]


def test_the_ways_open_depend_on_who_stands_above() -> None:
    texts = POLICY["notice.remedies"]

    assert rules.ways(texts, has_superior=True, review_days=30) == [
        "自收到之日起30日内申请核查。", "调解。", "仲裁。", "诉讼。",
    ]  # fmt: skip
    assert rules.ways(texts, has_superior=False, review_days=30) == ["调解。", "仲裁。", "诉讼。"]
    leads = [rules.document(decision(has_superior=is_branch), POLICY)["lead"] for is_branch in (False, True)]
    assert leads == [["总部没有上级机构。"], []]


@pytest.mark.parametrize(("name", "greeting"), [(None, "尊敬的投诉人："), ("张**", "尊敬的投诉人（张**）：")])
def test_a_complainant_is_addressed_as_far_as_the_name_may_be_read(name: str | None, greeting: str) -> None:
    assert rules.document(decision(name=name), POLICY)["greeting"] == greeting


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.PROPOSED, Status.DECIDED}))
def test_there_is_a_preview_only_of_a_decision_on_record(status: Status) -> None:
    with pytest.raises(NoticeNotYet) as refused:
        rules.require_preview(status)
    assert refused.value.facts["state"] == status.value
    rules.require_preview(Status.PROPOSED)
    rules.require_preview(Status.DECIDED)
