"""The blacklist (黑名单): organizations by credit code and persons by identity document, never by name alone."""

import hashlib
import hmac
import unicodedata
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded


class ListedKind(Code):
    """What is on the blacklist."""

    ORGANIZATION = "organization", "机构"
    PERSON = "person", "自然人"


class ListingStatus(Code):
    """Where an entry of the blacklist stands."""

    PROPOSED = "proposed", "待复核"
    LISTED = "listed", "已列入"
    REJECTED = "rejected", "未列入"
    LIFTED = "lifted", "已移出"


class PartnerBlacklisted(Conflict):
    """The credit code is on the blacklist, whatever the partner calls itself now."""

    code = "partner_blacklisted"


class PersonBlacklisted(Conflict):
    """The person is on the blacklist."""

    code = "person_blacklisted"


class AlreadyListed(Conflict):
    """There is an entry for this partner or person already, or one is proposed."""

    code = "already_listed"


class SubjectUnclear(Invalid):
    """An organization has a credit code, a person an identity document; exactly one of them."""

    code = "subject_unclear"


class ListingStatusForbids(Conflict):
    """The status of the entry does not allow this command."""

    code = "listing_status_forbids"


ALLOWED = {
    ListingStatus.PROPOSED: ("decide",),
    ListingStatus.LISTED: ("lift",),
    ListingStatus.REJECTED: (),
    ListingStatus.LIFTED: (),
}


def require_allowed(status: ListingStatus, command: str) -> None:
    """Refuse a command that the status of an entry does not allow.

    Raises:
        ListingStatusForbids: as said; tells what is allowed.
    """
    if command not in ALLOWED[status]:
        raise ListingStatusForbids(
            f"An entry that is {status} does not allow {command}.", state=status.value, allowed=list(ALLOWED[status])
        )


def require_second_person(before: UUID | None, decider: UUID) -> None:
    """Refuse that one person takes two steps of a listing that follow each other.

    Raises:
        SecondPersonNeeded: as said.
    """
    if before == decider:
        raise SecondPersonNeeded("Somebody else than who took the step before must do this.")


def require_subject(kind: ListedKind, *, uscc: str | None, document_number: str | None) -> None:
    """Refuse an entry that does not name its subject by what identifies it.

    Raises:
        SubjectUnclear: a code is missing, or the other kind's is given.
    """
    needed, other = ("/uscc", "/document_number"), (uscc, document_number)
    mine = 0 if kind is ListedKind.ORGANIZATION else 1
    if other[mine] is None:
        raise SubjectUnclear("Name what identifies the partner or person.", pointer=needed[mine])
    if other[1 - mine] is not None:
        raise SubjectUnclear("This identifies the other kind; leave it out.", pointer=needed[1 - mine])


def person_hash(data_key: bytes, document_number: str) -> bytes:
    """Return the keyed hash (HMAC-SHA-256) by which a person is found; numbers are compared without case and spaces."""
    number = "".join(unicodedata.normalize("NFKC", document_number).split()).upper()
    return hmac.digest(data_key, b"blacklist|person|" + number.encode(), hashlib.sha256)
