"""Due diligence (尽职调查): what was looked into, what was found, and where the evidence is kept."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, SecondPersonNeeded


class Topic(Code):
    """What is looked into before a partner may sell trust plans (金规〔2025〕6号; 集合资金信托计划管理办法)."""

    LICENSE = "license", "金融牌照与代销资质"
    GOVERNANCE = "governance", "股权结构与公司治理"
    PENALTIES = "penalties", "监管处罚与失信记录"
    SALES_CAPABILITY = "sales_capability", "销售人员资质与适当性管理"
    RECORDING = "recording", "双录与系统能力"
    COMPLAINTS = "complaints", "投诉处理机制"
    FINANCE = "finance", "财务状况与持续经营"
    DATA_PROTECTION = "data_protection", "客户信息保护"


class Outcome(Code):
    """What came out."""

    SATISFIED = "satisfied", "符合"
    CONCERN = "concern", "有保留"
    FAILED = "failed", "不符合"


class NotExamined(Conflict):
    """Due diligence is not under way, or the partner is gone."""

    code = "due_diligence_not_open"


class FindingsMissing(Conflict):
    """The house wants topics looked into that nobody did."""

    code = "due_diligence_incomplete"


class FindingFailed(Conflict):
    """The last finding on a topic is that the partner does not satisfy it."""

    code = "due_diligence_failed"


def require_passed(latest: Mapping[Topic, Outcome], required: Iterable[str]) -> None:
    """Refuse admission while topics are open or failed.

    Args:
        latest: The last outcome on each topic looked into.
        required: Topics the house wants; policy row `channel.due_diligence_topics`.

    Raises:
        FindingFailed, FindingsMissing: as said, with the topics.
    """
    if failed := sorted(topic.value for topic, outcome in latest.items() if outcome is Outcome.FAILED):
        raise FindingFailed("The partner does not satisfy what was looked into.", topics=failed)
    if missing := sorted(set(required) - {topic.value for topic in latest}):
        raise FindingsMissing("Topics have not been looked into.", topics=missing)


def require_second_person(finders: Collection[UUID], approver: UUID) -> None:
    """Refuse that a partner is approved by somebody who looked into it.

    Raises:
        SecondPersonNeeded: as said.
    """
    if approver in finders:
        raise SecondPersonNeeded("Due diligence must be approved by another person than those who did it.")
