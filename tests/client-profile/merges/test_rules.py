"""What stands in the way of merging two clients."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_profile.clients.rules import ClientStatus
from client_profile.identity.rules import ClientKind
from client_profile.merges.rules import ClientsNotMergeable, Hindrance, Party, hindrances, require_mergeable

PARTY = Party(ClientStatus.ACTIVE, ClientKind.PERSON, date(1985, 3, 14), has_merged=False)
PARTIES = st.builds(
    Party,
    st.sampled_from(list(ClientStatus)),
    st.sampled_from(list(ClientKind)),
    st.sampled_from([None, date(1985, 3, 14), date(1985, 3, 15)]),
    has_merged=st.booleans(),
)


@pytest.mark.parametrize(
    ("merged", "survivor", "found"),
    [
        ({}, {}, []),
        ({"born_on": None}, {}, []),
        ({"status": ClientStatus.REGISTERED}, {}, []),
        ({"status": ClientStatus.REGISTERED}, {"status": ClientStatus.REGISTERED}, []),
        ({}, {"has_merged": True}, []),
        ({"kind": ClientKind.INSTITUTION}, {}, [Hindrance.KIND_DIFFERS]),
        ({"born_on": date(1985, 3, 15)}, {}, [Hindrance.BIRTH_DATE_DIFFERS]),
        ({"status": ClientStatus.SUSPENDED}, {}, [Hindrance.MERGED_NOT_OPEN]),
        ({"status": ClientStatus.CLOSED}, {}, [Hindrance.MERGED_NOT_OPEN]),
        ({}, {"status": ClientStatus.SUSPENDED}, [Hindrance.SURVIVOR_NOT_OPEN]),
        ({}, {"status": ClientStatus.CLOSED}, [Hindrance.SURVIVOR_NOT_OPEN]),
        ({}, {"status": ClientStatus.REGISTERED}, [Hindrance.SURVIVOR_NOT_ACTIVE]),
        ({"has_merged": True}, {}, [Hindrance.MERGED_SURVIVES_OTHERS]),
    ],
)
def test_each_hindrance_by_itself(merged: dict, survivor: dict, found: list[Hindrance]) -> None:
    assert hindrances(replace(PARTY, **merged), replace(PARTY, **survivor)) == found


@given(PARTIES, PARTIES)
def test_what_may_be_merged_is_two_open_clients_of_one_kind(merged: Party, survivor: Party) -> None:
    if hindrances(merged, survivor):
        with pytest.raises(ClientsNotMergeable):
            require_mergeable(merged, survivor)
        return
    require_mergeable(merged, survivor)

    assert {merged.status, survivor.status} <= {ClientStatus.ACTIVE, ClientStatus.REGISTERED}
    assert (merged.kind, merged.has_merged) == (survivor.kind, False)
