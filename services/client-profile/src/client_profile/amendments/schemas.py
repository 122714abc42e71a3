from typing import Any

from pydantic import Field

from client_profile.documents.rules import DocumentKind, Sex
from client_profile.identity.schemas import DocumentNumber, Email, Nationality, Phones
from shared.http.bodies import Body, Day, ShortText, Text


def _may_be_left_out() -> Any:
    """Return a field that may be missing and may not be null."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class ClientUpdate(Body):
    """A merge patch: a field left out stays, null removes. Name and document change only with `proof`."""

    name: ShortText = _may_be_left_out()
    document_kind: DocumentKind = _may_be_left_out()
    document_number: DocumentNumber = _may_be_left_out()
    document_valid_until: Day | None = None
    birth_date: Day | None = None
    sex: Sex | None = None
    nationality: Nationality | None = None
    occupation: ShortText | None = None
    legal_representative: ShortText | None = None
    contact_name: ShortText | None = None
    phones: Phones = _may_be_left_out()
    email: Email | None = None
    address: Text | None = None
    proof: Text | None = Field(
        default=None, description="What proves the new name or document; kept in the audit trail."
    )
