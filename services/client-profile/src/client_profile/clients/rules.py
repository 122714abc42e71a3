"""Clients: where they stand, how they are numbered."""

from shared.codes import Code
from shared.errors import Conflict, Forbidden


class ClientStatus(Code):
    """Where a client stands."""

    REGISTERED = "registered", "已登记"
    ACTIVE = "active", "正常"
    SUSPENDED = "suspended", "已暂停"
    CLOSED = "closed", "已销户"
    MERGED = "merged", "已合并"
    ERASED = "erased", "个人信息已删除"


class ScreeningResult(Code):
    """Outcome of a screening against sanctions and watch lists (名单筛查)."""

    CLEAR = "clear", "未命中"
    POTENTIAL = "potential", "疑似命中"
    HIT = "hit", "命中"


class ServiceClass(Code):
    """How closely a client is served; source text part 2 (A/B/C 类客户)."""

    A = "A", "重要客户"
    B = "B", "潜力客户"
    C = "C", "普通客户"


class DuplicateClient(Conflict):
    """A client with this identity document exists."""

    code = "duplicate_client"


class ClientIsClosed(Conflict):
    """The client is closed; what is known of it is kept as it is."""

    code = "client_closed"


class FilterNotYours(Forbidden):
    """What the house thinks of a client is no filter for channels."""

    code = "filter_not_yours"


def require_open_filters(*, is_staff: bool, asks_inner: bool) -> None:
    """Refuse that somebody else than staff finds out by a filter what the answer does not tell.

    Raises:
        FilterNotYours: a filter asks for it.
    """
    if asks_inner and not is_staff:
        raise FilterNotYours("Service class and at-risk level are filters for staff.")


def require_open(status: ClientStatus) -> None:
    """Refuse to change what is known of a closed client, or who looks after it.

    Raises:
        ClientIsClosed: it is closed.
    """
    if status is ClientStatus.CLOSED:
        raise ClientIsClosed("The client is closed; what is known of it is kept as it is.")


def readable_number(sequence: int) -> str:
    """Return the number people call a client by: KH-000123 (客户)."""
    return f"KH-{sequence:06d}"
