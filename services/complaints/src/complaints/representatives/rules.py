"""Who speaks in a complaint besides the complainant: an agent with authority, an heir, representatives of many.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): an agent is accepted with the original signed
authority, an own identity and contact data, an heir with proof of succession (article 14); many who complain together
choose at most five representatives (article 12).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from complaints.cases.rules import Level
from shared.codes import Code
from shared.errors import Conflict, Invalid

#: Policy rows: how many representatives there may be, and from how many persons on a case is a major one.
MAX_REPRESENTATIVES = "complaint.max_representatives"
MAJOR_PERSONS = "complaint.major_persons"


class PartyRole(Code):
    """In which capacity somebody speaks."""

    AGENT = "agent", "代理人"
    HEIR = "heir", "继承人"
    REPRESENTATIVE = "representative", "共同投诉代表人"


class ComplainantKind(Code):
    """What the complainant was to the company on the day of receipt."""

    CLIENT = "client", "客户"
    FORMER_CLIENT = "former_client", "已结束业务关系的客户"
    STRANGER = "stranger", "非客户"


class WithoutAuthority(Invalid):
    """The person cannot show that they may speak for the complainant."""

    code = "without_authority"


class PersonUnclear(Invalid):
    """A person is named as a client, or with contact data; not both, and not twice."""

    code = "person_unclear"


class TooManyRepresentatives(Invalid):
    """A joint complaint has fewer representatives than this."""

    code = "too_many_representatives"


class PersonsTooFew(Invalid):
    """There are at least as many persons as speak for them, and two in a joint complaint."""

    code = "persons_too_few"


class PartyHasEnded(Conflict):
    """This person speaks for nobody here any more."""

    code = "party_has_ended"


@dataclass(frozen=True, slots=True)
class Paper:
    """What shows that somebody may speak: a signed authority, or a proof of succession.

    Attributes:
        signed_on: When it was signed or issued.
        valid_until: Its last day; None if it says none.
        original_seen: Whether the original was seen.
    """

    signed_on: date
    valid_until: date | None
    original_seen: bool


def require_authority(paper: Paper | None, *, identity_checked: bool, today: date, at: str, name: str) -> None:
    """Refuse an agent or heir who cannot show that they may speak, naming the field.

    Args:
        paper: The authority or the proof of succession.
        identity_checked: Whether the person's own identity document was seen.
        today: The day it is shown (Asia/Shanghai).
        at: Pointer of the person, e.g. `/agent`.
        name: Field of the paper: `authority` or `succession`.

    Raises:
        WithoutAuthority: points to what is missing or does not hold.
    """
    if paper is None:
        raise WithoutAuthority(
            "An original signed paper is needed to speak for the complainant.", pointer=f"{at}/{name}"
        )
    wrong = {
        f"{at}/{name}/original_seen": not paper.original_seen,
        f"{at}/{name}/signed_on": paper.signed_on > today,
        f"{at}/{name}/valid_until": paper.valid_until is not None and paper.valid_until < max(today, paper.signed_on),
        f"{at}/identity_checked": not identity_checked,
    }
    for pointer, is_wrong in wrong.items():
        if is_wrong:
            raise WithoutAuthority("The paper must be an original in force, the identity checked.", pointer=pointer)


def require_person(*, client_id: UUID | None, has_contact: bool, others: Iterable[UUID], at: str) -> None:
    """Refuse a person named twice: as a client and with contact data, or as somebody who takes part already.

    Args:
        client_id: The client, if the person is one.
        has_contact: Whether name and phone are given.
        others: Clients who take part: the complainant and others who speak.
        at: Pointer of the person.

    Raises:
        PersonUnclear: what the company holds of a client is not asked for; nobody speaks for themselves.
    """
    if (client_id is None) != has_contact:
        raise PersonUnclear(
            "Name the client, or give name and phone of who is none; not both.", pointer=f"{at}/contact"
        )
    if client_id is not None and client_id in others:
        raise PersonUnclear("This client takes part already.", pointer=f"{at}/client_id")


def require_few(representatives: int, *, most: int, persons: int, at: str) -> None:
    """Refuse more representatives than the measures allow, and more than there are persons.

    Args:
        representatives: How many speak for the others.
        most: Policy row `complaint.max_representatives`.
        persons: How many complain together.
        at: Pointer of the joint complaint.

    Raises:
        TooManyRepresentatives: one too many; says how many are possible.
        PersonsTooFew: fewer persons than speak for them, or one alone.
    """
    if representatives > most:
        raise TooManyRepresentatives(
            f"At most {most} representatives speak for all.", pointer=f"{at}/representatives", most=most
        )
    if persons < max(2, representatives):
        raise PersonsTooFew(
            "Persons are all who complain, those who speak for them among them.", pointer=f"{at}/persons"
        )


def level_of(level: Level, *, persons: int, major_from: int) -> Level:
    """Return the level of a case: a major one when so many complain together (重大消费投诉), else as it was set."""
    return Level.MAJOR if persons >= major_from else level


def complainant_kind(client_id: UUID | None, *, left_on: date | None, received_on: date) -> ComplainantKind:
    """Return what the complainant was to the company when the complaint was received.

    Args:
        client_id: The client; None for somebody who is none.
        left_on: Day on which the relationship ended, as far as client-profile has told.
        received_on: Day of receipt.
    """
    if client_id is None:
        return ComplainantKind.STRANGER
    has_left = left_on is not None and left_on <= received_on
    return ComplainantKind.FORMER_CLIENT if has_left else ComplainantKind.CLIENT
