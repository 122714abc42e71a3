"""Brings the tables of every part up to date: `python -m local_stack.migrate`, with each `…_DATABASE_URL` set.

One process for all, since starting Python costs more than the migrations.
"""

import os

from local_stack import parts
from shared import migrations


def main() -> None:
    for name in parts.WITH_DATABASE:
        print(f"{name} …", flush=True)
        migrations.upgrade(parts.import_name(name), os.environ[f"{parts.prefix(name)}_DATABASE_URL"])


if __name__ == "__main__":
    main()
