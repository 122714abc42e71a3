"""How a partner channel calls Trust CRM: prove who you are with your own key, get a token, call.

    pip install httpx joserfc

    python get_token.py key                        # once: makes your key, prints the public half
    python get_token.py register                   # once, at a demonstration (`make run`) only
    python get_token.py call /v1/settlements
    python get_token.py call '/v1/settlements/<id>/file?format=pdf' --save statement.pdf
    python get_token.py token                      # a token for the page /partner, where a person reads and confirms
    python get_token.py call /v1/clients --send '{"kind": "person", ...}'

For a real system send the printed keys to your channel manager, who registers them (`POST /v1/oauth-clients`) and
tells you your client_id; give it with `call --client-id`. At a demonstration `register` is that channel manager. Your
private key never leaves your machine; it is kept in .local/channel.json, see --file.
"""

import argparse
import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

FILE = Path(".local/channel.json")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Json = dict[str, Any]


def make_key(file: Path) -> Json:
    """Make a private key, keep it in `file` readable only for you, and return the public keys (JWKS)."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    file.parent.mkdir(exist_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(json.dumps({"key": key.as_dict(private=True)}))
    return public_keys(key)


def public_keys(key: ECKey) -> Json:
    """Return what may be shown to everybody (JWKS)."""
    return {"keys": [key.as_dict(private=False)]}


def register(http: httpx.Client, keys: Json) -> str:
    """Return a client_id for the first active channel, registered as the demonstration's channel manager does it."""
    session = checked(http.post("/dev/sign-in", json={"staff_number": "CH-001"})).json()
    manager = {"Authorization": f"Bearer {session['access_token']}"}
    channels = checked(http.get("/v1/channels", headers=manager)).json()["items"]
    active = [channel for channel in channels if channel["status"] == "active"]
    if not active:
        sys.exit("No channel is active yet: let `make run` play its demonstration first.")
    program = {
        "channel_id": active[0]["id"],
        "name": "first call",
        "jwks": keys,
        "scopes": ["client.read", "client.write", "commission.read", "commission.confirm"],
    }
    client: Json = checked(http.post("/v1/oauth-clients", json=program, headers=manager)).json()
    print(f"{active[0]['name']} may call as {client['client_id']}: {', '.join(client['scopes'])}")
    return str(client["client_id"])


def get_token(http: httpx.Client, *, client_id: str, key: ECKey, scope: str | None = None) -> str:
    """Return an access token; it holds for ten minutes, so keep it and use it for many calls."""
    server = checked(http.get("/.well-known/oauth-authorization-server")).json()
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": server["issuer"],
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid.uuid4()),  # a new one each time: an assertion buys one token
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
        **({"scope": scope} if scope else {}),
    }
    token: str = checked(http.post("/oauth2/token", data=form)).json()["access_token"]
    return token


def checked(answer: httpx.Response) -> httpx.Response:
    """Return the answer if it is a good one; else say what is wrong and what to do, and end."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        sys.exit(f"{answer.request.url}: {answer.status_code} {answer.reason_phrase}. Is this the gateway?")
    code = problem.get("code") or problem.get("error")
    lines = [f"{answer.status_code} {code}: {problem.get('detail') or problem.get('error_description')}"]
    lines += [f"  {field['pointer']}: {field['message']}" for field in problem.get("errors", [])]
    if "needed" in problem:
        lines.append(f"  needed is one of: {', '.join(problem['needed'])}")
    if "retry-after" in answer.headers:
        lines.append(f"  try again in {answer.headers['retry-after']} s")
    if "instance" in problem:
        lines.append(f"  quote this when you ask us: {problem['instance']}")
    sys.exit("\n".join(lines))


def call(http: httpx.Client, path: str, *, token: str, body: str | None) -> httpx.Response:
    """Return the answer to a GET or, with a body, to a POST."""
    headers = {"Authorization": f"Bearer {token}"}
    if body is None:
        answer = http.get(path, headers=headers)
    else:
        # Keep the key until you have the answer: sent again with it, a POST takes effect once.
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        answer = http.post(path, content=body, headers=headers)
    return checked(answer)


def load(file: Path) -> tuple[ECKey, str | None]:
    """Return the private key and, once it was registered at a demonstration, the client_id."""
    if not file.exists():
        sys.exit(f"There is no {file}. Make a key first: python get_token.py key")
    kept = json.loads(file.read_text())
    key = ECKey.import_key(kept["key"])
    key.ensure_kid()
    return key, kept.get("client_id")


def read_arguments() -> argparse.Namespace:
    """Return what was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=FILE, help="where your private key is kept")
    address = os.environ.get("TRUST_CRM", "http://127.0.0.1:8080")
    parser.add_argument("--gateway", default=address, help="its address; or set the variable TRUST_CRM")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("key", help="make a key and print the public keys to register")
    commands.add_parser("register", help="have the key registered by a demonstration's channel manager")
    asking = commands.add_parser("token", help="get a token and print it")
    calling = commands.add_parser("call", help="get a token and call a path")
    calling.add_argument("path", help="e.g. /v1/settlements")
    calling.add_argument("--send", metavar="JSON", help="POST this instead of GET")
    calling.add_argument("--save", metavar="FILE", type=Path, help="keep the answer, a file, instead of printing it")
    for one in (asking, calling):
        one.add_argument("--client-id", help="as your channel manager told you")
        one.add_argument("--scope", help="fewer scopes than registered, e.g. 'client.read'")
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    wanted = read_arguments()
    if wanted.command == "key":
        if wanted.file.exists():
            sys.exit(f"{wanted.file} is there already; move it away to make a new key.")
        print(json.dumps(make_key(wanted.file), indent=2))
        return
    key, client_id = load(wanted.file)
    with httpx.Client(base_url=wanted.gateway, timeout=30) as http:
        try:
            if wanted.command == "register":
                kept = {"key": key.as_dict(private=True), "client_id": register(http, public_keys(key))}
                wanted.file.write_text(json.dumps(kept))
                return
            client_id = wanted.client_id or client_id
            if client_id is None:
                sys.exit("Give your client_id with --client-id; at a demonstration: python get_token.py register")
            token = get_token(http, client_id=client_id, key=key, scope=wanted.scope)
            if wanted.command == "token":
                print(token)
                return
            answer = call(http, wanted.path, token=token, body=wanted.send)
        except httpx.TransportError as error:
            sys.exit(f"{wanted.gateway} does not answer: {error}")
    if wanted.save:
        wanted.save.write_bytes(answer.content)
    else:
        print(json.dumps(answer.json(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
