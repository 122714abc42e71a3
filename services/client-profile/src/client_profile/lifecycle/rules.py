"""The life of a client: screening, activation, suspension, closing."""

from collections.abc import Collection, Mapping

from client_profile.clients.rules import ClientStatus, ScreeningResult
from shared.codes import Code
from shared.errors import Conflict, Forbidden
from shared.states import step


class Command(Code):
    """What moves a client from one status to another."""

    ACTIVATE = "activate", "启用"
    SUSPEND = "suspend", "暂停"
    CLOSE = "close", "销户"


class SuspensionReason(Code):
    """Why a client is suspended."""

    SCREENING_HIT = "screening_hit", "名单命中"
    DOCUMENT_EXPIRED = "document_expired", "证件过期"
    CLIENT_REQUEST = "client_request", "客户申请"
    LEGAL_FREEZE = "legal_freeze", "司法冻结"
    OTHER = "other", "其他"


class ClosingReason(Code):
    """Why a client is closed."""

    CLIENT_REQUEST = "client_request", "客户申请"
    DECEASED = "deceased", "客户身故"
    DISSOLVED = "dissolved", "机构注销"
    DUPLICATE = "duplicate", "重复建档"
    OTHER = "other", "其他"


class CommandNotAllowed(Conflict):
    """The client's status does not allow this command."""

    code = "command_not_allowed"


class SuspensionNotYours(Forbidden):
    """Only compliance lifts a suspension."""

    code = "suspension_not_yours"


class ScreeningNotClear(Conflict):
    """No clear screening holds for the client's present name and document."""

    code = "screening_not_clear"


class ClientHasDealings(Conflict):
    """Something of the client's is still held or under way."""

    code = "client_has_dealings"


#: The role that lifts suspensions; `shared.http.permissions.Role` cannot be imported into rules.
COMPLIANCE = "compliance"

#: The only way a status changes: status → command → next status. A suspended client is activated again.
EDGES: Mapping[ClientStatus, Mapping[Command, ClientStatus]] = {
    ClientStatus.REGISTERED: {
        Command.ACTIVATE: ClientStatus.ACTIVE,
        Command.CLOSE: ClientStatus.CLOSED,
    },
    ClientStatus.ACTIVE: {
        Command.SUSPEND: ClientStatus.SUSPENDED,
        Command.CLOSE: ClientStatus.CLOSED,
    },
    ClientStatus.SUSPENDED: {
        Command.ACTIVATE: ClientStatus.ACTIVE,
        Command.CLOSE: ClientStatus.CLOSED,
    },
    ClientStatus.CLOSED: {},
    ClientStatus.MERGED: {},
    ClientStatus.ERASED: {},
}


def next_status(status: ClientStatus, command: Command, *, screening: ScreeningResult | None = None) -> ClientStatus:
    """Return the status that `command` leads to.

    Args:
        status: Where the client stands.
        command: What is wanted.
        screening: The screening that holds for the client; only asked when activating.

    Raises:
        CommandNotAllowed: the status forbids it; says what is allowed.
        ScreeningNotClear: a business relationship needs a clear screening (反洗钱名单筛查).
    """
    told = f"A client that is {status} cannot be changed by {command}."
    after = step(EDGES, status, command, refused=CommandNotAllowed, told=told)
    if command is Command.ACTIVATE and screening is not ScreeningResult.CLEAR:
        raise ScreeningNotClear("The client needs a clear screening of its present name and document first.")
    return after


def require_may_activate(status: ClientStatus, roles: Collection[str]) -> None:
    """Refuse that the desk which serves a client lifts what stopped it from dealing: a hit, a freeze, an old document.

    Raises:
        SuspensionNotYours: the client is suspended and the caller is not of compliance.
    """
    if status is ClientStatus.SUSPENDED and COMPLIANCE not in roles:
        raise SuspensionNotYours("Only compliance activates a suspended client again.")


def require_screenable(status: ClientStatus) -> None:
    """Refuse to screen a client that is closed.

    Raises:
        CommandNotAllowed: the client is closed.
    """
    if status is ClientStatus.CLOSED:
        raise CommandNotAllowed("A closed client is not screened any more.", state=status, allowed=[])


def require_settled(*, holds_units: bool, has_open_dealings: bool) -> None:
    """Refuse to close a client that holds something or has a subscription under way.

    Raises:
        ClientHasDealings: there is something left; says what.
    """
    left = [name for name, is_left in (("holdings", holds_units), ("open_dealings", has_open_dealings)) if is_left]
    if left:
        raise ClientHasDealings("A client with holdings or open dealings is not closed.", left=left)
