"""What the terminal shows when everything is up: where things are, and first calls that work as they stand."""

from pathlib import Path

import httpx

from local_stack.errors import StackError

TEXT = """
Ready: Trust CRM is up. Ctrl-C stops it, data and logs stay in {folder}.

  API reference      {address}/docs
  OpenAPI            {address}/openapi.json
  operations page    {address}/operations
  logs               {folder}/logs
  what is stuck      .venv/bin/trust-crm status

A session of the administrator, for first calls from another terminal:

  TOKEN={token}
  curl {address}/v1/code-lists -H "Authorization: Bearer $TOKEN"

Any staff member or client signs in by number, in development only:

  curl {address}/dev/sign-in -H 'Content-Type: application/json' -d '{{"staff_number": "RM-001"}}'
"""


def text(address: str, *, token: str, folder: Path) -> str:
    return TEXT.format(address=address, token=token, folder=folder)


async def admin_token(address: str) -> str:
    """Return a session token of the administrator that exists before any staff does."""
    async with httpx.AsyncClient(base_url=address) as client:
        answer = await client.post("/dev/sign-in", json={"bootstrap": "admin"})
    if answer.status_code != 200:
        raise StackError(f"The gateway refuses the sign-in of the administrator: {answer.status_code} {answer.text}")
    token: str = answer.json()["access_token"]
    return token
