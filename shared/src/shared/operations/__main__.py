"""The operators' command: `trust-crm …`, or `python -m shared.operations …`."""

import asyncio
import logging
import sys
from collections.abc import Sequence

import sqlalchemy.exc
from aiokafka.errors import KafkaError

from shared.delivery import parking
from shared.delivery.faults import told
from shared.operations.command_line import parse, work
from shared.operations.screen import NotConfirmed, Refused, Screen

_REFUSED, _NOT_CONFIRMED, _INTERRUPTED = 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    given = parse(arguments)
    # What a library says of every try belongs to a log, not on an operator's terminal.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    screen = Screen(yes=getattr(given, "yes", False))
    try:
        return asyncio.run(work(given, screen))
    except NotConfirmed as error:
        screen.note(str(error))
        return _NOT_CONFIRMED
    except (Refused, parking.NotParked) as error:
        screen.note(f"Refused: {error}")
    except KafkaError as error:
        screen.note(f"Kafka does not answer: {told(error)}")
    except (sqlalchemy.exc.DBAPIError, OSError, TimeoutError) as error:
        screen.note(f"Failed, and rolled back: {told(error)}")
    except KeyboardInterrupt:
        screen.note("Interrupted: the step at hand was rolled back. Run it again; what is done is not done twice.")
        return _INTERRUPTED
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
