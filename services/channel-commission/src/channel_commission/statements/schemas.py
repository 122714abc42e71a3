from typing import Annotated

from pydantic import Field

from channel_commission.accruals.schemas import AccrualRead
from channel_commission.taxes.rules import Split
from shared.money import Money


class StatementLineRead(AccrualRead):
    """amount = net + vat; the lines of a statement add up to the net and tax of its `entries_total`."""

    net: Money
    vat: Annotated[Money, Field(description="Value added tax in it.")]

    @classmethod
    def of(cls, read: AccrualRead, split: Split) -> "StatementLineRead":
        """Return an entry as its statement's line, with the tax in it."""
        return cls.model_validate({**dict(read), "net": Money.from_fen(split.net), "vat": Money.from_fen(split.vat)})
