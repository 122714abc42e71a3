"""Who a client is: what the profile must hold, how a name is searched, how personal data is shown masked."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from client_profile.documents.rules import CITIZEN_NUMBERS, DocumentKind, Sex, birth_date, checked_number, sex
from shared.codes import Code
from shared.errors import Invalid


class ClientKind(Code):
    """What a client is."""

    PERSON = "person", "自然人"
    INSTITUTION = "institution", "机构"


class FieldNotForKind(Invalid):
    """A field has no meaning for this kind of client."""

    code = "field_not_for_kind"


class FieldMissing(Invalid):
    """A field is needed for this kind of client."""

    code = "field_missing"


class FieldContradictsDocument(Invalid):
    """A field says something else than the identity document."""

    code = "field_contradicts_document"


class SearchTooShort(Invalid):
    """There is nothing to search for."""

    code = "search_too_short"


_CHINESE_MOBILE = re.compile(r"\+861[3-9]\d{9}", re.ASCII)
_PERSON_ONLY = ("birth_date", "sex", "nationality", "occupation")
_INSTITUTION_ONLY = ("legal_representative", "contact_name")
_NEEDED = {
    ClientKind.PERSON: ("birth_date", "sex", "nationality"),
    ClientKind.INSTITUTION: ("legal_representative",),
}
_DOCUMENTS = {
    ClientKind.PERSON: frozenset(DocumentKind) - {DocumentKind.CREDIT_CODE},
    ClientKind.INSTITUTION: frozenset({DocumentKind.CREDIT_CODE, DocumentKind.OTHER}),
}
#: What a citizen number (GB 11643) tells about its holder.
TOLD_BY_NUMBER = ("birth_date", "sex", "nationality")


def completed_profile(profile: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """Return `profile` checked and completed: number normalized, and what a citizen number tells taken from it.

    Args:
        profile: The fields of `schemas.Profile` by name.
        today: Business date.

    Raises:
        DocumentNumberInvalid: form, check digit or birth date of the document number is wrong.
        FieldNotForKind: a field or kind of document belongs to the other kind of client.
        FieldMissing: a field that this kind of client needs is missing.
        FieldContradictsDocument: birth date, sex or nationality differ from what the document number tells.
    """
    kind, document_kind = profile["kind"], profile["document_kind"]
    if document_kind not in _DOCUMENTS[kind]:
        raise FieldNotForKind(f"A client of kind {kind} has no such document.", pointer="/document_kind")
    for name in _INSTITUTION_ONLY if kind is ClientKind.PERSON else _PERSON_ONLY:
        if profile[name] is not None:
            raise FieldNotForKind(f"A client of kind {kind} has no {name}.", pointer=f"/{name}")
    number = checked_number(document_kind, profile["document_number"], today=today)
    told = _told_by(document_kind, number)
    for name, value in told.items():
        if profile[name] not in (None, value):
            raise FieldContradictsDocument(f"The document number tells another {name}.", pointer=f"/{name}")
    complete = {**profile, **told, "document_number": number}
    for name in _NEEDED[kind]:
        if complete[name] is None:
            raise FieldMissing(f"A client of kind {kind} needs {name}.", pointer=f"/{name}")
    _check_birth_date(complete["birth_date"], today)
    return complete


def _told_by(kind: DocumentKind, number: str) -> dict[str, date | Sex | str]:
    if kind not in CITIZEN_NUMBERS:
        return {}
    return {"birth_date": birth_date(number), "sex": sex(number), "nationality": "CN"}


def _check_birth_date(born_on: date | None, today: date) -> None:
    if born_on is not None and born_on > today:
        raise Invalid("The birth date lies in the future.", pointer="/birth_date")


def searchable(name: str) -> str:
    """Return a name or a search text as they are compared: half-width, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_pieces(name: str) -> list[str]:
    """Return the pieces a name is found by: its first character (marked `^`) and every two neighbouring ones."""
    text = searchable(name)
    return sorted({f"^{text[:1]}", *_pairs(text)})


def search_pieces(wanted: str) -> list[str]:
    """Return the pieces that a name containing `wanted` has; one character is searched at the beginning only.

    Raises:
        SearchTooShort: nothing is left to search for.
    """
    text = searchable(wanted)
    if not text:
        raise SearchTooShort("Search for one character at least.", pointer="/query/q")
    return sorted(_pairs(text)) if len(text) > 1 else [f"^{text}"]


def is_match(name: str, wanted: str) -> bool:
    """Return whether `name` is found by `wanted`: contains it, or begins with it if it is one character."""
    text, sought = searchable(name), searchable(wanted)
    return sought in text if len(sought) > 1 else text.startswith(sought)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def masked_number(number: str) -> str:
    """Return a document number with its ends kept: 110105********002X; of short ones the first and last character."""
    head, tail = (6, 4) if len(number) >= 15 else (1, 1)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def masked_phone(phone: str) -> str:
    """Return an E.164 phone number masked: 138****1234 for a Chinese mobile, ****1234 for all others."""
    return f"{phone[3:6] if _CHINESE_MOBILE.fullmatch(phone) else ''}****{phone[-4:]}"


def masked_email(email: str) -> str:
    """Return an e-mail address with the first character and the domain kept: z***@example.com."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def masked_address(address: str) -> str:
    """Return an address with its first three characters kept, province or city at most: 北京市***."""
    return f"{address[:3]}***"
