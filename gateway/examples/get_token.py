"""How a partner channel calls Trust CRM: prove who you are with your own key, get a token, call.

    pip install httpx joserfc

    python get_token.py key                       # once: makes channel-key.json, prints the public keys to register
    python get_token.py call CLIENT_ID /v1/code-lists
    python get_token.py call CLIENT_ID /v1/clients --gateway https://crm.example.com

Send the printed public keys to your channel manager, who registers them (`POST /v1/oauth-clients`) and tells you the
CLIENT_ID. The private key never leaves your machine.
"""

import argparse
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

KEY_FILE = Path("channel-key.json")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def make_key(file: Path) -> dict[str, Any]:
    """Make a private key, keep it in `file` readable only for you, and return the public keys (JWKS)."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(json.dumps(key.as_dict(private=True)))
    return {"keys": [key.as_dict(private=False)]}


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


def load_key(file: Path) -> ECKey:
    """Return the private key; say how to make one if there is none."""
    if not file.exists():
        sys.exit(f"There is no {file}. Make a key first: python get_token.py key")
    key = ECKey.import_key(json.loads(file.read_text()))
    key.ensure_kid()
    return key


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", type=Path, default=KEY_FILE, help="file of the private key")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("key", help="make a key and print the public keys to register")
    call = commands.add_parser("call", help="get a token and call a path")
    call.add_argument("client_id")
    call.add_argument("path", help="e.g. /v1/code-lists")
    call.add_argument("--gateway", default="http://127.0.0.1:8080")
    call.add_argument("--scope", help="fewer scopes than registered, e.g. 'client.read'")
    wanted = parser.parse_args()
    if wanted.command == "key":
        if wanted.key.exists():
            sys.exit(f"{wanted.key} is there already; move it away to make a new one.")
        print(json.dumps(make_key(wanted.key), indent=2))
        return
    with httpx.Client(base_url=wanted.gateway, timeout=30) as http:
        try:
            token = get_token(http, client_id=wanted.client_id, key=load_key(wanted.key), scope=wanted.scope)
            answer = checked(http.get(wanted.path, headers={"Authorization": f"Bearer {token}"}))
        except httpx.TransportError as error:
            sys.exit(f"{wanted.gateway} does not answer: {error}")
    print(json.dumps(answer.json(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
