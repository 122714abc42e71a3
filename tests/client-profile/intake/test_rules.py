import pytest

from client_profile.identity.rules import ClientKind
from client_profile.intake import rules


def test_a_client_stays_a_person_or_an_institution() -> None:
    rules.require_same_kind(ClientKind.PERSON, ClientKind.PERSON)
    with pytest.raises(rules.KindIsFixed) as refused:
        rules.require_same_kind(ClientKind.PERSON, ClientKind.INSTITUTION)
    assert refused.value.pointer == "/kind"
