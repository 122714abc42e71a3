"""The source: accounts of customers, whose payments are events. Two accounts may share a customer, hence a key."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import SQLModel
from tests.faults.history import Fact, Outcome

from shared.clock import system_clock
from shared.database import Aggregate, Database
from shared.delivery import outbox
from shared.events import base
from shared.events.base import Event
from shared.events.topics import Topic
from shared.ids import new_id

SERVICE = "teller"
TOPIC = "teller.account"
TOPICS = (Topic(TOPIC, key="customer"),)
TABLES = """
CREATE TABLE account (id uuid PRIMARY KEY, version bigint NOT NULL, event_key uuid NOT NULL, fen bigint NOT NULL);
CREATE TABLE posting (fact_id uuid PRIMARY KEY, account_id uuid NOT NULL, version bigint NOT NULL, fen bigint NOT NULL);
"""
_POST = text("INSERT INTO posting VALUES (:fact_id, :account_id, :version, :fen)")


class Table(SQLModel, registry=registry()):
    """Tables with metadata of their own, as those of a service."""


class Account(Aggregate, Table, table=True):
    __tablename__ = "account"

    fen: int = 0


class Paid(Event):
    type = "teller.account.paid.v1"

    fact_id: UUID
    account_id: UUID
    fen: int
    padding: str = ""


#: Declared in the processes of this campaign only: the catalogue of the product must not know it.
TYPES = {Paid.type: base._BY_TYPE.pop(Paid.type)}


class Changed(Exception):
    """The transaction is rolled back on purpose."""


class Writer:
    """Makes payments, one transaction each, and says before and after each what it does.

    Args:
        database: The teller's.
        begun: Called with each attempt.
        ended: Called with the outcome, where one was heard.
    """

    def __init__(
        self, database: Database, begun: Callable[[Fact], None], ended: Callable[[UUID, Outcome, float], None]
    ) -> None:
        self._database = database
        self._begun = begun
        self._ended = ended

    async def pay(
        self, payments: Sequence[tuple[UUID, UUID, int]], *, roll_back: bool = False, padding: str = ""
    ) -> list[Fact]:
        """Record payments (account, key, fen) in one transaction; return them as noted.

        Raises:
            What the database or the outbox raises; the outcome then stays unknown.
        """
        began = time.monotonic()
        facts = [Fact(new_id(), account, key, fen, began) for account, key, fen in payments]
        for fact in facts:
            self._begun(fact)
        outcome: Outcome = "committed"
        try:
            async with self._database.transaction() as session:
                await self._record(session, facts, padding)
                if roll_back:
                    raise Changed
        except Changed:
            outcome = "rolled back"
        for fact in facts:
            self._ended(fact.id, outcome, time.monotonic())
        return facts

    async def _record(self, session: AsyncSession, facts: Sequence[Fact], padding: str) -> None:
        accounts: dict[UUID, Account] = {}
        for account_id, key in sorted({(fact.account, fact.key) for fact in facts}):
            found = await session.get(Account, account_id, with_for_update=True)
            accounts[account_id] = found or Account(id=account_id, event_key=key)
            if found is None:
                session.add(accounts[account_id])
        versions = {account.id: account.version for account in accounts.values()}
        pairs = [(accounts[fact.account], _paid(fact, padding)) for fact in facts]
        for fact in facts:
            accounts[fact.account].fen += fact.fen
        if len(pairs) == 1:
            await outbox.record(session, *pairs[0])
        else:
            await outbox.record_many(session, pairs)
        for fact in facts:
            versions[fact.account] += 1
            values: dict[str, Any] = {"fact_id": fact.id, "account_id": fact.account, "fen": fact.fen}
            await session.execute(_POST, values | {"version": versions[fact.account]})


def _paid(fact: Fact, padding: str) -> Paid:
    return Paid(occurred_at=system_clock(), fact_id=fact.id, account_id=fact.account, fen=fact.fen, padding=padding)


def customers(many: int) -> list[tuple[UUID, UUID]]:
    """Return accounts with their keys, two for each of `many` customers."""
    keys = [new_id() for _ in range(many)]
    return [(new_id(), key) for key in keys for _ in range(2)]


def some_payments(
    accounts: Sequence[tuple[UUID, UUID]], chance: random.Random, many: int
) -> list[tuple[UUID, UUID, int]]:
    """Return payments into accounts picked at random."""
    return [(*chance.choice(accounts), chance.randint(1, 10_000_000)) for _ in range(many)]
