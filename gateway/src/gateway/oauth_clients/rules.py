"""OAuth clients of partner channels: what they may be allowed, which keys they may prove themselves with."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.codes import Code
from shared.errors import Conflict, Invalid


class OAuthScope(Code):
    """What a channel may do through the API; which rows it reaches follows from the channel itself."""

    CLIENT_READ = "client.read", "查询客户"
    CLIENT_WRITE = "client.write", "报送客户"
    DEALING_READ = "dealing.read", "查询交易"
    DEALING_WRITE = "dealing.write", "报送交易"
    COMPLAINT_CREATE = "complaint.create", "转交投诉"
    COMPLAINT_READ = "complaint.read", "查询投诉"
    COMMISSION_READ = "commission.read", "查询代销费用"
    COMMISSION_CONFIRM = "commission.confirm", "确认结算单"


class OAuthClientStatus(Code):
    """Whether an OAuth client may get tokens and call."""

    ACTIVE = "active", "启用"
    SUSPENDED = "suspended", "停用"


class KeyRefused(Invalid):
    """A registered key is private, too weak, of a kind we do not take, or has no name of its own."""

    code = "key_refused"


class PlanUnknown(Invalid):
    """No such plan of limits."""

    code = "plan_unknown"


class OAuthClientInState(Conflict):
    """The OAuth client is in that state already."""

    code = "oauth_client_in_state"


MAX_KEYS = 10
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
#: Kind of key → what its signatures are called (FAPI 2.0, 5.4: no RS256, nothing symmetric). Ed25519 has two names
#: (RFC 8037 and RFC 9864).
_ALGORITHMS: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
    ("RSA", None): ("PS256",),
}
_MODULUS_CHARACTERS = range(342, 684)  # 2048 to 4096 bits in base64url; every token costs a verification

#: Status → command → next status.
_EDGES: Mapping[OAuthClientStatus, Mapping[str, OAuthClientStatus]] = {
    OAuthClientStatus.ACTIVE: {"suspend": OAuthClientStatus.SUSPENDED},
    OAuthClientStatus.SUSPENDED: {"resume": OAuthClientStatus.ACTIVE},
}


def after(status: OAuthClientStatus, command: str) -> OAuthClientStatus:
    """Return the status that `command` leads to.

    Raises:
        OAuthClientInState: the present status forbids it; says what is allowed.
    """
    allowed = _EDGES[status]
    if command not in allowed:
        raise OAuthClientInState(f"The client is {status.value}.", state=status.value, allowed=sorted(allowed))
    return allowed[command]


def algorithms_of(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the one algorithm that the public key `key` (JWK) verifies, whatever a token's header says.

    Raises:
        KeyRefused: the key is of a kind we do not take.
    """
    curve = key.get("crv")
    algorithms = _ALGORITHMS.get((str(key.get("kty")), None if curve is None else str(curve)))
    if algorithms is None:
        raise KeyRefused("Keys are EC P-256 (ES256), OKP Ed25519 (EdDSA) or RSA of 2048 to 4096 bits (PS256).")
    return algorithms


def require_public_keys(keys: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a set of keys (JWKs) that we could not rely on.

    Raises:
        KeyRefused: a key is private, too short, not meant for signing, of a wrong kind, or its `kid` is missing or
            used twice; points to the key.
    """
    seen: set[str] = set()
    for place, key in enumerate(keys):
        pointer = f"/jwks/keys/{place}"
        if _PRIVATE_MEMBERS & key.keys():
            raise KeyRefused("This is a private key: keep it, register the public one.", pointer=pointer)
        _require_kind(key, pointer)
        kid = key.get("kid")
        if not isinstance(kid, str) or not 1 <= len(kid) <= 100 or not kid.isprintable() or kid in seen:
            raise KeyRefused("Every key needs a `kid` of its own.", pointer=f"{pointer}/kid")
        seen.add(kid)


def _require_kind(key: Mapping[str, Any], pointer: str) -> None:
    try:
        algorithms = algorithms_of(key)
    except KeyRefused as refused:
        raise KeyRefused(refused.detail, pointer=pointer) from None
    if key.get("kty") == "RSA" and len(str(key.get("n", ""))) not in _MODULUS_CHARACTERS:
        raise KeyRefused("An RSA key has 2048 to 4096 bits.", pointer=pointer)
    if key.get("alg", algorithms[0]) not in algorithms or key.get("use", "sig") != "sig":
        raise KeyRefused(f"This key must be for signing with {algorithms[0]}.", pointer=pointer)
