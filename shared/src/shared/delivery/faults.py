"""What an error means for a consumer: wait, take less at once, park the event, or stop."""

from enum import Enum

import psycopg
import sqlalchemy.exc
from aiokafka.errors import KafkaError


class Verdict(Enum):
    """What to do about an error."""

    RETRY = "the environment failed: roll back, rest, try the same again"
    HALVE = "two transactions crossed: try again with half the batch"
    PARK = "this event cannot be applied: find it and park it with its key"
    STOP = "our own SQL is wrong: stop before every event is parked"


class ConsumerStopped(Exception):
    """The consumer must not go on until somebody decided; the message says what and how."""


class Misplaced(Exception):
    """The database does not know where this consumer stands any more; placing it again answers that."""


_DEADLOCK = {"40P01", "40001"}
#: Connection, resources, operator intervention, system errors; then single states: lock and transaction timeouts, a
#: cancelled statement, a server that is read-only for the moment.
_PASSING_CLASSES = {"08", "53", "57", "58"}
_PASSING_STATES = {"25P03", "25P04", "25006", "55P03"}
_OUR_BUG = "42"


def sqlstate_verdict(sqlstate: str) -> Verdict:
    """Return what an SQLSTATE asks for.

    Source: PostgreSQL manual, appendix A; class 42 is "syntax error or access rule violation".
    """
    if sqlstate in _DEADLOCK:
        return Verdict.HALVE
    if sqlstate[:2] in _PASSING_CLASSES or sqlstate in _PASSING_STATES:
        return Verdict.RETRY
    return Verdict.STOP if sqlstate.startswith(_OUR_BUG) else Verdict.PARK


def verdict(error: BaseException) -> Verdict:
    """Return what to do about an error that a batch met."""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, ConsumerStopped):
        return Verdict.STOP
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return sqlstate_verdict(error.sqlstate)
    away = (psycopg.OperationalError, psycopg.InterfaceError, sqlalchemy.exc.TimeoutError, OSError, TimeoutError)
    return Verdict.RETRY if isinstance(error, (*away, KafkaError, Misplaced)) else Verdict.PARK


def told(error: BaseException) -> str:
    """Return an error as one short line, without statements and their values."""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None:
        error = error.orig
    first_line = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
