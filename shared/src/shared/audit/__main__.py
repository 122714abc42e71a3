"""Verify the audit trail of a service: `python -m shared.audit complaints` (<PREFIX>_DATABASE_URL says where)."""

import argparse
import asyncio
import os
import sys

from shared.audit.trail import verify
from shared.database import Database


async def _run(service: str, url: str) -> int:
    database = Database(url, service=service)
    async with database.session() as session:
        verdict = await verify(session)
    await database.close()
    for sentence in verdict.breaks:
        print(f"BROKEN: {sentence}")
    print(f"{verdict.checked} entries checked, {verdict.unsealed} not yet sealed, {len(verdict.breaks)} breaks")
    return 1 if verdict.breaks else 0


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.audit", description=__doc__)
    parser.add_argument("service", help="import name, e.g. complaints")
    service = parser.parse_args().service
    url = os.environ.get(f"{service.upper()}_DATABASE_URL")
    if not url:
        parser.error(f"set {service.upper()}_DATABASE_URL to the database to verify")
    sys.exit(asyncio.run(_run(service, url)))


if __name__ == "__main__":
    main()
