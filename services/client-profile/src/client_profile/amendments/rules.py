"""Changes of a profile: what is laid over what, and what a change of identity needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from client_profile.documents.rules import CITIZEN_NUMBERS
from client_profile.identity.rules import TOLD_BY_NUMBER
from shared.errors import Invalid


class ProofMissing(Invalid):
    """Name and identity document change only with a proof."""

    code = "proof_missing"


#: A change of these makes the client somebody else until proven and screened again.
IDENTITY_FIELDS = frozenset({"name", "document_kind", "document_number"})
DOCUMENT_FIELDS = frozenset({"document_kind", "document_number"})


def require_proof(changed: Sequence[str], proof: str | None) -> None:
    """Refuse a change of name or identity document without a proof (变更证明).

    Raises:
        ProofMissing: no proof is given.
    """
    if IDENTITY_FIELDS.intersection(changed) and not proof:
        raise ProofMissing("Say what proves the new name or document.", pointer="/proof")


def merged_profile(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `current` with `changes` laid over it; what the old document told does not outlive it."""
    merged = {**current, **changes}
    is_other_document = any(merged[name] != current[name] for name in DOCUMENT_FIELDS)
    if is_other_document and merged["document_kind"] in CITIZEN_NUMBERS:
        merged |= {name: changes.get(name) for name in TOLD_BY_NUMBER}
    return merged


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that differ, in alphabetical order."""
    return sorted(name for name in after if after[name] != before.get(name))
