from typing import Any

import pytest

from gateway.oauth_tokens.rules import (
    TokenRefused,
    claimed_client,
    granted_scopes,
    require_claims,
    require_form,
    single,
)

ISSUER, NOW = "https://crm.example.com", 1_800_000_000.0
FORM = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "a.b.c",
}
CLAIMS = {"iss": "c", "sub": "c", "aud": ISSUER, "exp": NOW + 60, "jti": "1"}


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def test_a_right_form_gives_its_assertion() -> None:
    assert require_form(FORM, has_authorization=False) == "a.b.c"


@pytest.mark.parametrize(
    ("form", "has_authorization", "error"),
    [
        (without(FORM, "grant_type"), False, "invalid_request"),
        ({**FORM, "grant_type": "password"}, False, "unsupported_grant_type"),
        ({**FORM, "grant_type": "authorization_code"}, False, "unsupported_grant_type"),
        ({**FORM, "client_secret": "x"}, False, "invalid_client"),
        (FORM, True, "invalid_client"),
        (without(FORM, "client_assertion_type"), False, "invalid_client"),
        (
            {**FORM, "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
            False,
            "invalid_client",
        ),
        (without(FORM, "client_assertion"), False, "invalid_client"),
        ({**FORM, "client_assertion": "x" * 8193}, False, "invalid_client"),
    ],
)
def test_a_wrong_form_is_refused_in_the_words_of_the_rfc(
    form: dict[str, str], has_authorization: bool, error: str
) -> None:
    with pytest.raises(TokenRefused) as refused:
        require_form(form, has_authorization=has_authorization)

    assert refused.value.error == error
    assert refused.value.status == (401 if error == "invalid_client" else 400)


def test_a_parameter_given_twice_is_refused_and_an_empty_one_is_as_if_not_sent() -> None:
    assert single([("scope", ""), ("grant_type", "x")]) == {"grant_type": "x"}
    with pytest.raises(TokenRefused, match="twice"):
        single([("scope", "a"), ("scope", "a")])


@pytest.mark.parametrize(
    ("claims", "form"),
    [
        (without(CLAIMS, "sub"), {}),
        (without(CLAIMS, "iss"), {}),
        ({**CLAIMS, "iss": "other"}, {}),
        ({**CLAIMS, "sub": 7, "iss": 7}, {}),
        ({**CLAIMS, "sub": None, "iss": None}, {}),
        (CLAIMS, {"client_id": "other"}),
    ],
)
def test_issuer_subject_and_client_id_must_be_one(claims: dict[str, Any], form: dict[str, str]) -> None:
    with pytest.raises(TokenRefused):
        claimed_client(claims, form)


@pytest.mark.parametrize("change", [{}, {"exp": NOW + 300}, {"exp": NOW + 310}, {"iat": NOW + 10}, {"nbf": NOW + 10}])
def test_a_fresh_assertion_meant_for_us_holds(change: dict[str, Any]) -> None:
    assert require_claims({**CLAIMS, **change}, issuer=ISSUER, now=NOW) == "1"


@pytest.mark.parametrize(
    "claims",
    [
        {**CLAIMS, "aud": "https://other.example.com"},
        {**CLAIMS, "aud": ISSUER + "/"},
        {**CLAIMS, "aud": ISSUER + "/oauth2/token"},
        {**CLAIMS, "aud": [ISSUER]},
        without(CLAIMS, "aud"),
        {**CLAIMS, "exp": NOW},
        {**CLAIMS, "exp": NOW - 300},
        {**CLAIMS, "exp": NOW + 311},
        {**CLAIMS, "exp": str(NOW + 60)},
        {**CLAIMS, "exp": True},
        {**CLAIMS, "exp": float("nan")},
        {**CLAIMS, "exp": float("inf")},
        without(CLAIMS, "exp"),
        {**CLAIMS, "iat": NOW + 11},
        {**CLAIMS, "nbf": NOW + 11},
        {**CLAIMS, "nbf": "soon"},
        without(CLAIMS, "jti"),
        {**CLAIMS, "jti": ""},
        {**CLAIMS, "jti": "x" * 129},
        {**CLAIMS, "jti": "a\x00b"},
        {**CLAIMS, "jti": 7},
    ],
    ids=str,
)
def test_another_assertion_does_not(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused) as refused:
        require_claims(claims, issuer=ISSUER, now=NOW)

    assert refused.value.error == "invalid_client"


@pytest.mark.parametrize(("wanted", "granted"), [(None, {"a", "b"}), ("a", {"a"}), ("b a", {"a", "b"}), ("a a", {"a"})])
def test_a_token_gets_the_registered_scopes_or_fewer(wanted: str | None, granted: set[str]) -> None:
    assert granted_scopes(wanted, ["a", "b"]) == granted


@pytest.mark.parametrize("wanted", ["c", "a c", " "])
def test_a_scope_that_is_not_registered_is_refused(wanted: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        granted_scopes(wanted, ["a", "b"])

    assert refused.value.error == "invalid_scope"
