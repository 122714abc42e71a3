"""Erasing a client's personal data on request: what stands in the way, and who has to answer.

Personal Information Protection Law (个人信息保护法) art. 47.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from client_profile.clients.rules import ClientStatus
from shared.codes import Code
from shared.errors import Conflict

#: Policy row: how long a service may take to answer, in minutes, before it is listed as overdue.
ANSWER_WITHIN = "erasure.answer_within_minutes"
#: The reason of a suspension that forbids erasing until it is lifted (司法冻结).
LEGAL_FREEZE = "legal_freeze"


class ErasureGround(Code):
    """Why personal data is erased; the cases of PIPL art. 47."""

    PURPOSE_ACHIEVED = "purpose_achieved", "处理目的已实现或不再必要"
    SERVICE_ENDED = "service_ended", "停止提供服务或保存期限届满"
    CONSENT_WITHDRAWN = "consent_withdrawn", "个人撤回同意"
    UNLAWFUL_PROCESSING = "unlawful_processing", "违法或违约处理"


class ErasureBlocker(Code):
    """Why a client cannot be erased now."""

    NOT_CLOSED = "not_closed", "客户尚未销户"
    HOLDINGS = "holdings", "仍持有信托份额"
    OPEN_DEALINGS = "open_dealings", "有未完成的交易"
    OPEN_COMPLAINTS = "open_complaints", "有未办结的投诉"
    LEGAL_FREEZE = "legal_freeze", "处于司法冻结"


class ErasureState(Code):
    """How far an erasure is."""

    NOT_ERASED = "not_erased", "未删除"
    RUNNING = "running", "等待各系统回执"
    COMPLETE = "complete", "已完成"


class ErasingService(Code):
    """The services that keep something about clients; each answers with a receipt for each kind of record."""

    CLIENT_PROFILE = "client-profile", "客户资料"
    INTERACTION_LOG = "interaction-log", "客户联系"
    COMPLAINTS = "complaints", "客户投诉"
    CHANNEL_COMMISSION = "channel-commission", "渠道费用"
    OPS_DASHBOARD = "ops-dashboard", "运营看板"


class ClientNotErasable(Conflict):
    """Something stands in the way of erasing the client; `blockers` says what."""

    code = "client_not_erasable"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a client can be erased."""

    status: ClientStatus
    suspension_reason: str | None
    holds_units: bool
    has_open_dealings: bool
    has_open_complaints: bool


def blockers(standing: Standing) -> list[ErasureBlocker]:
    """Return everything that stands in the way of erasing a client."""
    found = {
        ErasureBlocker.NOT_CLOSED: standing.status is not ClientStatus.CLOSED,
        ErasureBlocker.HOLDINGS: standing.holds_units,
        ErasureBlocker.OPEN_DEALINGS: standing.has_open_dealings,
        ErasureBlocker.OPEN_COMPLAINTS: standing.has_open_complaints,
        ErasureBlocker.LEGAL_FREEZE: standing.suspension_reason == LEGAL_FREEZE,
    }
    return [blocker for blocker, stands in found.items() if stands]


def require_erasable(standing: Standing) -> None:
    """Refuse to erase a client while something stands in the way.

    Raises:
        ClientNotErasable: says everything that does.
    """
    if left := blockers(standing):
        names = "、".join(blocker.zh for blocker in left)
        raise ClientNotErasable(f"This client cannot be erased yet: {names}.", blockers=[str(one) for one in left])


def missing(answered: Collection[str]) -> list[ErasingService]:
    """Return the services that have not answered."""
    return [service for service in ErasingService if service.value not in answered]


def state(erased_at: datetime | None, answered: Collection[str]) -> ErasureState:
    """Return how far an erasure is."""
    if erased_at is None:
        return ErasureState.NOT_ERASED
    return ErasureState.RUNNING if missing(answered) else ErasureState.COMPLETE


def overdue_before(now: datetime, within_minutes: int) -> datetime:
    """Return the instant before which a client must have been erased for a missing answer to be overdue.

    Args:
        now: The present instant (UTC).
        within_minutes: Policy row `erasure.answer_within_minutes`.
    """
    return now - timedelta(minutes=within_minutes)
